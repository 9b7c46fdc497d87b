import msgspec
import pytest
from msgspec.structs import replace

from ivr.domain.callflow import Mode
from ivr.domain.conversation import HangUp, Listen
from ivr.domain.errors import Code, Forged, Refused
from ivr.domain.events import CallEnd
from ivr.domain.record import AT_CARRIER, Reason, State
from ivr.service.carrier_port import CallProgress, Postponed, Unsure, VoiceHook
from ivr.service.hook_address import HookAddress
from tests.service.house import CALLBACK, WEB, MemoryHouse, code, id_of, wrong
from tests.service.phone import Phone, spoken_passcode, words

NOTHING_MORE = "There is nothing more to do. (hangs up)"


@pytest.fixture
def house() -> MemoryHouse:
    return MemoryHouse()


def state(house: MemoryHouse) -> State:
    return house.record_of(house.phone().address.verification).verification.state


def test_a_call_asks_first_and_speaks_the_passcode_only_after_the_consent_key(
    house: MemoryHouse,
) -> None:
    house.start()
    phone = house.ring()
    assert state(house) is State.RINGING
    asked = phone.answer()
    assert state(house) is State.ANSWERED
    assert spoken_passcode(asked) == ""
    assert asked.values["account_tail"] == "0001"
    for key in ("2", "5", "12"):
        assert spoken_passcode(phone.press(key)) == ""
        assert state(house) is State.ANSWERED
    spoken = phone.press("1")
    assert state(house) is State.SPOKEN
    assert len(spoken_passcode(spoken)) == 6
    assert spoken.language == "en"


def test_a_reply_carries_no_passcode_before_it_is_spoken(house: MemoryHouse) -> None:
    house.start()
    phone = house.ring()
    assert "passcode" not in phone.answer().values
    assert "passcode" not in phone.press("2").values


def test_in_keyin_a_reply_never_carries_a_passcode(house: MemoryHouse) -> None:
    view = house.start(mode=Mode.KEYIN)
    assert view.passcode is not None
    phone = house.ring()
    replies = [phone.answer(), phone.press("1"), phone.press(wrong(view.passcode))]
    replies.append(phone.press(view.passcode))
    for reply in replies:
        assert view.passcode not in reply.values.values()


def test_the_passcode_is_keyed_and_passes_while_the_call_is_on(house: MemoryHouse) -> None:
    view = house.start(mode=Mode.KEYIN)
    phone = house.ring()
    phone.wait_for_code_question()
    assert state(house) is State.CONSENTED
    assert view.passcode is not None
    assert "Key the passcode." in words(phone.press(wrong(view.passcode)))
    assert words(phone.press(view.passcode)) == "Thank you. (hangs up)"
    assert house.record(view).verification.reason is Reason.RIGHT_PASSCODE


@pytest.mark.parametrize("ending", ["", "#"])
def test_the_key_that_ends_a_passcode_is_not_part_of_it(house: MemoryHouse, ending: str) -> None:
    view = house.start(mode=Mode.KEYIN)
    phone = house.ring()
    phone.wait_for_code_question()
    assert view.passcode is not None
    phone.turn(view.passcode + ending, finished_on="#")
    assert house.record(view).verification.passed


@pytest.mark.parametrize("keyed", ["", "12345", "1234567", "#", "12"])
def test_what_is_not_six_digits_is_no_try(house: MemoryHouse, keyed: str) -> None:
    view = house.start(mode=Mode.KEYIN)
    phone = house.ring()
    phone.wait_for_code_question()
    assert "Key the passcode." in words(phone.press(keyed))
    assert house.record(view).verification.tries == 0


@pytest.mark.parametrize(
    ("digits", "finished_on"), [("*", ""), ("", "*"), ("123*", ""), ("12", "*")]
)
def test_a_star_while_keying_means_not_me(
    house: MemoryHouse, digits: str, finished_on: str
) -> None:
    view = house.start(mode=Mode.KEYIN)
    phone = house.ring()
    phone.wait_for_code_question()
    phone.turn(digits, finished_on=finished_on)
    assert house.record(view).verification.reason is Reason.NOT_ME


def test_the_fifth_wrong_passcode_is_the_last(house: MemoryHouse) -> None:
    view = house.start(mode=Mode.KEYIN)
    phone = house.ring()
    phone.wait_for_code_question()
    assert view.passcode is not None
    for _ in range(4):
        phone.press(wrong(view.passcode))
    assert "last try" in words(phone.press(wrong(view.passcode)))
    assert house.record(view).verification.reason is Reason.WRONG_PASSCODE
    assert words(phone.press(view.passcode)) == "That was the last try. (hangs up)"
    assert not house.record(view).verification.passed


def test_a_passcode_keyed_after_its_life_is_no_try(house: MemoryHouse) -> None:
    view = house.start(mode=Mode.KEYIN)
    house.wait(10)
    phone = house.ring()
    phone.wait_for_code_question()
    house.wait(295)
    assert view.passcode is not None
    assert words(phone.press(view.passcode)) == "Call the desk. (hangs up)"
    assert house.record(view).verification.tries == 0


@pytest.mark.parametrize("mode", Mode)
def test_not_me_fails_at_once_and_says_so(house: MemoryHouse, mode: Mode) -> None:
    view = house.start(mode=mode)
    phone = house.ring()
    phone.answer()
    assert words(phone.press("9")) == "It was stopped. (hangs up)"
    assert house.record(view).verification.reason is Reason.NOT_ME


def test_not_me_after_the_passcode_was_spoken_still_stops_it(house: MemoryHouse) -> None:
    view = house.start()
    phone = house.ring()
    phone.wait_for_code_question()
    phone.press("9")
    assert code(house.check, view, phone.passcode) == Code.ALREADY_DECIDED
    assert house.record(view).verification.reason is Reason.NOT_ME


def test_silence_is_asked_once_more_and_then_given_up(house: MemoryHouse) -> None:
    view = house.start()
    phone = house.ring()
    phone.answer()
    phone.press("")
    assert words(phone.press("")) == "Call the desk. (hangs up)"
    phone.hang_up()
    verification = house.record(view).verification
    assert (verification.state, verification.last_call) == (State.RESTING, CallEnd.NO_CONSENT)


@pytest.mark.parametrize("mode", Mode)
def test_every_hook_may_come_twice_and_is_answered_the_same(house: MemoryHouse, mode: Mode) -> None:
    view = house.start(mode=mode)
    phone = house.ring()
    keys = ["", "2", "1", "1" if mode is Mode.READOUT else wrong(view.passcode or "")]
    for key in keys:
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


def test_an_earlier_phone_that_is_still_on_cannot_hear_the_new_passcode(
    house: MemoryHouse,
) -> None:
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


def test_a_call_is_bound_to_the_first_id_that_the_carrier_gave_it(house: MemoryHouse) -> None:
    view = house.start()
    phone = house.ring()
    before = house.record(view)
    stranger = Phone(house.calls, house.carrier.orders[-1], "CA-stranger")
    with pytest.raises(Forged):
        stranger.turn()
    for news in (CallProgress.ANSWERED, CallEnd.UNREACHABLE):
        with pytest.raises(Forged):
            stranger.tell(news)
    assert house.record(view) == before
    assert phone.listen()


@pytest.mark.parametrize("field", ["token", "call", "verification"])
def test_a_hook_with_a_token_of_another_call_is_forged(house: MemoryHouse, field: str) -> None:
    view, other = house.start(), house.start("001-0000002")
    house.work()
    phones = [
        Phone(house.calls, order, house.carrier.sid_of(order)) for order in house.carrier.orders
    ]
    mine, theirs = sorted(phones, key=lambda one: one.address.verification != id_of(view))
    changed = {
        "token": {"token": theirs.address.token},
        "call": {"call": 2},
        "verification": {"verification": id_of(other)},
    }[field]
    mine.address = replace(mine.address, **changed)  # type: ignore[arg-type]
    before = [house.record(view), house.record(other)]
    for token in (mine.address.token, "", "x" * 26):
        mine.address = replace(mine.address, token=token)
        with pytest.raises(Forged):
            mine.turn()
        with pytest.raises(Forged):
            mine.tell(CallEnd.UNREACHABLE)
    assert [house.record(view), house.record(other)] == before


def test_a_hook_for_a_verification_that_never_was_finds_nothing(house: MemoryHouse) -> None:
    address = HookAddress(
        verification=house.store.new_id("honnin", "001-0000001"), call=1, token="t" * 26
    )
    with pytest.raises(Refused):
        house.calls.take_turn(address, VoiceHook(sid="CA", digits="", finished_on=""))


def test_a_call_follows_the_release_with_which_it_began(house: MemoryHouse) -> None:
    house.start()
    phone = house.ring()
    phone.answer()
    house.flows.withdrawn.add(house.record_of(phone.address.verification).verification.purpose)
    assert spoken_passcode(phone.press("1"))


def test_a_hook_that_claims_a_call_of_which_the_carrier_was_unsure_is_believed(
    house: MemoryHouse,
) -> None:
    view = house.start()
    house.carrier.answers.append(Unsure("timeout"))
    phone = house.ring()
    assert state(house) is State.PLACING
    phone.sid = "CA-late-but-true"
    assert house.check(view, phone.listen()).record.verification.passed


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


def test_who_hangs_up_at_any_time_leaves_no_call_at_the_carrier(house: MemoryHouse) -> None:
    for turns in (0, 1, 2, 3):
        view = house.start()
        phone = house.ring()
        for _ in range(turns):
            phone.press("1")
        phone.hang_up()
        assert house.record(view).verification.state not in AT_CARRIER
        house.verifications.cancel(WEB, id_of(view))


def test_every_document_ends_in_a_question_or_in_hanging_up(house: MemoryHouse) -> None:
    house.start()
    phone = house.ring()
    for key in ("", "5", "", "", "", ""):
        last = phone.press(key).instructions[-1]
        assert isinstance(last, HangUp | Listen)
