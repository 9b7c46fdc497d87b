"""Whether there is room for more: memory at the store, and workers that keep up with what is due.

Looks at most once a second, for all requests of a process together. Knows limits; does not know Redis.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from ivr.domain.errors import TryLater

_LOOK_SECONDS: Final = 1.0
_AFTER: Final = 5
"""Seconds after which asking again makes sense: memory is given back as records end, not at once."""


class Gauge(Protocol):
    """What can be measured at the store."""

    def memory_percent(self) -> int:
        """Return how much of the memory that it may use is in use, at the fullest server; 0 without a limit."""

    def overdue(self) -> int:
        """Return how many records are due and were taken by nobody."""


class Room:
    """Says no to what is new while there is no room; what was taken before goes on."""

    def __init__(
        self,
        gauge: Gauge,
        *,
        most_due: int,
        most_memory_percent: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what measures, and the limits from which on nothing new is taken. `clock` in seconds."""
        self._gauge = gauge
        self._most_due = most_due
        self._most_memory = most_memory_percent
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._lack = ""

    def check(self) -> None:
        """Return where there is room. Raises `TryLater`, and whatever the gauge raises."""
        if self._clock() - self._looked_at >= _LOOK_SECONDS and self._lock.acquire(blocking=False):
            try:
                self._lack = self._look()
                self._looked_at = self._clock()
            finally:
                self._lock.release()
        if self._lack:
            detail = f"Nothing new is taken while {self._lack}; what was taken before goes on."
            raise TryLater("overloaded", detail, after=_AFTER)

    def _look(self) -> str:
        if self._gauge.memory_percent() >= self._most_memory:
            return "the store is short of memory"
        if self._gauge.overdue() > self._most_due:
            return "more is due than is done"
        return ""
