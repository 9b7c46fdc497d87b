"""Whether the store answers, found out without waiting for it: whoever asks waits a second at most.

One question is under way at a time, however many ask and however long the store hangs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

_SECONDS: Final = 1.0


class Readiness:
    """Asks on a thread of its own."""

    def __init__(self, ask: Callable[[], bool], seconds: float = _SECONDS) -> None:
        """`ask` tells whether the store answers, whenever it comes to know; `seconds` is who waits how long."""
        self._ask = ask
        self._seconds = seconds
        self._lock = threading.Lock()
        self._asked: Future[bool] | None = None

    def __call__(self) -> bool:
        """Tell whether the store answers; one that does not say so in time does not."""
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                threading.Thread(target=self._find_out, args=(self._asked,), daemon=True).start()
            asked = self._asked
        try:
            return asked.result(self._seconds)
        except TimeoutError:
            return False

    def _find_out(self, asked: Future[bool]) -> None:
        try:
            asked.set_result(self._ask())
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it is not ready
            asked.set_result(False)
