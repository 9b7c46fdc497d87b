import msgspec
import pytest

from ivr.domain.callflow import KEY_ONLY, WITH_PASSCODE, Mode
from ivr.domain.conversation import HangUp, Listen
from ivr.domain.errors import Code, Impossible
from ivr.domain.events import CallEnd
from ivr.domain.policy import ASKED_MODES
from ivr.domain.record import AT_CARRIER, Reason, State
from tests.service.flows import FLOWS
from tests.service.house import WEB, MemoryHouse, code, id_of, wrong
from tests.service.phone import spoken_passcode, words


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


@pytest.mark.parametrize("mode", ASKED_MODES)
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


def test_a_call_follows_the_release_with_which_it_began(house: MemoryHouse) -> None:
    house.start()
    phone = house.ring()
    phone.answer()
    house.flows.withdrawn.add(house.record_of(phone.address.verification).verification.purpose)
    assert spoken_passcode(phone.press("1"))


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


KEY_MODES = pytest.mark.parametrize("mode", sorted(KEY_ONLY))


@KEY_MODES
def test_a_key_confirms_where_there_is_no_passcode(house: MemoryHouse, mode: Mode) -> None:
    view = house.start(mode=mode)
    assert view.passcode is None
    phone = house.ring()
    assert "passcode" not in phone.answer().values
    assert words(phone.press("1")) == "Thank you, it is noted. (hangs up)"
    verification = house.record(view).verification
    assert (verification.state, verification.reason) == (State.PASSED, Reason.CONFIRMED)


@KEY_MODES
@pytest.mark.parametrize("key", ["", "2", "5", "12", "9", "*"])
def test_no_other_key_confirms(house: MemoryHouse, mode: Mode, key: str) -> None:
    view = house.start(mode=mode)
    phone = house.ring()
    phone.answer()
    for _ in range(4):
        phone.press(key)
    phone.hang_up()
    assert not house.record(view).verification.passed


@KEY_MODES
def test_a_key_that_comes_after_the_call_ended_confirms_nothing_and_nobody_is_told_so(
    house: MemoryHouse, mode: Mode
) -> None:
    view = house.start(mode=mode)
    phone = house.ring()
    phone.answer()
    phone.hang_up()
    assert words(phone.press("1")) == "We are sorry. (hangs up)"
    assert house.record(view).verification.state is State.RESTING


@KEY_MODES
def test_a_confirmation_leaves_the_failures_of_the_account_as_they_are(
    house: MemoryHouse, mode: Mode
) -> None:
    first = house.start()
    house.ring().listen()
    for _ in range(5):
        assert code(house.check, first, "000000") == Code.WRONG_PASSCODE
    second = house.start(mode=mode)
    house.ring().wait_for_code_question()
    assert house.record(second).verification.passed
    assert house.record(second).account.failures == 5


@pytest.mark.parametrize("mode", sorted(WITH_PASSCODE))
def test_a_flow_that_would_confirm_where_there_is_a_passcode_is_a_defect_and_passes_nothing(
    house: MemoryHouse, mode: Mode
) -> None:
    """Even where the checker had let it through: the engine and the rules refuse it again."""
    house.flows.flows[:] = [
        msgspec.structs.replace(flow, mode=mode) for flow in FLOWS if flow.mode is Mode.NOTICE
    ]
    view = house.start(mode=mode)
    phone = house.ring()
    phone.answer()
    with pytest.raises(Impossible):
        phone.press("1")
    assert house.record(view).verification.state is State.ANSWERED
