"""Being called back: only the registered number, only what is open, paced; and nothing else follows."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from ivr.domain.callflow import Mode
from ivr.domain.errors import Code
from ivr.domain.record import State
from ivr.service.views import View
from tests.adapters.benches import calls_in
from tests.service.house import WEB, House, MemoryHouse, code, id_of, refusal
from tests.service.machine import at_once
from tests.service.real_house import RealHouse
from tests.service.world import NUMBERS

OWN, OTHER = NUMBERS["001-0000001"].number, NUMBERS["001-0000002"].number
SAME_NUMBER = "001-0000004"


def ask(house: House, number: str = OWN, sid: str = "CA-in-1", bank: str = "honnin") -> None:
    house.call_backs.ask(bank, number, sid)


def missed(house: MemoryHouse, account: str = "001-0000001", mode: Mode = Mode.READOUT) -> View:
    view = house.start(account, mode=mode)
    house.ring().hang_up()
    house.wait(1)
    return view


def state(house: House, view: View) -> State:
    return house.record(view).verification.state


def counted(house: MemoryHouse) -> int:
    return sum(len(wishes) for wishes in house.memory._calls.values())


def test_the_depositor_is_called_back_once_he_has_hung_up(house: MemoryHouse) -> None:
    view = missed(house)
    ask(house)
    assert state(house, view) is State.WANTED
    house.wait(29)
    assert house.work() == 0
    house.wait(1)
    phone = house.ring()
    assert house.carrier.orders[-1].to == OWN
    assert house.check(view, phone.listen()).record.verification.passed


def test_a_new_code_is_spoken_and_the_one_before_is_no_longer_good(house: MemoryHouse) -> None:
    view = house.start()
    heard = house.ring().listen()
    ask(house)
    assert code(house.check, view, heard) == Code.NOT_SPOKEN_YET
    house.wait(30)
    new = house.ring().listen()
    assert new != heard
    assert refusal(house.check, view, heard).extra == {"tries_left": 4}
    assert house.check(view, new).record.verification.passed


def test_the_code_on_the_page_is_the_one_that_the_call_back_takes(house: MemoryHouse) -> None:
    view = house.start(mode=Mode.KEYIN, key="the start")
    house.ring().hang_up()
    ask(house)
    assert house.start(mode=Mode.KEYIN, key="the start").passcode == view.passcode
    house.wait(30)
    phone = house.ring()
    phone.wait_for_code_question()
    assert view.passcode
    phone.press(view.passcode)
    assert house.record(view).verification.passed


def test_the_page_that_asks_for_a_call_after_that_shows_another_code(house: MemoryHouse) -> None:
    view = missed(house, mode=Mode.KEYIN)
    ask(house)
    house.wait(30)
    house.ring().hang_up()
    again = house.call_again(view)
    assert again.passcode
    assert again.passcode != view.passcode
    phone = house.ring()
    phone.wait_for_code_question()
    phone.press(again.passcode)
    assert house.record(view).verification.passed


def test_a_client_cannot_ask_for_a_call_while_one_back_is_owed(house: MemoryHouse) -> None:
    view = missed(house)
    ask(house)
    assert code(house.call_again, view) == Code.CALL_IN_PROGRESS


def test_a_key_pressed_again_in_one_call_asks_for_one_call(house: MemoryHouse) -> None:
    view = missed(house)
    for _ in range(3):
        ask(house)
    assert counted(house) == 2
    house.wait(30)
    house.ring().hang_up()
    ask(house)
    assert state(house, view) is State.RESTING
    ask(house, sid="CA-in-2")
    assert state(house, view) is State.WANTED


def test_a_key_pressed_again_does_not_turn_to_another_verification(house: MemoryHouse) -> None:
    missed(house)
    later = missed(house, SAME_NUMBER)
    ask(house)
    assert state(house, later) is State.WANTED
    house.wait(30)
    house.ring().hang_up()
    ask(house)
    assert [order.to for order in house.carrier.orders].count(OWN) == 3
    assert house.work() == 0


def test_of_several_that_are_open_the_latest_is_called_for_and_one_at_a_time(
    house: MemoryHouse,
) -> None:
    first, second = missed(house), missed(house, SAME_NUMBER)
    ask(house)
    assert (state(house, first), state(house, second)) == (State.RESTING, State.WANTED)
    ask(house, sid="CA-in-2")
    assert state(house, first) is State.RESTING


def test_where_the_latest_is_over_an_earlier_one_is_called_for(house: MemoryHouse) -> None:
    first, second = missed(house), missed(house, SAME_NUMBER)
    house.verifications.cancel(WEB, id_of(second))
    ask(house)
    assert state(house, first) is State.WANTED


@pytest.mark.parametrize("number", [OTHER, "+819099999999", "+81345678900"])
def test_a_stranger_brings_nobody_a_call(house: MemoryHouse, number: str) -> None:
    view = missed(house)
    before = house.record(view)
    ask(house, number)
    assert house.record(view) == before
    assert counted(house) == 1


def test_a_call_to_another_bank_brings_none_for_this_one(house: MemoryHouse) -> None:
    view = missed(house)
    before = house.record(view)
    ask(house, bank="other")
    assert house.record(view) == before


def test_while_a_call_is_on_or_wished_for_no_other_follows(house: MemoryHouse) -> None:
    view = house.start()

    def ask_in_vain() -> None:
        before = house.record(view)
        ask(house)
        assert house.record(view) == before

    ask_in_vain()
    phone = house.ring()
    ask_in_vain()
    phone.answer()
    ask_in_vain()
    phone.press("1")
    ask_in_vain()


def test_when_all_calls_are_used_none_follows(house: MemoryHouse) -> None:
    view = missed(house)
    for sid in ("CA-in-1", "CA-in-2"):
        ask(house, sid=sid)
        house.wait(30)
        house.ring().listen()
    before = house.record(view)
    ask(house, sid="CA-in-3")
    assert house.record(view) == before
    assert counted(house) == 3


def test_a_call_back_is_paced_as_every_call_to_that_number() -> None:
    house = MemoryHouse(calls_to_number_per_hour=1)
    view = missed(house)
    ask(house)
    assert state(house, view) is State.RESTING
    assert counted(house) == 1


def test_a_call_back_counts_for_the_number() -> None:
    house = MemoryHouse(calls_to_number_per_hour=2)
    view = missed(house)
    ask(house)
    house.wait(30)
    house.ring().hang_up()
    assert code(house.call_again, view) == Code.NUMBER_CALLED_TOO_OFTEN


def test_nothing_follows_once_there_is_a_verdict_or_the_record_is_gone(house: MemoryHouse) -> None:
    view = missed(house)
    house.verifications.cancel(WEB, id_of(view))
    before = house.record(view)
    ask(house)
    assert house.record(view) == before
    house.wait(3601)
    ask(house)
    assert counted(house) == 1


def test_a_number_that_was_changed_meanwhile_does_not_count_its_old_owner(
    house: MemoryHouse,
) -> None:
    view = missed(house)
    house.registry.numbers["001-0000001"] = replace(NUMBERS["001-0000001"], number=OTHER)
    ask(house, OTHER)
    assert state(house, view) is State.RESTING


def test_it_is_put_on_record_and_without_a_number(house: MemoryHouse) -> None:
    missed(house)
    ask(house)
    notes = [note for row in house.store.read_notes(100) for note in row[3]]
    (told,) = [note for note in notes if note.kind == "call_back_asked"]
    assert told.detail == {"state": "wanted", "last_call": "hung_up"}
    assert told.call == 2


@pytest.fixture
def real(real_server: str) -> Iterator[RealHouse]:
    house = RealHouse(real_server)
    house.client.flushall()
    yield house
    house.close()


@pytest.mark.real_server
def test_asked_by_many_hooks_at_once_it_is_one_call(real: RealHouse) -> None:
    view = real.start()
    real.ring().hang_up()
    at_once(*[lambda: ask(real)] * 20)
    assert real.record(view).verification.call.number == 2
    real.wait(30)
    real.ring().hang_up()
    at_once(*[lambda n=n: ask(real, sid=f"CA-in-{n % 2 + 2}") for n in range(20)])
    assert real.record(view).verification.call.number == 3
    (key,) = real.client.scan_iter("n*")
    assert len(calls_in(real.client, key)) == 3
    assert real.notes().count("call_back_asked") == 2
