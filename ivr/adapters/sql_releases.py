"""Staff, releases, approvals and publications in SQL. Rows are added and never changed.

Whoever decides something adds the line with the next number, which can be taken only once: so of two
who decide at the same time one judges anew, on both databases and without a lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    select,
)
from sqlalchemy.exc import IntegrityError

from ivr.adapters.sql_database import now_of, open_database
from ivr.domain.publication import Publication
from ivr.domain.release import Files
from ivr.domain.staff import StaffEntry
from ivr.service.release_port import Approval, Release

Row = TypeVar("Row", bound=msgspec.Struct)
_TABLES = MetaData()
_STAFF = Table(
    "staff",
    _TABLES,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", String(32), nullable=False),
    Column("role", String(20)),
    Column("digest", String(64), nullable=False),
    Column("by", String(32), nullable=False),
    Column("at", BigInteger, nullable=False),
)
_RELEASES = Table(
    "flow_releases",
    _TABLES,
    Column("name", String(12), primary_key=True),
    Column("scope", String(40), nullable=False),
    Column("author", String(32), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("based_on", String(12), nullable=False),
    Column("base", String(12), nullable=False),
)
_FILES = Table(
    "flow_files",
    _TABLES,
    Column("release", String(12), primary_key=True),
    Column("path", String(200), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
_APPROVALS = Table(
    "flow_approvals",
    _TABLES,
    Column("release", String(12), primary_key=True),
    Column("by", String(32), primary_key=True),
    Column("at", BigInteger, nullable=False),
)
_PUBLICATIONS = Table(
    "flow_publications",
    _TABLES,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("scope", String(40), nullable=False),
    Column("release", String(12), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("by", String(32), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)


class SqlReleases:
    """Keeps them; fulfils `ReleaseStore` and `StaffStore`."""

    def __init__(self, url: str) -> None:
        """Open the database. Raises `SettingsFault`."""
        self._engine = open_database(url, _TABLES)

    def now(self) -> int:
        """Return the database's time."""
        return now_of(self._engine)

    def staff(self) -> list[StaffEntry]:
        """Return the whole list, in order."""
        return self._read(_STAFF, StaffEntry, _STAFF.c.number)

    def add_staff(self, entry: StaffEntry) -> bool:
        """Add a line; False where its number was taken meanwhile."""
        return self._add(_STAFF, entry)

    def add_release(self, release: Release, files: Files) -> bool:
        """Keep a release; False where one of this name is kept already."""
        rows = [
            {"release": release.name, "path": path, "content": content}
            for path, content in files.items()
        ]
        try:
            with self._engine.begin() as connection:
                connection.execute(_RELEASES.insert(), msgspec.structs.asdict(release))
                connection.execute(_FILES.insert(), rows)
        except IntegrityError:
            return False
        return True

    def releases(self) -> list[Release]:
        """Return all releases, the oldest first."""
        return self._read(_RELEASES, Release, _RELEASES.c.at)

    def files(self, release: str) -> Files | None:
        """Return the files of a release; None where there is none of this name."""
        query = select(_FILES.c.path, _FILES.c.content).where(_FILES.c.release == release)
        with self._engine.connect() as connection:
            found = {path: bytes(content) for path, content in connection.execute(query)}
        return found or None

    def add_approval(self, approval: Approval) -> bool:
        """Keep an approval; False where this person gave it already."""
        return self._add(_APPROVALS, approval)

    def approvals(self) -> list[Approval]:
        """Return all approvals, the oldest first."""
        return self._read(_APPROVALS, Approval, _APPROVALS.c.at)

    def publications(self) -> Sequence[Publication]:
        """Return all publications, in order."""
        return self._read(_PUBLICATIONS, Publication, _PUBLICATIONS.c.number)

    def add_publication(self, publication: Publication) -> bool:
        """Add a publication; False where its number was taken meanwhile."""
        return self._add(_PUBLICATIONS, publication)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _add(self, table: Table, row: msgspec.Struct) -> bool:
        try:
            with self._engine.begin() as connection:
                connection.execute(table.insert(), msgspec.structs.asdict(row))
        except IntegrityError:
            return False
        return True

    def _read(self, table: Table, kind: type[Row], order: Column[Any]) -> list[Row]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(table).order_by(order)).mappings()
            fields = kind.__struct_fields__
            return [msgspec.convert({name: row[name] for name in fields}, kind) for row in rows]
