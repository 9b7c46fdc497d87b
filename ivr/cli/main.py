"""The `ivr` command: what it can do, by name. Each command is loaded when it is called.

Knows how faults are told at a terminal. Does not know what the commands do.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click

from ivr import __version__
from ivr.cli.lazy_group import LazyGroup
from ivr.domain.errors import FlowFault, HonninError, SettingsFault

_COMMANDS: Final = {
    "demo": ("ivr.cli.demo", "Show the product on this machine: bank, wallet, telephone and all."),
    "serve": ("ivr.cli.serve", "Serve the API and the carrier's hooks, and place calls."),
    "worker": (
        "ivr.cli.worker",
        "Run one worker: place calls, deliver callbacks, apply deadlines.",
    ),
    "client": ("ivr.cli.client", "Add, list and revoke the banks' API clients."),
    "account": ("ivr.cli.account", "Look at an account's failures, and unlock it."),
    "verification": ("ivr.cli.verification", "Tell a verification's story."),
    "callbacks": (
        "ivr.cli.callbacks",
        "List callbacks that could not be delivered; try them again.",
    ),
    "carrier": ("ivr.cli.carrier", "See how the carriers do, and choose who places calls."),
    "call": ("ivr.cli.call", "Make a test call to a number of the bank's own."),
    "staff": ("ivr.cli.staff", "Add, list and revoke the staff who change call flows."),
    "config": ("ivr.cli.config", "Check the configuration before anything starts."),
    "flow": ("ivr.cli.flow", "See, hear and rehearse the call flows."),
    "states": ("ivr.cli.states", "Print the life of a verification as a picture (Mermaid)."),
    "keys": ("ivr.cli.keys", "Make new secret keys."),
    "fallback": (
        "ivr.cli.fallback",
        "Print the document to host at the carrier for when our web is gone.",
    ),
}
_WRONG_SETTINGS: Final = 2


@click.command(
    cls=LazyGroup, table=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="ivr", message="%(prog)s %(version)s")
@click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of NAME=VALUE lines; what is set in the environment comes first.",
)
def cli(env_file: Path | None) -> None:
    """Honnin: asks a depositor, by telephone, whether it is really him.

    New here? `ivr demo` shows everything on this machine. For real calls: `ivr keys`, the settings
    in docs/running.md, `ivr config check`, then `ivr serve`.
    """
    if env_file:
        for name, value in read_env_file(env_file).items():
            os.environ.setdefault(name, value)


def read_env_file(path: Path) -> dict[str, str]:
    """Read NAME=VALUE lines; empty lines and those that begin with # are left out."""
    values = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            values[name.strip()] = value.strip()
    return values


def main() -> None:
    """Run the command; faults that somebody can mend are told in a line each, without a traceback."""
    try:
        cli(prog_name="ivr")
    except (SettingsFault, FlowFault) as fault:
        for line in fault.faults:
            click.echo(line, err=True)
        sys.exit(_WRONG_SETTINGS)
    except UnicodeDecodeError:
        click.echo("ivr: the file is not text in UTF-8", err=True)
        sys.exit(_WRONG_SETTINGS)
    except HonninError as error:
        click.echo(f"ivr: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        click.echo(f"ivr: {error.filename}: {error.strerror}", err=True)
        sys.exit(1)
