"""Time, chance and order: everything that runs, one step at a time, drawn from one seed.

Each piece of work is a greenlet and belongs to a process. It runs until it waits: for the network,
for a person, for a while. Then whatever is next on the agenda goes on. A process that crashes takes
its work with it wherever that stood, and nothing of it runs again. Knows nothing of verifications.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Final

from greenlet import getcurrent, greenlet

START: Final = 1_800_000_000_000
"""Milliseconds since the epoch: 2027-01-15."""
_MOST_STEPS: Final = 2_000_000
_NEVER: Final = 1 << 62


class CrashedError(BaseException):
    """The process died under this work. Nothing may catch it, as nothing survives a kill."""


class Process:
    """Something that runs work and may die; `start` is what it does whenever it comes up.

    Its own clock is `off` by so many milliseconds, and gains `drift` of each that goes by.
    """

    def __init__(self, name: str, start: Callable[[], object] | None = None) -> None:
        self.name = name
        self.start = start
        self.off = 0
        self.drift = 0.0
        self.life = 0
        self.is_up = True


class Work(greenlet):
    """One piece of work of one life of a process. `line` tells which primary its line leads to."""

    def __init__(
        self, process: Process, what: str, run: Callable[[], object], hub: greenlet
    ) -> None:
        super().__init__(self._guarded, hub)
        self._work = run
        self.process, self.what, self.life = process, what, process.life
        self.ticket = 0
        self.line = 0
        self.fault: BaseException | None = None

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
        self._until = 0

    def clock(self) -> int:
        """Return the true time; the server's, as nobody can know a truer one."""
        return self.now

    def own_clock(self) -> float:
        """Return the time, in milliseconds, by the clock of the process that runs now."""
        work = getcurrent()
        if not isinstance(work, Work):
            return self.now
        process = work.process
        return self.now + process.off + (self.now - START) * process.drift

    def tell(self, who: str, what: str) -> None:
        """Write a line of the run's story."""
        self.log.append((self.now, who, what))

    def begin(self, process: Process, what: str, run: Callable[[], object], after: int = 0) -> None:
        """Put work on the agenda of a process, `after` milliseconds from now."""
        self._put(Work(process, what, run, self._hub), after)

    def wait(self, milliseconds: int) -> None:
        """Let this work wait, and everything else go on. Raises `CrashedError` where its process died.

        Where nothing else is to happen before, time goes on and nobody takes turns: the run is the same.
        """
        work = self.present()
        if work.life != work.process.life:
            raise CrashedError
        at = self.now + milliseconds if milliseconds > 0 else self.now
        agenda = self._agenda
        while agenda and agenda[0][2].ticket != agenda[0][1]:
            heappop(agenda)
        if at <= self._until and (not agenda or at < agenda[0][0]):
            self.now = at
            self.steps += 1
            return
        work.ticket = ticket = next(self._order)
        heappush(agenda, (at, ticket, work))
        self._hub.switch()
        if work.life != work.process.life:
            raise CrashedError

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
        work = self.present()
        if work.life != work.process.life:
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

    def run(self, until: int = _NEVER) -> None:
        """Take what is next, step by step, until nothing is left or the time `until` has come."""
        self._hub, self._until = getcurrent(), until
        agenda = self._agenda
        while agenda and agenda[0][0] <= until:
            at, ticket, work = heappop(agenda)
            if work.ticket != ticket:
                continue
            self.now = max(self.now, at)
            self.steps += 1
            assert self.steps < _MOST_STEPS, "the run does not end"
            if work.parent is not self._hub:
                work.parent = self._hub
            if work.life == work.process.life:
                work.switch()
            elif work:
                work.throw(CrashedError)
            if work.fault is not None:
                raise work.fault
        if until < _NEVER:
            self.now = max(self.now, until)

    def _put(self, work: Work, after: int) -> None:
        work.ticket = ticket = next(self._order)
        heappush(self._agenda, (self.now + after, ticket, work))
