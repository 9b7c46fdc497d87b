"""Opening staff, releases and the board for a command, and asking who is at the terminal.

The credential comes from IVR_STAFF_KEY (or the file that IVR_STAFF_KEY_FILE names), or is asked for
without being shown. Knows where things are. Does not know what is done with them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import redis
from sqlalchemy.exc import SQLAlchemyError

from ivr.adapters.flows.files import compile_release
from ivr.adapters.redis_client import connect
from ivr.adapters.sql_releases import SqlReleases
from ivr.assembly import board_of, served_by
from ivr.cli.open_store import address_of
from ivr.domain.callflow import CallFlow
from ivr.domain.errors import HonninError, ReleaseFault, SettingsFault
from ivr.domain.release import ALL_BANKS, Files
from ivr.domain.staff import Member
from ivr.service.announcing import Announcing
from ivr.service.releases import Releases
from ivr.service.staffing import Staffing
from ivr.settings import Settings, read_settings, read_staff_key


class Office:
    """What a command works with: the settings, the list of staff, the releases."""

    def __init__(self, settings: Settings, store: SqlReleases) -> None:
        """Take what is open."""
        self.settings = settings
        self.store = store
        self.staffing = Staffing(store)

    def member(self) -> Member:
        """Return who is at the terminal. Raises `StaffFault`."""
        key = read_staff_key(os.environ)
        return self.staffing.admit(key or click.prompt("Staff credential", hide_input=True))

    def releases(self, folder: Path | None = None) -> Releases:
        """Return the use cases; faults are told as lying in `folder`."""

        def check(scope: str, files: Files) -> Sequence[CallFlow]:
            served = served_by(self.settings, scope)
            return compile_release(scope, files, folder, served).flows

        return Releases(self.store, check)

    def scope(self, bank: str | None) -> str:
        """Return the scope that `--bank` names. Raises `click.BadParameter`."""
        if bank is not None and bank not in self.settings.banks:
            known = ", ".join(sorted(self.settings.banks))
            raise click.BadParameter(
                f"there is no such bank; there are {known}", param_hint="--bank"
            )
        return bank or ALL_BANKS

    def announce(self) -> bool:
        """Tell the processes what is in force; False where Redis does not answer now."""
        try:
            board = board_of(connect(address_of(self.settings)), self.settings)
            Announcing(self.store, board).announce()
        except (redis.RedisError, SettingsFault):
            return False
        return True


@contextmanager
def open_office() -> Iterator[Office]:
    """Open the database that the settings name.

    Raises:
        SettingsFault: a setting is missing or wrong.
        ReleaseFault: the database does not answer.

    """
    settings = read_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        store = SqlReleases(settings.database_url)
        try:
            yield Office(settings, store)
        finally:
            store.close()
    except SQLAlchemyError as error:
        raise database_away(error) from error


def database_away(error: Exception) -> HonninError:
    """Return what is told where the database fails; its own words may hold values."""
    return ReleaseFault(
        f"The database (IVR_DATABASE_URL) does not answer ({type(error).__name__}); "
        "when it does again, `ivr flow history` tells what was kept."
    )
