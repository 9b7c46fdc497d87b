"""`ivr flow`: what ops staff do with call flows, by name. Each command is loaded when it is called."""

from __future__ import annotations

from typing import Final

import click

from ivr.cli.lazy_group import LazyGroup

_COMMANDS: Final = {
    "check": ("ivr.cli.flow_check", "Tell every fault and warning, and how long calls take."),
    "show": ("ivr.cli.flow_show", "Show a call flow's steps and ways as a picture."),
}


@click.command("flow", cls=LazyGroup, table=_COMMANDS)
def command() -> None:
    """See, hear and rehearse the call flows."""
