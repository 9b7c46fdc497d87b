"""The database for what must last: SQLite embedded, PostgreSQL in production.

Knows how a database is opened, and how tables are made by whoever comes first. Does not know what is
kept in them.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any, Final

from sqlalchemy import BigInteger, Engine, MetaData, create_engine, event, func, select
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import CreateIndex, CreateTable

from ivr.domain.errors import SettingsFault

_FORMS: Final = "sqlite:///path or postgresql+psycopg://user@host/database"
_LOCK: Final = 0x686F6E6E
"""What a process that makes tables holds in PostgreSQL, so that there is one at a time."""
_POSTGRESQL: Final = "postgresql"
_PATIENCE_SECONDS: Final = 5
_LOOK_AGAIN_SECONDS: Final = 0.01


def open_database(url: str, tables: MetaData) -> Engine:
    """Open a database and make the tables that are missing.

    Raises:
        SettingsFault: the URL names no database that is known. It may hold a password and is
            not printed.

    """
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except (ArgumentError, ImportError) as error:
        raise SettingsFault((f"IVR_DATABASE_URL: must be {_FORMS}",)) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_sqlite_up)
    _make(engine, tables)
    return engine


def now_of(engine: Engine) -> int:
    """Return the time, in milliseconds: one clock for all who share a database."""
    if engine.dialect.name != _POSTGRESQL:
        return time.time_ns() // 1_000_000
    epoch = func.extract("epoch", func.clock_timestamp())
    with engine.connect() as connection:
        return int(connection.execute(select((epoch * 1000).cast(BigInteger))).scalar_one())


def _make(engine: Engine, tables: MetaData) -> None:
    """Make what is missing; several processes may start at once on an empty database."""
    with engine.begin() as connection:
        if engine.dialect.name == _POSTGRESQL:
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        for table in tables.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))


def _set_sqlite_up(connection: Any, _: ConnectionPoolEntry) -> None:
    """Have it wait for others, and write ahead. To that it changes once, and does not wait by itself then."""
    connection.execute(f"PRAGMA busy_timeout={_PATIENCE_SECONDS * 1000}")
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:  # another changes it at this moment
            if time.monotonic() >= end:
                raise
            time.sleep(_LOOK_AGAIN_SECONDS)
        else:
            return
