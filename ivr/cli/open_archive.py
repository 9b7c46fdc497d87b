"""Opening the archive for a command: what became of verifications, in the database.

Knows how a database that does not answer is told. Does not know what is asked of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from ivr.adapters.sql_archive import SqlArchive
from ivr.domain.errors import SettingsFault
from ivr.settings import Settings


@contextmanager
def open_archive(settings: Settings) -> Iterator[SqlArchive]:
    """Open the database that the settings name. Raises `SettingsFault` where it does not answer."""
    try:
        archive = SqlArchive(settings.database_url)
        try:
            yield archive
        finally:
            archive.close()
    except SQLAlchemyError as error:
        # Its own words may hold values.
        why = f"the database does not answer ({type(error).__name__})"
        raise SettingsFault(
            (f"IVR_DATABASE_URL: {why}; does its server run, its folder exist?",)
        ) from error
