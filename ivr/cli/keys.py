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
@click.option(
    "--rotate", is_flag=True, help="Print a master key only, to be put before the ones in use."
)
def command(*, rotate: bool) -> None:
    """Print new keys as NAME=VALUE lines.

    The first key of IVR_MASTER_KEYS makes everything new; keep the ones before behind it, separated
    by a space, for a day. IVR_LASTING_KEY is made once and never changed: it says where everything is.
    Keep these lines where you keep secrets.
    """
    click.echo(f"IVR_MASTER_KEYS={new_master_key()}")
    if not rotate:
        click.echo(f"IVR_LASTING_KEY={new_key()}")
