"""Time for the stand-in: what happens when, and the lock under which it happens.

Knows a heap of moments and two ways through it: `VirtualClock` jumps from one to the next,
`RealClock` waits for them, faster than life if told so. Does not know what a call is.
Whatever touches the state of the network does it under `lock`: timers always do.
"""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

BEGINNING = 1_767_225_600.0  # 2026-01-01T00:00:00Z: where virtual time begins unless told otherwise
MOST_STEPS = 200_000
WORKERS = 16

log = logging.getLogger(__name__)


class Timed(Protocol):
    """A result that knows how many seconds it took to come."""

    @property
    def seconds(self) -> float:
        """Seconds from the question to this result."""


Result = TypeVar("Result", bound=Timed)


class Timer:
    """Something that will be done at a moment, unless it is cancelled before."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act: Callable[[], None] | None = act

    def cancel(self) -> None:
        """Forget it; harmless when it is already done."""
        self._act = None

    def fire(self) -> None:
        """Do it once."""
        act, self._act = self._act, None
        if act is not None:
            act()

    @property
    def pending(self) -> bool:
        """Whether it is still to be done."""
        return self._act is not None


class Clock(Protocol):
    """What the network needs of time. `lock` may be waited on for news, and guards all state.

    `speed` is how many of its seconds pass in a second of somebody who watches.
    """

    lock: threading.Condition
    speed: float

    def now(self) -> float:
        """Give the time in seconds since 1970."""

    def call_at(self, when: float, act: Callable[[], None]) -> Timer:
        """Do `act` under the lock at `when`, or as soon as possible if that has passed."""

    def in_background(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        """Run `work` without holding up anything, and give its result to `then` under the lock."""


class _Agenda:
    """Moments in order; those at the same moment in the order in which they were asked for."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()

    def add(self, when: float, act: Callable[[], None]) -> Timer:
        timer = Timer(act)
        heapq.heappush(self._heap, (when, next(self._order), timer))
        return timer

    def next_moment(self) -> float | None:
        while self._heap and not self._heap[0][2].pending:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop(self) -> Timer:
        return heapq.heappop(self._heap)[2]


class VirtualClock:
    """Time that stands still until it is moved; hooks are sent in line: a run repeats exactly."""

    def __init__(self, start: float = BEGINNING) -> None:
        self.lock = threading.Condition()
        self.speed = 1.0
        self._now = start
        self._agenda = _Agenda()

    def now(self) -> float:
        """Give the virtual time in seconds since 1970."""
        return self._now

    def call_at(self, when: float, act: Callable[[], None]) -> Timer:
        """Do `act` when virtual time is moved to `when` or past it."""
        with self.lock:
            return self._agenda.add(max(when, self._now), act)

    def in_background(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        """Run `work` now; hand over its result after the virtual seconds it says it took."""
        result = work()
        self.call_at(self._now + result.seconds, lambda: then(result))

    def advance(self, seconds: float) -> None:
        """Move time on by `seconds`, doing everything that falls due on the way."""
        with self.lock:
            until = self._now + seconds
            while (moment := self._agenda.next_moment()) is not None and moment <= until:
                self._step(moment)
            self._now = until

    def run_until_idle(self) -> None:
        """Move time on until nothing is left to do.

        Raises:
            RuntimeError: when it never ends, as with two documents that redirect to each other.

        """
        with self.lock:
            for _ in range(MOST_STEPS):
                moment = self._agenda.next_moment()
                if moment is None:
                    return
                self._step(moment)
        raise RuntimeError(f"still busy after {MOST_STEPS} steps of virtual time")

    def _step(self, moment: float) -> None:
        self._now = moment
        self._agenda.pop().fire()


class RealClock:
    """The time of the machine, `speed` times as fast, kept by one thread; hooks go to a pool."""

    def __init__(self, *, speed: float = 1.0, workers: int = WORKERS) -> None:
        turn = threading.RLock()
        self.lock = threading.Condition(turn)
        self._bell = threading.Condition(turn)
        self.speed = speed
        self._wall, self._monotonic = time.time(), time.monotonic()
        self._agenda = _Agenda()
        self._stopped = False
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="hook")
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    def start(self) -> None:
        """Begin to do what falls due."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what is still to come is not done any more."""
        with self.lock:
            self._stopped = True
            self._bell.notify_all()
        self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def now(self) -> float:
        """Give the time in seconds since 1970, ahead of the wall when time runs fast."""
        return self._wall + (time.monotonic() - self._monotonic) * self.speed

    def call_at(self, when: float, act: Callable[[], None]) -> Timer:
        """Do `act` on the clock's thread at `when`."""
        with self.lock:
            timer = self._agenda.add(when, act)
            self._bell.notify_all()
            return timer

    def in_background(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        """Run `work` on the pool; its seconds have then really passed."""

        def both() -> None:
            try:
                result = work()
            except Exception:
                log.exception("Something in the background of the stand-in network failed.")
            else:
                self.call_at(self.now(), lambda: then(result))

        with self.lock:
            if not self._stopped:
                self._pool.submit(both)

    def _run(self) -> None:
        with self.lock:
            while not self._stopped:
                moment = self._agenda.next_moment()
                wait = None if moment is None else (moment - self.now()) / self.speed
                if wait is None or wait > 0:
                    self._bell.wait(wait)
                else:
                    self._fire(self._agenda.pop())

    def _fire(self, timer: Timer) -> None:
        try:
            timer.fire()
        except Exception:
            log.exception("Something that was due in the stand-in network failed.")
