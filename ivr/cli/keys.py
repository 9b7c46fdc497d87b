"""`ivr keys`: new secret keys, as lines for an environment file."""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime

import click

from ivr.adapters.redis_resealing import Resealing
from ivr.adapters.seal import Sealer
from ivr.cli.open_store import open_client
from ivr.settings import read_settings

_BYTES = 32


def new_key() -> str:
    """Return 32 random bytes in base64."""
    return base64.b64encode(os.urandom(_BYTES)).decode()


def new_master_key() -> str:
    """Return a new master key with an id of today's date."""
    return f"k{datetime.now(tz=UTC):%Y%m%d}:{new_key()}"


@click.command("keys")
@click.option("--rotate", is_flag=True, help="Print a master key only.")
@click.option(
    "--reseal", is_flag=True, help="Print none: seal anew what an older key sealed in the store."
)
def command(*, rotate: bool, reseal: bool) -> None:
    """Print new keys as NAME=VALUE lines. Keep them where you keep secrets.

    IVR_LASTING_KEY is made once and never changed: it says where everything is. IVR_MASTER_KEYS can
    be rotated while calls are running, in four steps, each on all machines before the next.

    First put the new key LAST, behind a space, and restart: everybody can read what it makes.

    Then put it FIRST and restart: it makes everything new, and callbacks are signed with both.

    Then `ivr keys --reseal`: what the old one sealed, as the failures of accounts, is sealed with the new one.

    After eight days, when the last parked callback is gone, take the old one out and restart.
    """
    if reseal:
        settings = read_settings()
        count = Resealing(open_client(settings), Sealer(settings.keyring)).run()
        click.echo(f"{count} sealed anew with the key {settings.keyring.current}.")
        return
    click.echo(f"IVR_MASTER_KEYS={new_master_key()}")
    if not rotate:
        click.echo(f"IVR_LASTING_KEY={new_key()}")
