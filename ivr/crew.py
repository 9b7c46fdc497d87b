"""The worker's threads: a few that take on work, and a fair share of them for each client.

Knows threads. Does not know what the work is.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class Crew:
    """A few threads, and no queue before them: what finds no free one is not taken."""

    def __init__(self, name: str, size: int) -> None:
        """Name the threads and say how many there are."""
        self.pool = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._free = threading.BoundedSemaphore(size)

    def take_on(self, work: Callable[[], object], *, wait: bool) -> bool:
        """Give work to a free thread; where there is none, wait for one or return False."""
        if not self._free.acquire(blocking=wait):
            return False
        self.pool.submit(self._do, work)
        return True

    def _do(self, work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            self._free.release()


class Shares:
    """How many callbacks of each client are under way, so that a dead receiver takes no other's place."""

    def __init__(self, most: int) -> None:
        """`most` is how many one client may have at once."""
        self._most = most
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    def take(self, client: str) -> bool:
        """Take a place for a client; False where it has all of its own."""
        with self._lock:
            if self._taken[client] >= self._most:
                return False
            self._taken[client] += 1
            return True

    def give_back(self, client: str) -> None:
        """Give a place back."""
        with self._lock:
            self._taken[client] -= 1
            self._taken += Counter()
