"""What every rule of the machine stands on: a house, a ledger, telephones, and acting at once."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from ivr.domain.errors import Code, Refused
from ivr.domain.record import Verification
from ivr.service.carrier_port import CallOrder, Placing, Postponed
from tests.service.house import MemoryHouse, wrong
from tests.service.ledger import Case, Ledger
from tests.service.phone import Phone
from tests.service.real_house import RealHouse
from tests.service.world import FakeCarrier

AnyHouse = MemoryHouse | RealHouse


class WatchfulCarrier(FakeCarrier):
    """Remembers for which call it was asked how often, and what it answered; None where it could not."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, list[Placing | None]] = {}

    def place(self, order: CallOrder) -> Placing:
        own = self.asked.setdefault(self.sid_of(order), [])
        own.append(None)
        answer = own[-1] = super().place(order)
        return answer

    def check(self) -> None:
        """Nobody was called twice: asked again only after it had said that it took nothing."""
        for answers in self.asked.values():
            assert all(isinstance(answer, Postponed) for answer in answers[:-1]), "called twice"


def met(ask: Callable[[], Any], *allowed: Code) -> Any:
    """Ask; None where it was refused with a code that is allowed."""
    try:
        return ask()
    except Refused as refused:
        if refused.code not in allowed:
            raise
        return None


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do several things in as many threads; return each result, or the refusal."""
    results: list[Any] = [None] * len(acts)
    together = threading.Barrier(len(acts))

    def run(place: int) -> None:
        together.wait()
        try:
            results[place] = acts[place]()
        except Exception as error:  # noqa: BLE001 - whatever it was, it is looked at below
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, Refused):
            raise result
    return results


def codes(results: Iterable[Any]) -> Counter[Any]:
    """Count the codes of refusals, and whatever was met as `pass`."""
    return Counter(each.code if isinstance(each, Refused) else "pass" for each in results)


class Machine(RuleBasedStateMachine):
    """A house, and what an outsider knows of it."""

    def __init__(self, open_house: Callable[[WatchfulCarrier], AnyHouse]) -> None:
        super().__init__()
        self.carrier = WatchfulCarrier()
        self.house = open_house(self.carrier)
        self.ledger = Ledger()
        self.phones: list[Phone] = []
        self._keys = 0

    @property
    def now(self) -> int:
        """The house's time."""
        return self.house.store.load_account("honnin", "none").now

    def new_key(self) -> str:
        """Return an idempotency key that was not used yet."""
        self._keys += 1
        return f"key-{self._keys}"

    def case(self, which: int) -> Case:
        """Choose a case among the latest."""
        return self.ledger.cases[-1 - which % min(len(self.ledger.cases), 3)]

    def phone(self, which: int) -> Phone:
        """Choose a telephone among the latest."""
        return self.phones[-1 - which % min(len(self.phones), 3)]

    def look(self, case: Case) -> Verification | None:
        """Look at a verification as it lies in the store; None where it is no longer kept."""
        loaded = self.house.store.load(case.id)
        return loaded.record.verification if loaded and loaded.record else None

    def guess(self, case: Case, kind: str) -> str:
        """Return what somebody may type: what was heard, what was heard earlier, or nonsense.

        `derived` is what nobody can know: the right passcode, even before anybody heard it.
        """
        verification = self.look(case)
        if verification is None:
            return "000000"
        right = self.house.views.passcode(verification)
        old = case.calls[case.latest - 1].passcode if case.latest > 1 else ""
        match kind:
            case "derived":
                return right
            case "right":
                return case.calls[case.latest].passcode or wrong(right)
            case "old" if old and old != right:
                return old
            case _:
                return wrong(right)
