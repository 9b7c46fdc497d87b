"""Where the value of a setting may come from: a variable, a file, or a command that asks whoever keeps secrets.

Knows that what a command prints, on either output, is a secret: a fault tells how it ended, and no more.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

FILE: Final = "_FILE"
COMMAND: Final = "_COMMAND"
COMMAND_SECONDS: Final = 20.0


class NoValueError(Exception):
    """A value cannot be had. Says at which variable and why, and nothing of the value."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.name = name
        self.why = why


def find_value(variables: Mapping[str, str], name: str, seconds: float = COMMAND_SECONDS) -> str:
    """Return a setting's value, stripped, from the first of its sources; empty where none is set.

    Raises:
        NoValueError: the source gives nothing.

    """
    sources = (name, name + FILE, name + COMMAND)
    source = next((each for each in sources if variables.get(each, "").strip()), None)
    if source is None:
        return ""
    value = variables[source].strip()
    if source == name:
        return value
    value = _read(source, Path(value)) if source.endswith(FILE) else _ask(source, value, seconds)
    if not value:
        what = "names a file that is empty" if source.endswith(FILE) else "printed nothing"
        raise NoValueError(source, what)
    return value


def plain_name(name: str) -> str:
    """Return the setting to which a variable belongs."""
    return name.removesuffix(FILE).removesuffix(COMMAND)


def _read(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NoValueError(name, f"cannot be read: {type(error).__name__}") from error


def _ask(name: str, command: str, seconds: float) -> str:
    """Run a command as it is written, by no shell, and return what it prints."""
    try:
        words = shlex.split(command)
        done = subprocess.run(  # noqa: S603 - whoever sets our environment may run what he likes
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise NoValueError(name, f"gave no answer within {seconds:g} s") from error
    except (OSError, ValueError) as error:
        raise NoValueError(name, f"cannot be run: {type(error).__name__}") from error
    if done.returncode:
        raise NoValueError(name, f"ended with code {done.returncode}; run it by hand to see why")
    try:
        return done.stdout.decode().strip()
    except UnicodeDecodeError as error:
        raise NoValueError(name, "printed what is not text") from error
