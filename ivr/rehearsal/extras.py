"""What only some installations have: packages that draw and speak, named in the project's extras.

Knows how their absence is told. Does not know what they do.
"""

from __future__ import annotations

import importlib
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import Any

from ivr.domain.errors import HonninError


class Extra(StrEnum):
    """An extra of the project."""

    PICTURES = "pictures"
    VOICE = "voice"


class NotInstalled(HonninError):
    """Ops must act: an extra is not installed. The message says how to install it."""

    def __init__(self, what: str, extra: Extra) -> None:
        super().__init__(
            f"{what} is not installed; run: {sys.executable} -m pip install 'honnin[{extra}]'"
        )


def load_package(name: str, extra: Extra) -> Any:
    """Load a package of an extra.

    Raises:
        NotInstalled: it is not there.

    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise NotInstalled(name, extra) from error


def find_program(name: str, extra: Extra) -> Path:
    """Find a program of an extra: beside this Python, or where the system looks.

    Raises:
        NotInstalled: it is not there.

    """
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise NotInstalled(name, extra)
    return Path(found)
