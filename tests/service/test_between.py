"""What happens between looking and saving: the save is refused, or what was done before is undone."""

from collections.abc import Callable, Sequence

import pytest

from ivr.adapters.memory_store import MemoryStore
from ivr.adapters.seal import Sealer
from ivr.domain.callflow import Mode
from ivr.domain.errors import Code
from ivr.domain.record import Record, State
from ivr.service.ports import Loaded, Note
from tests.service.house import KEYRING, NAMES, WEB, House, code, id_of
from tests.service.world import Clock, FakeCarrier, FakeCourier


class InterruptedStore(MemoryStore):
    """Lets something happen just before a value is saved, or just after a call was reserved."""

    before_save: Callable[[], object] = staticmethod(lambda: None)
    after_reserve: Callable[[], object] = staticmethod(lambda: None)

    def save(
        self,
        loaded: Loaded,
        record: Record,
        notes: Sequence[Note],
        *,
        due: int | None,
        keep: int | None,
        pass_before: int | None = None,
    ) -> None:
        interrupt, self.before_save = self.before_save, lambda: None
        interrupt()
        super().save(loaded, record, notes, due=due, keep=keep, pass_before=pass_before)

    def reserve_call(self, number: str, wish: str, *, per_hour: int, per_day: int) -> int:
        wait = super().reserve_call(number, wish, per_hour=per_hour, per_day=per_day)
        interrupt, self.after_reserve = self.after_reserve, lambda: None
        interrupt()
        return wait


class InterruptedHouse(House):
    """A house on such a store."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.interrupted = InterruptedStore(NAMES, Sealer(KEYRING), self.clock)
        super().__init__(self.interrupted, FakeCarrier(), FakeCourier())

    def calls_counted(self) -> int:
        return sum(len(wishes) for wishes in self.interrupted._calls.values())


@pytest.fixture
def house() -> InterruptedHouse:
    return InterruptedHouse()


def test_a_passcode_that_dies_while_it_is_checked_does_not_pass(house: InterruptedHouse) -> None:
    view = house.start()
    passcode = house.ring().listen()
    house.clock.wait(299)
    house.interrupted.before_save = lambda: house.clock.wait(1)
    assert code(house.check, view, passcode) == Code.PASSCODE_EXPIRED
    assert house.record(view).verification.state is State.RESTING


def test_a_passcode_that_dies_while_it_is_keyed_does_not_pass(house: InterruptedHouse) -> None:
    view = house.start(mode=Mode.KEYIN)
    house.clock.wait(10)
    phone = house.ring()
    phone.wait_for_code_question()
    house.clock.wait(289)
    house.interrupted.before_save = lambda: house.clock.wait(1)
    phone.press(view.passcode or "")
    assert not house.record(view).verification.passed


def test_a_verification_that_ends_while_it_is_checked_does_not_pass(
    house: InterruptedHouse,
) -> None:
    view = house.start()
    house.ring().hang_up()
    house.clock.wait(400)
    house.call_again(view)
    passcode = house.ring().listen()
    house.clock.wait(199)
    house.interrupted.before_save = lambda: house.clock.wait(1)
    assert code(house.check, view, passcode) == Code.ALREADY_DECIDED
    assert house.record(view).verification.state is State.FAILED


def test_a_cancel_that_comes_between_wins_over_the_right_passcode(house: InterruptedHouse) -> None:
    view = house.start()
    passcode = house.ring().listen()
    house.interrupted.before_save = lambda: house.verifications.cancel(WEB, id_of(view))
    assert code(house.check, view, passcode) == Code.ALREADY_DECIDED


def test_a_call_again_that_a_cancel_overtakes_gives_its_place_back(
    house: InterruptedHouse,
) -> None:
    view = house.start()
    house.ring().hang_up()
    house.interrupted.after_reserve = lambda: house.verifications.cancel(WEB, id_of(view))
    assert code(house.call_again, view) == Code.ALREADY_DECIDED
    assert house.calls_counted() == 1


def test_a_start_that_another_overtakes_gives_its_place_back(house: InterruptedHouse) -> None:
    house.interrupted.after_reserve = house.start
    assert code(house.start) == Code.ACCOUNT_IN_USE
    assert house.calls_counted() == 1


def test_a_start_that_its_own_repetition_overtakes_is_the_same_start(
    house: InterruptedHouse,
) -> None:
    started: list[str] = []
    house.interrupted.before_save = lambda: started.append(id_of(house.start(key="one")))
    assert [id_of(house.start(key="one"))] == started
    assert house.calls_counted() == 1
    house.work()
    assert len(house.carrier.orders) == 1
