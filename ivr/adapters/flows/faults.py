"""Faults of call flows: where, in which step, what is wrong, and what to do about it.

Knows how a fault is written down and which comes first. Does not know what is a fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

import msgspec

SHOWN: Final = 100
"""So many faults are written out; somebody who has more mends these first."""
_NO_STEP: Final = "(flow)"
_CLOSE_ENOUGH: Final = 0.6


class Mark(msgspec.Struct, frozen=True, order=True):
    """A place in a file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault. `unsafe` marks those by which a depositor could come to harm: they come first."""

    mark: Mark
    step: str
    reason: str
    remedy: str
    unsafe: bool = False

    def __str__(self) -> str:
        """Write it as `file:line:column: step: reason; remedy`."""
        mark = self.mark
        place = f"{mark.file}:{mark.line}:{mark.column}"
        return f"{place}: {self.step or _NO_STEP}: {self.reason}; {self.remedy}"


class Faults:
    """Gathers faults; the same one is kept once."""

    def __init__(self) -> None:
        self._found: dict[Fault, None] = {}

    def add(
        self, mark: Mark, reason: str, remedy: str, *, step: str = "", unsafe: bool = False
    ) -> None:
        """Note a fault. `reason` and `remedy` are a sentence each, without a full stop."""
        fault = Fault(mark=mark, step=step, reason=reason, remedy=remedy, unsafe=unsafe)
        self._found[fault] = None

    def __len__(self) -> int:
        return len(self._found)

    def in_order(self) -> list[Fault]:
        """Return the faults, unsafe ones first, then by place."""
        return sorted(self._found, key=lambda fault: (not fault.unsafe, fault.mark))

    def written(self) -> tuple[str, ...]:
        """Write the faults down, and how many more there are."""
        lines = [str(fault) for fault in self.in_order()]
        more = len(lines) - SHOWN
        return (*lines[:SHOWN], f"and {more} more faults") if more > 0 else tuple(lines)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest of the known words, or name them all."""
    words = sorted(known)
    near = get_close_matches(word[:80], words, n=1, cutoff=_CLOSE_ENOUGH)
    if near:
        return f"did you mean {near[0]}?"
    return f"use one of: {', '.join(words)}" if words else "there is none to choose from"
