"""`ivr keys`: new secret keys, as lines for an environment file."""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime

import click

_BYTES = 32


def new_key() -> str:
    """Return 32 random bytes in base64."""
    return base64.b64encode(os.urandom(_BYTES)).decode()


def new_master_key() -> str:
    """Return a new master key with an id of today's date."""
    return f"k{datetime.now(tz=UTC):%Y%m%d}:{new_key()}"


@click.command("keys")
@click.option("--rotate", is_flag=True, help="Print a master key only.")
def command(*, rotate: bool) -> None:
    """Print new keys as NAME=VALUE lines. Keep them where you keep secrets.

    IVR_LASTING_KEY is made once and never changed: it says where everything is. IVR_MASTER_KEYS can
    be rotated while calls are running, in three steps, each on all machines before the next.

    First put the new key LAST, behind a space, and restart: everybody can read what it makes.

    Then put it FIRST and restart: it makes everything new, and callbacks are signed with both.

    After a day take the old one out and restart.
    """
    click.echo(f"IVR_MASTER_KEYS={new_master_key()}")
    if not rotate:
        click.echo(f"IVR_LASTING_KEY={new_key()}")
