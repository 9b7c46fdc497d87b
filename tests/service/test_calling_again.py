import pytest

from ivr.domain.callflow import Mode
from ivr.domain.errors import Code
from ivr.domain.policy import ASKED_MODES
from ivr.domain.record import Reason, State
from tests.service.house import (
    WEB,
    MemoryHouse,
    code,
    id_of,
    refusal,
)


def calls_counted(house: MemoryHouse) -> int:
    return sum(len(wishes) for wishes in house.memory._calls.values())


def test_another_call_has_another_passcode_and_the_same_tries(house: MemoryHouse) -> None:
    view = house.start(mode=Mode.KEYIN)
    house.ring().hang_up()
    again = house.call_again(view)
    assert again.record.verification.call.number == 2
    assert again.passcode is not None
    assert again.passcode != view.passcode
    phone = house.ring()
    assert (phone.address.call, len(house.carrier.orders)) == (2, 2)


def test_a_call_again_that_is_sent_again_asks_for_one_call(house: MemoryHouse) -> None:
    view = house.start(mode=Mode.KEYIN)
    house.ring().hang_up()
    first = house.call_again(view, "one")
    assert house.call_again(view, "one") == first
    phone = house.ring()
    assert house.call_again(view, "one").passcode == first.passcode
    phone.answer()
    answered = house.call_again(view, "one")
    assert (answered.passcode, answered.record.verification.call.number) == (None, 2)
    assert len(house.carrier.orders) == 2


def test_while_a_call_is_on_no_other_is_asked_for(house: MemoryHouse) -> None:
    view = house.start()
    assert code(house.call_again, view) == Code.CALL_IN_PROGRESS
    phone = house.ring()
    assert code(house.call_again, view) == Code.CALL_IN_PROGRESS
    phone.wait_for_code_question()
    assert code(house.call_again, view) == Code.CALL_IN_PROGRESS
    phone.hang_up()
    assert house.call_again(view).record.verification.state is State.WANTED


def test_there_are_three_calls_and_no_fourth(house: MemoryHouse) -> None:
    view = house.start()
    house.ring().listen()
    house.call_again(view)
    house.ring().hang_up()
    house.call_again(view)
    house.ring().listen()
    assert code(house.call_again, view) == Code.NO_CALLS_LEFT
    assert len(house.carrier.orders) == 3


def test_a_call_again_counts_for_the_number_and_a_refused_one_does_not() -> None:
    house = MemoryHouse(calls_to_number_per_hour=2)
    view = house.start()
    house.ring()
    assert code(house.call_again, view) == Code.CALL_IN_PROGRESS
    assert calls_counted(house) == 1
    house.phone().hang_up()
    house.call_again(view)
    house.ring().hang_up()
    refused = refusal(house.call_again, view)
    assert (refused.code, refused.extra) == (Code.NUMBER_CALLED_TOO_OFTEN, {"retry_after": 3600})
    assert calls_counted(house) == 2
    assert house.record(view).verification.call.number == 2
    house.verifications.cancel(WEB, id_of(view))
    assert code(house.call_again, view) == Code.ALREADY_DECIDED
    assert calls_counted(house) == 2


def test_an_old_call_again_that_arrives_late_does_not_uncount_its_call(house: MemoryHouse) -> None:
    view = house.start()
    house.ring().hang_up()
    house.call_again(view, "second")
    house.ring().hang_up()
    house.call_again(view, "third")
    assert calls_counted(house) == 3
    house.ring()
    refusal(house.call_again, view, "second")
    assert calls_counted(house) == 3


@pytest.mark.parametrize("mode", ASKED_MODES)
def test_a_cancelled_verification_has_its_verdict_and_its_call_is_hung_up(
    house: MemoryHouse, mode: Mode
) -> None:
    view = house.start(mode=mode)
    phone = house.ring()
    cancelled = house.verifications.cancel(WEB, id_of(view))
    assert cancelled.record.verification.reason is Reason.CANCELLED
    assert house.memory.next_due() == house.clock.now
    house.work()
    assert house.carrier.hung_up == [phone.sid]
    assert house.memory.next_due() is None
    assert refusal(house.verifications.cancel, WEB, id_of(view)).code == Code.ALREADY_DECIDED


def test_a_verification_that_is_cancelled_before_its_call_is_placed_calls_nobody(
    house: MemoryHouse,
) -> None:
    view = house.start()
    house.verifications.cancel(WEB, id_of(view))
    house.wait(5)
    house.work()
    assert (house.carrier.orders, house.carrier.hung_up) == ([], [])


def test_after_a_new_call_the_old_passcode_is_not_even_a_try_until_the_new_one_was_heard(
    house: MemoryHouse,
) -> None:
    view = house.start()
    old = house.ring().listen()
    house.call_again(view)
    assert code(house.check, view, old) == Code.NOT_SPOKEN_YET
    new = house.ring().listen()
    assert old != new
    assert refusal(house.check, view, old).extra == {"tries_left": 4}
    assert house.check(view, new).record.verification.passed
