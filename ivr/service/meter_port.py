"""What is counted of the product's work, and by whom: a meter that is told, and asked for nothing.

Knows what is worth counting. Does not know how counts are kept or shown. No count names an account, a
number, a passcode or a verification: those who read graphs have no business with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from ivr.domain.record import Record
from ivr.service.ports import Note


class HookTurn(StrEnum):
    """What a hook of the carrier was about."""

    FIRST = "first"
    KEYS = "keys"
    DESK = "desk"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


class HookAge(StrEnum):
    """Whether a hook was news: `late` is of a call or a turn that is past, or was never begun."""

    FRESH = "fresh"
    REPEATED = "repeated"
    LATE = "late"


class Meter(Protocol):
    """Counts what happens; never fails, and never holds up, what it counts."""

    def hook(self, turn: HookTurn, age: HookAge) -> None:
        """Count a hook that was the carrier's."""

    def hook_forged(self) -> None:
        """Count a hook that was not."""

    def saved(self, before: Record | None, after: Record, notes: Sequence[Note]) -> None:
        """Count what a change did, once it is saved; `before` is None for a new verification."""

    def answered(self, endpoint: str, status: int, seconds: float) -> None:
        """Count a request of the web processes, however it was answered."""

    def polls_held(self, more: int) -> None:
        """Add to the number of polls that are held now; `more` is 1 or -1."""


class Unmetered:
    """Counts nothing."""

    def hook(self, turn: HookTurn, age: HookAge) -> None:
        """Let it pass."""

    def hook_forged(self) -> None:
        """Let it pass."""

    def saved(self, before: Record | None, after: Record, notes: Sequence[Note]) -> None:
        """Let it pass."""

    def answered(self, endpoint: str, status: int, seconds: float) -> None:
        """Let it pass."""

    def polls_held(self, more: int) -> None:
        """Let it pass."""
