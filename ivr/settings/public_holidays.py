"""The days on which a country's banks are closed, found by a process that is gone afterwards.

The library that keeps them loads those of all countries, 12 MiB that every web process and worker would hold for the
sake of 500 days. Does not know desks.
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

_KEEPER: Final = Path(__file__).with_name("kept_holidays.py")


class UnknownCountry(Exception):
    """Its holidays are not kept."""

    def __init__(self, known: Sequence[str]) -> None:
        """Take those that are."""
        super().__init__("a country whose holidays are not known")
        self.known = known


@functools.cache
def public_holidays(country: str) -> frozenset[date]:
    """Return the days on which a country's banks are closed, years ahead. `country`: ISO 3166-1, as JP.

    Raises:
        UnknownCountry: nothing is known of it.

    """
    command = [sys.executable, "-P", str(_KEEPER), country]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 - our own
    found: Any = json.loads(done.stdout)
    if "known" in found:
        raise UnknownCountry(found["known"])
    return frozenset(map(date.fromisoformat, found["days"]))
