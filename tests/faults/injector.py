"""Makes the faults: each when so many verifications have begun, and ends those that last.

Two servers of a store are never lost at once: promise 2 holds for one failure at a time. All other
faults may fall together.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.faults.house import House
from tests.faults.plan import Fault, Lasting
from tests.faults.receiver import Receiver
from tests.faults.stores import Store

_LOOK: Final = 0.1


@dataclass
class Made:
    """What was made so far: how often, and for how many seconds the store was not whole."""

    times: Counter[Fault] = field(default_factory=Counter)
    store_away: list[float] = field(default_factory=list)


class Injector:
    """Works in a thread of its own, until everything was made and has ended."""

    def __init__(
        self,
        house: House,
        store: Store,
        receiver: Receiver,
        outage: Callable[[Any], object],
        lasting: Lasting,
        seed: int,
    ) -> None:
        self.made = Made()
        self.error: BaseException | None = None
        self._house, self._store, self._receiver = house, store, receiver
        self._outage, self._lasting = outage, lasting
        self._chance = random.Random(f"{seed}/injector")  # noqa: S311 - repeats, as it must
        self._ends: list[tuple[float, Callable[[], object]]] = []
        self._ripe = 0
        self._to_come: list[tuple[int, Fault]] = []
        self._finish = threading.Event()
        self._losses: list[threading.Thread] = []
        self._one_at_a_time = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, faults: list[tuple[int, Fault]]) -> None:
        """Begin; `faults` are sorted."""
        self._to_come = list(faults)
        self._thread.start()

    def begun(self, count: int) -> None:
        """So many verifications have begun."""
        self._ripe = count

    def finish(self) -> None:
        """Make what is left, end what lasts, and return when the store is whole. Raises what went wrong."""
        self._finish.set()
        self._thread.join()
        for each in self._losses:
            each.join()
        if self.error:
            raise self.error

    def _run(self) -> None:
        try:
            while not self._is_over():
                self._house.tend()
                while self._to_come and self._to_come[0][0] <= self._ripe:
                    self._make(self._to_come.pop(0)[1])
                self._end_what_is_due()
                time.sleep(_LOOK)
        except BaseException as error:  # noqa: BLE001 - raised again by `finish`
            self.error = error

    def _is_over(self) -> bool:
        return self._finish.is_set() and not self._to_come and not self._ends

    def _end_what_is_due(self) -> None:
        now = time.monotonic()
        for due in [each for each in self._ends if each[0] <= now]:
            self._ends.remove(due)
            due[1]()

    def _lasts(self, seconds: float, end: Callable[[], object]) -> None:
        self._ends.append((time.monotonic() + seconds, end))

    def _make(self, fault: Fault) -> None:
        house, lasting = self._house, self._lasting
        done = True
        match fault:
            case Fault.WEB_PROCESS:
                done = house.kill_web_process(self._chance)
            case Fault.WEB:
                house.kill_web()
            case Fault.WORKER:
                house.kill_worker(self._chance)
            case Fault.STORE:
                self._losses.append(threading.Thread(target=self._lose_primary, daemon=True))
                self._losses[-1].start()
            case Fault.STORM:
                self._outage({"kind": "rest_429"})
                self._lasts(lasting.storm, lambda: self._outage(None))
            case Fault.REFUSED:
                house.gate.close()
                self._lasts(lasting.refused, house.gate.open)
            case Fault.CUT:
                house.gate.cut_answers(lasting.cut)
            case Fault.RECEIVER:
                self._receiver.close()
                self._lasts(lasting.receiver, self._receiver.open)
        self.made.times[fault] += done

    def _lose_primary(self) -> None:
        with self._one_at_a_time:
            began = time.monotonic()
            try:
                self._store.lose_primary(self._chance)
            except BaseException as error:  # noqa: BLE001 - raised again by `finish`
                self.error = error
            self.made.store_away.append(time.monotonic() - began)
