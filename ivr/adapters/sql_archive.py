"""What lasts: every note of every story, in SQL (SQLite embedded, PostgreSQL in production).

Rows are named by partition and stream id, so that archiving the same notes twice changes nothing.
Holds no passcode and no full number, because notes do not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from ivr.adapters.sql_database import open_database
from ivr.service.ports import Entry, Note

_METADATA = MetaData()
_NOTES = Table(
    "notes",
    _METADATA,
    Column("partition", Integer, primary_key=True),
    Column("stream_id", String(40), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("verification", String(40), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("call", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Index("notes_of_verification", "verification", "at"),
    Index("notes_of_kind", "kind", "at"),
)


class SqlArchive:
    """Keeps and tells stories."""

    def __init__(self, url: str) -> None:
        """Open the database and make its table where it is missing.

        Raises:
            SettingsFault: the URL names no database that is known. It may hold a password and is
                not printed.

        """
        self._engine = open_database(url, _METADATA)

    def add(self, rows: Sequence[tuple[int, str, str, list[Note]]]) -> None:
        """Keep notes; those that are kept already stay as they are."""
        lines = list(_lines(rows))
        if not lines:
            return
        with self._engine.begin() as connection:
            connection.execute(_insert_new(self._engine), lines)

    def story(self, verification_id: str) -> list[Entry]:
        """Return a verification's story in order."""
        query = select(_NOTES).where(_NOTES.c.verification == verification_id)
        with self._engine.connect() as connection:
            rows = sorted(connection.execute(query), key=_in_order)
        return [
            Entry(
                verification=row.verification,
                kind=row.kind,
                at=row.at,
                call=row.call,
                detail=json.loads(row.detail),
            )
            for row in rows
        ]

    def parked_callbacks(self) -> dict[str, int]:
        """Return the verifications whose callback is parked, with the time in ms since when, oldest first.

        What was delivered or tried anew after it was parked is not among them.
        """
        parked, later = _NOTES.alias("parked"), _NOTES.alias("later")
        moved_on = (
            select(later.c.verification)
            .where(later.c.verification == parked.c.verification, later.c.at >= parked.c.at)
            .where(later.c.kind.in_(["callback_delivered", "callback_wished"]))
        )
        query = (
            select(parked.c.verification, func.max(parked.c.at).label("since"))
            .where(parked.c.kind == "callback_parked", ~moved_on.exists())
            .group_by(parked.c.verification)
            .order_by("since")
        )
        with self._engine.connect() as connection:
            return {row.verification: row.since for row in connection.execute(query)}

    def find(self, ending: str, most: int = 20) -> list[tuple[str, int]]:
        """Return the verifications whose id ends so, each with when it began, the newest first."""
        began = func.min(_NOTES.c.at)
        query = (
            select(_NOTES.c.verification, began)
            .where(_NOTES.c.verification.endswith(ending, autoescape=True))
            .group_by(_NOTES.c.verification)
            .order_by(began.desc())
            .limit(most)
        )
        with self._engine.connect() as connection:
            return [(name, at) for name, at in connection.execute(query)]

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _in_order(row: Any) -> tuple[int, list[int], int]:
    """Sort by time, then as the stream did: its ids are two numbers, and no text sorts them."""
    return row.at, [int(part) for part in row.stream_id.split("-")], row.line


def _lines(rows: Sequence[tuple[int, str, str, list[Note]]]) -> Iterator[dict[str, Any]]:
    for partition, stream_id, verification, notes in rows:
        for line, note in enumerate(notes):
            yield {
                "partition": partition,
                "stream_id": stream_id,
                "line": line,
                "verification": verification,
                "kind": note.kind,
                "at": note.at,
                "call": note.call,
                "detail": json.dumps(dict(note.detail), ensure_ascii=False),
            }


def _insert_new(engine: Engine) -> Any:
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    return dialect.insert(_NOTES).on_conflict_do_nothing()
