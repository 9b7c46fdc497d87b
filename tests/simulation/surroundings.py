"""What a run puts around the product in this Python process: its log, and the clocks that it may look at.

Whatever asks `time` for the time is told that of the simulated process that asks.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import redis

from ivr.service.store_faults import UnkeptError
from tests.simulation.timeline import Timeline

_SECOND: Final = 1_000
_NANO: Final = 1_000_000
_UNKEPT: Final = UnkeptError().code


class Defects(logging.Handler):
    """Hears what the product logs, and keeps what must not happen whatever the weather."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep an error that the store's absence does not explain."""
        error = record.exc_info[1] if record.exc_info else getattr(record, "error", "")
        is_away = isinstance(error, redis.RedisError) or str(error).startswith(_UNKEPT)
        if record.msg != "store_unavailable" and not is_away:
            self.found.append(f"{record.msg}: {error}")


@contextmanager
def surrounded(timeline: Timeline, defects: Defects) -> Iterator[None]:
    """Have the log heard and the clocks simulated, as long as it lasts."""
    log = logging.getLogger("ivr")
    logged = log.handlers[:], log.propagate
    told = time.time, time.time_ns, time.monotonic
    log.handlers[:], log.propagate = [defects], False
    time.time = time.monotonic = lambda: timeline.own_clock() / _SECOND
    time.time_ns = lambda: int(timeline.own_clock() * _NANO)
    try:
        yield
    finally:
        time.time, time.time_ns, time.monotonic = told
        log.handlers[:], log.propagate = logged
