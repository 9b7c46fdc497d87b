from collections.abc import Callable

import pytest

from ivr.domain.bookkeeping import turn_taken
from ivr.domain.callflow import Mode
from ivr.domain.events import (
    CallAccepted,
    CallEnd,
    CallEnded,
    CallRefused,
    NotMeReported,
    PhoneAnswered,
    PhoneRang,
    TimeRanOut,
)
from ivr.domain.policy import ASKED_MODES
from ivr.domain.record import DECIDED, Reason, State
from tests.domain.lives import PATHS, Life

STILL_OPEN = [
    CallEnd.NO_ANSWER,
    CallEnd.BUSY,
    CallEnd.REJECTED,
    CallEnd.HUNG_UP,
    CallEnd.NO_CONSENT,
    CallEnd.CARRIER_BUSY,
    CallEnd.CARRIER_UNSURE,
]


def third_call(life: Life) -> Life:
    return life.miss().call_again().miss().call_again()


@pytest.mark.parametrize("mode", ASKED_MODES)
@pytest.mark.parametrize("end", STILL_OPEN)
def test_a_call_that_brought_nothing_leaves_the_verification_open_and_says_so(
    end: CallEnd, mode: Mode
) -> None:
    life = Life(mode).ring().tell(CallEnded, end=end)
    assert (life.state, life.verification.last_call) == (State.RESTING, end)
    assert life.record.calls_left(life.limits) == 2


@pytest.mark.parametrize("mode", ASKED_MODES)
@pytest.mark.parametrize("end", STILL_OPEN)
def test_the_last_call_that_brought_nothing_is_the_reason_of_the_failure(
    end: CallEnd, mode: Mode
) -> None:
    life = third_call(Life(mode)).ring().tell(CallEnded, end=end)
    assert (life.state, life.verification.reason) == (State.FAILED, Reason(end.value))


@pytest.mark.parametrize("mode", ASKED_MODES)
def test_a_number_that_cannot_be_reached_fails_at_once(mode: Mode) -> None:
    told = Life(mode).ring().tell(CallEnded, end=CallEnd.UNREACHABLE)
    refused = Life(mode).place().tell(CallRefused, end=CallEnd.UNREACHABLE)
    assert [told.verification.reason, refused.verification.reason] == [Reason.UNREACHABLE] * 2


def test_a_call_that_the_carrier_will_not_place_now_leaves_it_open() -> None:
    life = Life().place().tell(CallRefused, end=CallEnd.CARRIER_BUSY)
    assert (life.state, life.verification.last_call) == (State.RESTING, CallEnd.CARRIER_BUSY)


@pytest.mark.parametrize("state", sorted(set(State) - DECIDED))
def test_not_me_fails_at_once_in_every_open_state(state: State) -> None:
    life = PATHS[state](Life()).tell(NotMeReported)
    assert (life.state, life.verification.reason) == (State.FAILED, Reason.NOT_ME)


def test_not_me_after_the_verdict_changes_nothing() -> None:
    life = Life().hear().check(right=True)
    passed = life.record
    assert life.tell(NotMeReported).record is passed


@pytest.mark.parametrize("say", [CallEnd.COMPLETED, CallEnd.UNREACHABLE, CallEnd.BUSY])
def test_what_the_carrier_calls_the_end_of_an_answered_call_counts_for_nothing(
    say: CallEnd,
) -> None:
    ends = {
        come_to: come_to(Life()).tell(CallEnded, end=say).verification.last_call
        for come_to in (Life.answer, Life.consent, Life.speak)
    }
    assert ends == {
        Life.answer: CallEnd.HUNG_UP,
        Life.consent: CallEnd.HUNG_UP,
        Life.speak: CallEnd.COMPLETED,
    }


def test_an_end_that_overtook_the_answer_is_a_hang_up() -> None:
    assert Life().ring().end(CallEnd.COMPLETED).verification.last_call is CallEnd.HUNG_UP
    assert Life().place().end(CallEnd.COMPLETED).verification.last_call is CallEnd.HUNG_UP


def test_who_was_asked_and_never_consented_gave_no_consent() -> None:
    life = Life().answer()
    asked = Life().consent().verification.call.position
    assert asked is not None
    life.record = turn_taken(turn_taken(life.record, asked, "r", life.now), asked, "r", life.now)
    assert life.end().verification.last_call is CallEnd.NO_CONSENT


def test_after_the_passcode_was_heard_it_can_be_typed_until_it_dies() -> None:
    life = Life().hear()
    assert (life.state, life.verification.last_call) == (State.HEARD, CallEnd.COMPLETED)
    life.wait_until(life.verification.code_until).tell(TimeRanOut)
    assert life.state is State.RESTING


def test_in_the_last_call_the_passcode_may_still_be_typed_after_hanging_up() -> None:
    life = third_call(Life()).hear()
    assert life.state is State.HEARD
    late = life.verification.code_until
    assert life.check(right=True).state is State.PASSED
    life = third_call(Life()).hear().wait_until(late).tell(TimeRanOut)
    assert life.verification.reason is Reason.EXPIRED


def test_a_call_that_outlives_its_passcode_ends_as_if_nothing_was_heard_lately() -> None:
    life = Life().speak()
    life.wait_until(life.verification.code_until).tell(CallEnded, end=CallEnd.COMPLETED)
    assert (life.state, life.verification.last_call) == (State.RESTING, CallEnd.COMPLETED)


@pytest.mark.parametrize("tell", [CallAccepted, PhoneRang, PhoneAnswered])
def test_the_call_is_bound_to_the_first_name_that_the_carrier_gives(
    tell: type[CallAccepted | PhoneRang | PhoneAnswered],
) -> None:
    life = Life().place().tell(tell, sid="CA-first")
    life.tell(PhoneRang, sid="CA-second").tell(CallAccepted, sid="CA-third")
    assert life.verification.call.sid == "CA-first"


LATE: list[Callable[[Life], Life]] = [
    lambda life: life.tell(PhoneRang, sid="CA1", call=1),
    lambda life: life.tell(PhoneAnswered, sid="CA1", call=1),
    lambda life: life.tell(CallEnded, end=CallEnd.UNREACHABLE, call=1),
    lambda life: life.tell(NotMeReported, call=1),
]


@pytest.mark.parametrize("state", [state for state in PATHS if state is not State.FAILED])
@pytest.mark.parametrize("late", range(len(LATE)))
def test_late_news_of_an_earlier_call_changes_nothing(late: int, state: State) -> None:
    life = PATHS[state](Life().miss().call_again())
    before = life.record
    assert LATE[late](life).record is before


def test_a_new_call_begins_with_nothing_of_the_last_one() -> None:
    life = Life().hear().call_again()
    call = life.verification.call
    assert (call.number, call.sid, call.turn, call.position) == (2, "", 0, None)
    assert (life.verification.code_until, life.verification.last_call) == (0, CallEnd.COMPLETED)
