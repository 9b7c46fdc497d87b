"""One round on one store: the house is opened, everybody lives, faults are made, and the ledger is closed."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ivr.simulator.bank_receipts import ReceiptChecker
from tests.faults.bank import Backend, Wires
from tests.faults.house import House, open_house
from tests.faults.injector import Injector, Made
from tests.faults.ledger import Case, Ledger
from tests.faults.plan import Plan, Scheme, plan_of
from tests.faults.receiver import Receiver
from tests.faults.stores import STORES

_AT_ONCE: Final = 64
_OF_A_ROUND: Final = 3
"""The part of a round that is begun at once where that is less, so that faults meet what is begun later."""
MOST_CALLS: Final = 10_000
"""As many as the carrier keeps; a round with more would lose its oldest."""
_VERDICTS_WITHIN: Final = 120.0
_CALLBACKS_WITHIN: Final = 600.0
Say = Callable[[str], object]


@dataclass(kw_only=True)
class Round:
    """What one round came to."""

    store: str
    ledger: Ledger
    made: Made = field(default_factory=Made)
    answers: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    logged: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def cases(self) -> list[Case]:
        return list(self.ledger.cases.values())


def play(name: str, scheme: Scheme, folder: Path, say: Say) -> Round:
    """Play one round in a folder that is there and empty."""
    began = time.monotonic()
    plans = [plan_of(scheme.seed, number) for number in scheme.numbers]
    ledger = Ledger(scheme.lives)
    round_ = Round(store=name, ledger=ledger)
    by_reference = {each.reference: each for each in plans}

    def post(reference: str, data: dict[str, Any]) -> None:
        ledger.cases[by_reference[reference].number].post(data)

    receivers = [Receiver(post, lambda own: by_reference[own].manner) for _ in range(2)]
    prefixes = [each.url for each in receivers]
    with (
        STORES[name](folder) as store,
        open_house(folder, store, plans, prefixes, scheme) as house,
    ):
        for each in receivers:
            each.trust(house.webhooks)
            each.open()
        wires = Wires(api=house.api, carrier=house.carrier, key=house.key)
        injector = Injector(
            house,
            store,
            receivers[1],
            lambda behaviour: wires.tell_carrier("PUT", "/sim/outage", {"behaviour": behaviour}),
            scheme.lasting,
            scheme.seed,
        )
        injector.start(scheme.faults())
        backends = _Everybody(plans, wires, ledger, receivers, scheme)
        backends.live(injector.begun, lambda said: say(f"{name}: {said}"))
        injector.finish()
        house.await_ready()
        backends.close(house, lambda said: say(f"{name}: {said}"))
        _read_receipts(ledger, wires)
        round_.made, round_.answers = injector.made, wires.answers
        round_.troubles = Counter(wires.tell_carrier("GET", "/sim/troubles"))
        round_.troubles["cut"] = house.gate.cut
        for each in receivers:
            round_.troubles.update({f"callback_{manner}": n for manner, n in each.refused.items()})
            round_.troubles["callback_forged"] += each.forged
            each.close()
    round_.logged = _read_logs(folder)
    round_.seconds = time.monotonic() - began
    return round_


class _Everybody:
    """The backends of a round: so many at once, each through its life, and at the end each asked once more."""

    def __init__(
        self,
        plans: list[Plan],
        wires: Wires,
        ledger: Ledger,
        receivers: list[Receiver],
        scheme: Scheme,
    ) -> None:
        self._plans, self._wires = plans, wires
        self._backends = [
            Backend(each, wires, ledger, receivers[each.receiver].url, scheme) for each in plans
        ]
        self._done = 0
        self._counting = threading.Lock()

    def live(self, begun: Callable[[int], None], say: Say) -> None:
        """Have everybody live. Raises what went wrong in a backend."""
        started = iter(range(1, len(self._backends) + 1))

        def live(backend: Backend) -> None:
            with self._counting:
                begun(next(started))
            backend.live()
            with self._counting:
                self._done += 1
                if self._done % max(1, len(self._backends) // 20) == 0:
                    say(f"{self._done} of {len(self._backends)} verifications are over")

        at_once = min(_AT_ONCE, len(self._backends) // _OF_A_ROUND + 1)
        with ThreadPoolExecutor(at_once) as pool:
            for each in [pool.submit(live, backend) for backend in self._backends]:
                each.result()

    def close(self, house: House, say: Say) -> None:
        """Learn every verdict by poll and by callback, and what the carrier knows. Tends the house meanwhile."""
        accepted = [each for each in self._backends if each.case.accepted]
        end = time.monotonic() + _VERDICTS_WITHIN
        waiting = accepted
        with ThreadPoolExecutor(8) as pool:
            while waiting and time.monotonic() < end:
                house.tend()
                told = list(pool.map(Backend.look, waiting))
                waiting = [each for each, is_told in zip(waiting, told, strict=True) if not is_told]
                time.sleep(0.5 if waiting else 0)
        say(f"{len(accepted) - len(waiting)} of {len(accepted)} verdicts were told by poll")
        end = time.monotonic() + _CALLBACKS_WITHIN
        while not all(each.case.posted for each in accepted) and time.monotonic() < end:
            house.tend()
            time.sleep(0.2)
        say(f"{sum(bool(each.case.posted) for each in accepted)} were told by callback")
        calls = 0
        for plan, backend in zip(self._plans, self._backends, strict=True):
            backend.case.account_calls = self._wires.calls_to(plan.phone)
            calls += len(backend.case.account_calls)
        assert calls < MOST_CALLS, "more calls than the carrier keeps"


def _read_receipts(ledger: Ledger, wires: Wires) -> None:
    """Check every receipt with the published keys; one that is not good says something else."""
    checker = ReceiptChecker(lambda: wires.ask("GET", "/.well-known/jwks.json")[1])
    for case in ledger.cases.values():
        for compact in case.receipts:
            read = checker.check(
                compact, verification=min(case.ids, default=""), request_sha256=case.asked_sha256
            )
            case.signed.add(str(read.trouble or read.claims["verdict"]))


def _read_logs(folder: Path) -> Counter[str]:
    """Count what the processes said happened to them; it is told, and nothing is judged by it."""
    said: Counter[str] = Counter()
    for log in folder.glob("w*.log"):
        for line in log.read_text(encoding="utf-8").splitlines():
            if line.startswith("{") and line.endswith("}"):
                told = json.loads(line)
                said[f"{told['event']} {told.get('code') or told.get('error') or ''}".strip()] += 1
    return said
