"""Which call flow a command is about: its folder, its name and its language.

Knows how a wrong name is told. Does not know what is done with a flow.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from ivr.adapters.flows.faults import did_you_mean
from ivr.adapters.flows.files import load_book
from ivr.domain.callflow import CallFlow

_Command = TypeVar("_Command", bound=Callable[..., Any])
_folder: Final = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: Path(os.environ.get("IVR_CALLFLOWS", "callflows")),
    show_default="IVR_CALLFLOWS, or callflows",
    help="The folder of call flows.",
)
_language: Final = click.option(
    "--language", help="The language that is spoken: ja, en …", metavar="LANGUAGE"
)


def flow_choice(command: _Command) -> _Command:
    """Give a command the argument FLOW and the options `--folder` and `--language`."""
    return click.argument("name", metavar="FLOW")(_folder(_language(command)))


def choose_flow(folder: Path, name: str) -> CallFlow:
    """Find a flow by its name.

    Raises:
        FlowFault: a flow of the folder is not fit for use.
        click.BadParameter: there is no such flow.

    """
    flows = {flow.name: flow for flow in load_book(folder).flows}
    name = Path(name).stem
    if name not in flows:
        raise click.BadParameter(
            f"there is no call flow {name} in {folder}; {did_you_mean(name, flows)}",
            param_hint="FLOW",
        )
    return flows[name]


def choose_language(flow: CallFlow, language: str | None) -> str:
    """Return the language asked for, or else the flow's first.

    Raises:
        click.BadParameter: the flow does not speak it.

    """
    if language is None:
        return next(iter(flow.voices))
    if language not in flow.voices:
        spoken = ", ".join(flow.voices)
        raise click.BadParameter(
            f"{flow.name} does not speak {language}; choose from {spoken}", param_hint="--language"
        )
    return language
