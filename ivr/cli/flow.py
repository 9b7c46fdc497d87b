"""`ivr flow`: what ops staff do with call flows, by name. Each command is loaded when it is called."""

from __future__ import annotations

from typing import Final

import click

from ivr.cli.lazy_group import LazyGroup

_COMMANDS: Final = {
    "check": ("ivr.cli.flow_check", "Tell every fault and warning, and how long calls take."),
    "show": ("ivr.cli.flow_show", "Show a call flow's ways and seconds, or its picture."),
    "rehearse": ("ivr.cli.flow_rehearse", "Be the depositor in the terminal."),
    "listen": ("ivr.cli.flow_listen", "Hear a way through a call flow, by an offline voice."),
    "schema": ("ivr.cli.flow_schema", "Print the JSON Schema of call flows, for editors."),
    "draft": ("ivr.cli.flow_draft", "Check a folder of call flows and keep it as a release."),
    "diff": ("ivr.cli.flow_diff", "Tell what a depositor would hear differently."),
    "approve": ("ivr.cli.flow_approve", "Approve a release that somebody else drafted."),
    "publish": ("ivr.cli.flow_publish", "Put an approved release in force, now or at a time."),
    "rollback": ("ivr.cli.flow_rollback", "Put an earlier release in force again."),
    "export": ("ivr.cli.flow_export", "Write a release's files into a folder."),
    "history": ("ivr.cli.flow_history", "List releases and decisions, and what is in force."),
}


@click.command("flow", cls=LazyGroup, table=_COMMANDS)
def command() -> None:
    """See, hear, rehearse and change the call flows."""
