"""Time, chance and order: everything that runs, one step at a time, drawn from one seed.

Each piece of work is a greenlet and belongs to a process. It runs until it waits: for the network,
for a person, for a while. Then whatever is next on the agenda goes on. A process that crashes takes
its work with it wherever that stood, and nothing of it runs again. Knows nothing of verifications.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from typing import Final

from greenlet import getcurrent, greenlet

START: Final = 1_800_000_000_000
"""Milliseconds since the epoch: 2027-01-15."""
_MOST_STEPS: Final = 2_000_000


class CrashedError(BaseException):
    """The process died under this work. Nothing may catch it, as nothing survives a kill."""


class Process:
    """Something that runs work and may die; `start` is what it does whenever it comes up."""

    def __init__(self, name: str, start: Callable[[], object] | None = None) -> None:
        self.name = name
        self.start = start
        self.life = 0
        self.is_up = True


class Work(greenlet):
    """One piece of work of one life of a process."""

    def __init__(
        self, process: Process, what: str, run: Callable[[], object], hub: greenlet
    ) -> None:
        super().__init__(self._guarded, hub)
        self._work = run
        self.process, self.what, self.life = process, what, process.life
        self.ticket = 0
        self.fault: BaseException | None = None

    @property
    def is_lost(self) -> bool:
        """Its process died since it began."""
        return self.life != self.process.life

    def _guarded(self) -> None:
        try:
            self._work()
        except CrashedError:
            return
        except BaseException as error:  # noqa: BLE001 - the hub raises it where the run can end
            self.fault = error


class Timeline:
    """The agenda of one run."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a simulation is to be repeated, not guessed
        self.now = START
        self.steps = 0
        self.log: list[tuple[int, str, str]] = []
        self._agenda: list[tuple[int, int, Work]] = []
        self._order = itertools.count(1)
        self._hub = getcurrent()

    def clock(self) -> int:
        """Return the true time; the server's, as nobody can know a truer one."""
        return self.now

    def tell(self, who: str, what: str) -> None:
        """Write a line of the run's story."""
        self.log.append((self.now, who, what))

    def begin(self, process: Process, what: str, run: Callable[[], object], after: int = 0) -> None:
        """Put work on the agenda of a process, `after` milliseconds from now."""
        self._put(Work(process, what, run, self._hub), after)

    def wait(self, milliseconds: int) -> None:
        """Let this work wait, and everything else go on. Raises `CrashedError` where its process died."""
        work = self.present()
        self.check_alive()
        self._put(work, max(0, milliseconds))
        self._hub.switch()
        self.check_alive()

    def wake(self, work: Work) -> None:
        """Let waiting work go on now, before its time."""
        if not work.dead:
            self._put(work, 0)

    def present(self) -> Work:
        """Return the work that runs now."""
        work = getcurrent()
        assert isinstance(work, Work), "outside of all work nobody can wait"
        return work

    def check_alive(self) -> None:
        """Stop work whose process has died, also where it only cleans up."""
        if self.present().is_lost:
            raise CrashedError

    def crash(self, process: Process, down_for: int) -> None:
        """Kill a process at once; it is up again, with nothing remembered, after `down_for`."""
        self.tell(process.name, "crashes")
        process.life += 1
        process.is_up = False

        def rise() -> None:
            self.wait(down_for)
            process.is_up = True
            self.tell(process.name, "is up again")
            if process.start:
                self.begin(process, "starts", process.start)

        self.begin(Process("supervisor"), f"restart {process.name}", rise)

    def run(self, until: int | None = None) -> None:
        """Take what is next, step by step, until nothing is left or the time `until` has come."""
        self._hub = getcurrent()
        while self._agenda and (until is None or self._agenda[0][0] <= until):
            at, ticket, work = heapq.heappop(self._agenda)
            if work.ticket != ticket:
                continue
            self.now = max(self.now, at)
            self.steps += 1
            assert self.steps < _MOST_STEPS, "the run does not end"
            if work.parent is not self._hub:
                work.parent = self._hub
            if work.is_lost:
                if bool(work):
                    work.throw(CrashedError)
            else:
                work.switch()
            if work.fault is not None:
                raise work.fault
        if until is not None:
            self.now = max(self.now, until)

    def _put(self, work: Work, after: int) -> None:
        work.ticket = next(self._order)
        heapq.heappush(self._agenda, (self.now + after, work.ticket, work))
