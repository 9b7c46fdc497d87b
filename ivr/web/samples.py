"""What strangers can cause is put on record by sample, so that they cannot flood it.

Knows how to count. Does not know what is counted, nor who caused it.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from ivr.service.ports import Note, Store

_LOG: Final = logging.getLogger(__name__)
_SECONDS: Final = 10.0


class Samples:
    """Counts things of one kind, and puts one on record every ten seconds with how many there were."""

    def __init__(self, store: Store, kind: str, level: int = logging.WARNING) -> None:
        """Take the store whose story of the house they go into, and how loudly they are logged."""
        self._store = store
        self._kind = kind
        self._level = level
        self._lock = threading.Lock()
        self._count = 0
        self._noted_at = -_SECONDS

    def count(self, **detail: str) -> None:
        """Count one; note it with its detail where the last note is old enough."""
        with self._lock:
            self._count += 1
            now = time.monotonic()
            if now - self._noted_at < _SECONDS:
                return
            self._noted_at = now
            count, self._count = self._count, 0
        _LOG.log(self._level, self._kind, extra={**detail, "count": count})
        at = time.time_ns() // 1_000_000
        note = Note(kind=self._kind, at=at, detail={**detail, "count": count})
        try:
            self._store.note(None, [note])
        except Exception as error:  # noqa: BLE001 - what was done is done, store or no store
            _LOG.warning("sample_not_noted", extra={"error": type(error).__name__})
