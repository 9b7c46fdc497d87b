"""The worker's threads: a few that take on work, a fair share of them for each client, and where to look for it.

Knows threads and partitions. Does not know what the work is.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class Crew:
    """A few threads, and no queue before them: what finds no free one is not taken."""

    def __init__(self, name: str, size: int) -> None:
        """Name the threads and say how many there are."""
        self.pool = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._free = threading.Semaphore(size)
        self._is_closed = False

    def take_on(self, work: Callable[[], object], *, wait: bool) -> bool:
        """Give work to a free thread; where there is none, wait for one or return False.

        False too where the crew was closed, be it while somebody waited.
        """
        if not self._free.acquire(blocking=wait):
            return False
        if self._is_closed:
            self._free.release()
            return False
        self.pool.submit(self._do, work)
        return True

    def close(self) -> None:
        """Take nothing on any more; what was begun goes on."""
        self._is_closed = True
        self._free.release()  # which wakes whoever waits for a thread, and he the next

    def _do(self, work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            self._free.release()


class Shares:
    """How many callbacks of each client are under way, so that a dead receiver takes no other's place.

    Those that come at once and find none free are remembered for a moment, and done as places become free;
    beyond that they are forgotten, and due again when their leases run out.
    """

    def __init__(
        self,
        most: int,
        remembered: int,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`most` is how many one client may have at once, `remembered` how many more wait, for so many `seconds`."""
        self._most = most
        self._remembered = remembered
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()
        self._waiting: dict[str, deque[tuple[float, Callable[[], object]]]] = {}

    def take(self, client: str, work: Callable[[], object]) -> bool:
        """Take a place for a client's work; False where it has all of its own, and then it may be remembered."""
        with self._lock:
            if self._taken[client] < self._most:
                self._taken[client] += 1
                return True
            waiting = self._waiting.setdefault(client, deque())
            while waiting and waiting[0][0] <= self._clock():
                waiting.popleft()
            if len(waiting) < self._remembered:
                waiting.append((self._clock() + self._seconds, work))
            return False

    def next_of(self, client: str) -> Callable[[], object] | None:
        """Return what is done next in a place that became free; where that is nothing, it is given back."""
        with self._lock:
            waiting = self._waiting.get(client, ())
            while waiting:
                until, work = waiting.popleft()
                if self._clock() < until:
                    return work
            self._waiting.pop(client, None)
            self._give_back(client)
            return None

    def drain(self) -> list[Callable[[], object]]:
        """Return all that is remembered, and remember it no more."""
        with self._lock:
            works = [work for waiting in self._waiting.values() for _, work in waiting]
            self._waiting.clear()
            return works

    def give_back(self, client: str) -> None:
        """Give a place back."""
        with self._lock:
            self._give_back(client)

    def _give_back(self, client: str) -> None:
        self._taken[client] -= 1
        self._taken += Counter()


class Rounds:
    """Where a worker looks next: at the partitions that rang, and every so often at all of them."""

    def __init__(
        self,
        wait: Callable[[float], frozenset[int]],
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`wait` gives the partitions that rang, within a time; all are looked at every so many `seconds`."""
        self._wait = wait
        self._seconds = seconds
        self._clock = clock
        self._last = float("-inf")
        self.partitions: frozenset[int] | None = None
        """None: all."""

    def go_on(self, *, is_more: bool) -> None:
        """Wait for the next round; where there may be more than was taken, it is the same at once."""
        if self.partitions is None:
            self._last = self._clock()
        if is_more:
            return
        left = self._last + self._seconds - self._clock()
        self.partitions = (self._wait(left) or None) if left > 0 else None
