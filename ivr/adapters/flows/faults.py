"""What is found in call flows: faults, which are refused, and warnings, which are only told.

Knows how each is written down and which comes first. Does not know what is a fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum
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


class Severity(StrEnum):
    """How bad a finding is, the worst first. A flow with a warning is used all the same."""

    UNSAFE = "unsafe"
    FAULT = "fault"
    WARNING = "warning"


_ORDER: Final = {severity: place for place, severity in enumerate(Severity)}


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. `kind` names the check that found it, for those who count or sort them."""

    mark: Mark
    step: str
    reason: str
    remedy: str
    severity: Severity
    kind: str

    def __str__(self) -> str:
        """Write it as `file:line:column: step: reason; remedy`, a warning with that word before the step."""
        mark = self.mark
        place = f"{mark.file}:{mark.line}:{mark.column}"
        warning = "warning: " if self.severity is Severity.WARNING else ""
        return f"{place}: {warning}{self.step or _NO_STEP}: {self.reason}; {self.remedy}"


class Faults:
    """Gathers what is found; the same finding is kept once. True, and counted, are only faults.

    `hears_warnings` is False where nobody will read them: they need not be looked for.
    """

    def __init__(self, kind: str = "file", *, hears_warnings: bool = True) -> None:
        self.hears_warnings = hears_warnings
        self._kind = kind
        self._found: dict[Fault, None] = {}
        self._warned: dict[Fault, None] = {}

    def of(self, kind: str) -> Faults:
        """Return the same gathering, for a check of this kind to add to."""
        other = Faults(kind, hears_warnings=self.hears_warnings)
        other._found, other._warned = self._found, self._warned
        return other

    def add(
        self, mark: Mark, reason: str, remedy: str, *, step: str = "", unsafe: bool = False
    ) -> None:
        """Note a fault. `reason` and `remedy` are a sentence each, without a full stop."""
        severity = Severity.UNSAFE if unsafe else Severity.FAULT
        self._found[self._finding(mark, reason, remedy, step, severity)] = None

    def warn(self, mark: Mark, reason: str, remedy: str, *, step: str = "") -> None:
        """Note what is poor, though safe."""
        self._warned[self._finding(mark, reason, remedy, step, Severity.WARNING)] = None

    def _finding(
        self, mark: Mark, reason: str, remedy: str, step: str, severity: Severity
    ) -> Fault:
        # What is quoted may hold line breaks, and each finding is a line.
        reason, remedy = " ".join(reason.split()), " ".join(remedy.split())
        return Fault(
            mark=mark, step=step, reason=reason, remedy=remedy, severity=severity, kind=self._kind
        )

    def __len__(self) -> int:
        return len(self._found)

    def in_order(self) -> list[Fault]:
        """Return the faults, unsafe ones first, then by place."""
        return _sorted(self._found)

    def warnings(self) -> list[Fault]:
        """Return the warnings by place."""
        return _sorted(self._warned)

    def written(self) -> tuple[str, ...]:
        """Write the faults down, and how many more there are."""
        lines = [str(fault) for fault in self.in_order()]
        more = len(lines) - SHOWN
        return (*lines[:SHOWN], f"and {more} more faults") if more > 0 else tuple(lines)


def _sorted(found: Iterable[Fault]) -> list[Fault]:
    return sorted(found, key=lambda fault: (_ORDER[fault.severity], fault.mark))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest of the known words, or name them all."""
    words = sorted(known)
    near = get_close_matches(word[:80], words, n=1, cutoff=_CLOSE_ENOUGH)
    if near:
        return f"did you mean {near[0]}?"
    return f"use one of: {', '.join(words)}" if words else "there is none to choose from"
