import msgspec
import pytest
from msgspec.structs import replace

from ivr.domain.callflow import Mode
from ivr.domain.errors import Code
from ivr.domain.events import CallEnd
from ivr.domain.policy import ASKED_MODES
from ivr.domain.record import Reason, State
from ivr.service.carrier_port import CallProgress, Postponed, Unsure, VoiceHook
from tests.service.house import CALLBACK, WEB, MemoryHouse, code, id_of, wrong
from tests.service.phone import spoken_passcode, words

NOTHING_MORE = "There is nothing more to do. (hangs up)"


def state(house: MemoryHouse) -> State:
    return house.record_of(house.phone().address.verification).verification.state


@pytest.mark.parametrize("mode", ASKED_MODES)
def test_every_hook_may_come_twice_and_is_answered_the_same(house: MemoryHouse, mode: Mode) -> None:
    view = house.start(mode=mode)
    phone = house.ring()
    last = {Mode.READOUT: ["1"], Mode.KEYIN: [wrong(view.passcode or "0")]}
    for key in ["", "2", "1", *last.get(mode, [])]:
        reply = phone.turn(key)
        before = house.record(view)
        assert phone.repeat() == reply
        assert phone.repeat() == reply
        assert house.record(view) == before


def test_a_wrong_passcode_that_comes_twice_counts_once(house: MemoryHouse) -> None:
    view = house.start(mode=Mode.KEYIN)
    phone = house.ring()
    phone.wait_for_code_question()
    assert view.passcode is not None
    phone.press(wrong(view.passcode))
    for _ in range(9):
        phone.repeat()
    assert house.record(view).verification.tries == 1


def test_an_early_hook_that_comes_late_changes_nothing(house: MemoryHouse) -> None:
    view = house.start()
    phone = house.ring()
    phone.answer()
    phone.press("5")
    last = phone.press("1")
    before = house.record(view)
    for place in range(2):
        assert phone.repeat(place).instructions == last.instructions
        assert house.record(view) == before


def test_a_hook_of_a_turn_that_was_not_reached_ends_the_call_and_changes_nothing(
    house: MemoryHouse,
) -> None:
    view = house.start()
    phone = house.ring()
    phone.answer()
    before = house.record(view)
    ahead = replace(phone.address, turn=5)
    reply = phone.send(ahead, VoiceHook(sid=phone.sid, digits="1", finished_on=""))
    assert words(reply) == NOTHING_MORE
    assert house.record(view) == before


def test_status_hooks_in_any_order_come_to_the_same(house: MemoryHouse) -> None:
    view = house.start()
    phone = house.ring()
    phone.tell(CallProgress.ANSWERED)
    phone.tell(CallProgress.RINGING)
    phone.answer()
    phone.tell(CallProgress.RINGING)
    phone.press("1")
    phone.tell(CallProgress.ANSWERED)
    assert state(house) is State.SPOKEN
    phone.hang_up()
    heard = house.record(view)
    for news in (CallProgress.RINGING, CallProgress.ANSWERED, CallEnd.NO_ANSWER, CallEnd.COMPLETED):
        phone.tell(news)
    phone.tell(CallEnd.UNREACHABLE)
    assert house.record(view) == heard
    assert house.check(view, phone.passcode).record.verification.passed


def test_after_the_end_was_reported_no_passcode_is_spoken(house: MemoryHouse) -> None:
    view = house.start()
    phone = house.ring()
    phone.answer()
    phone.hang_up()
    reply = phone.press("1")
    assert spoken_passcode(reply) == ""
    assert words(reply) == NOTHING_MORE
    secret = house.views.passcode(house.record(view).verification)
    assert code(house.check, view, secret) == Code.NOT_SPOKEN_YET


def test_after_the_passcode_was_heard_and_the_call_is_over_it_is_not_spoken_again(
    house: MemoryHouse,
) -> None:
    house.start()
    phone = house.ring()
    phone.wait_for_code_question()
    phone.hang_up()
    assert spoken_passcode(phone.repeat()) == ""


def test_hooks_of_an_earlier_call_end_it_and_change_nothing(house: MemoryHouse) -> None:
    view = house.start()
    first = house.ring()
    first.answer()
    first.hang_up()
    house.call_again(view)
    second = house.ring()
    before = house.record(view)
    for key in ("1", ""):
        assert words(first.press(key)) == NOTHING_MORE
    for news in (CallProgress.ANSWERED, CallEnd.UNREACHABLE, CallEnd.COMPLETED):
        first.tell(news)
    assert house.record(view) == before
    assert second.listen()


@pytest.mark.parametrize("key", ["9", "*"])
def test_not_me_is_heard_even_in_an_earlier_call(house: MemoryHouse, key: str) -> None:
    view = house.start()
    first = house.ring()
    first.answer()
    first.hang_up()
    house.call_again(view)
    second = house.ring()
    assert words(first.press(key)) == NOTHING_MORE
    assert house.record(view).verification.reason is Reason.NOT_ME
    assert words(second.answer()) == NOTHING_MORE


def test_not_me_after_a_pass_leaves_the_verdict_and_tells_the_bank(house: MemoryHouse) -> None:
    view = house.start(callback_url=CALLBACK)
    phone = house.ring()
    phone.wait_for_code_question()
    passed = house.check(view, phone.passcode)
    house.work()
    for _ in range(2):
        phone.press("9")
        phone.repeat()
        house.work()
    after = house.record(view).verification
    assert (after.reason, after.disputed_at) == (Reason.RIGHT_PASSCODE, house.clock.now)
    told = [msgspec.json.decode(post.body) for post in house.courier.posts]
    assert [each["type"] for each in told] == ["verification.decided", "verification.disputed"]
    assert [each["data"]["verdict"] for each in told] == ["pass", "pass"]
    assert [each["data"]["receipt"] for each in told] == [passed.receipt] * 2
    assert len({post.headers["webhook-id"] for post in house.courier.posts}) == 2


def test_not_me_after_a_failure_is_nothing_new(house: MemoryHouse) -> None:
    view = house.start(callback_url=CALLBACK)
    phone = house.ring()
    phone.answer()
    house.verifications.cancel(WEB, id_of(view))
    house.run_until_nothing_is_due()
    phone.press("9")
    assert house.record(view).verification.disputed_at == 0
    assert house.memory.next_due() is None


def test_an_earlier_phone_that_is_still_on_cannot_hear_the_new_passcode() -> None:
    house = MemoryHouse(call_time_limit=300)
    view = house.start()
    first = house.ring()
    first.answer()
    house.wait(331)
    house.call_again(view)
    second = house.ring()
    second.wait_for_code_question()
    assert spoken_passcode(first.press("1")) == ""
    assert second.passcode


def test_a_verdict_from_outside_ends_the_call_at_the_next_key(house: MemoryHouse) -> None:
    for is_right in (True, False):
        view = house.start()
        phone = house.ring()
        phone.wait_for_code_question()
        if is_right:
            house.check(view, phone.passcode)
        else:
            house.verifications.cancel(WEB, id_of(view))
        decided = house.record(view).verification
        for key in ("1", "9", ""):
            assert words(phone.press(key)) == NOTHING_MORE
        after = house.record(view).verification
        assert (after.reason, after.decided_at) == (decided.reason, decided.decided_at)


def test_a_phone_that_is_answered_after_the_verdict_hears_that_there_is_nothing_to_do(
    house: MemoryHouse,
) -> None:
    view = house.start()
    phone = house.ring()
    house.verifications.cancel(WEB, id_of(view))
    assert words(phone.answer()) == NOTHING_MORE


def test_a_call_that_is_answered_after_it_was_given_up_speaks_no_passcode(
    house: MemoryHouse,
) -> None:
    view = house.start()
    house.carrier.answers.append(Unsure("timeout"))
    phone = house.ring()
    house.wait(60)
    house.work()
    assert house.record(view).verification.last_call is CallEnd.CARRIER_UNSURE
    phone.answer()
    assert spoken_passcode(phone.press("1")) == ""
    assert house.record(view).verification.state is State.RESTING


def test_a_call_that_rings_although_the_carrier_said_it_was_not_taken_is_ended(
    house: MemoryHouse,
) -> None:
    view = house.start()
    house.carrier.answers.append(Postponed(5.0, "20429"))
    lied_about = house.ring()
    before = house.record(view)
    assert words(lied_about.answer()) == NOTHING_MORE
    assert house.record(view) == before
    house.wait(5)
    assert house.check(view, house.ring().listen()).record.verification.passed
