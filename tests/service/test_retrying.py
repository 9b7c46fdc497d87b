"""Calls that are tried again by rule: busy and not answered, as often as the rule says, paced as any call."""

import pytest

from ivr.domain.callflow import Mode
from ivr.domain.events import CallEnd
from ivr.domain.record import Reason, State
from tests.service.house import MemoryHouse


def house(**limits: int) -> MemoryHouse:
    return MemoryHouse(None, rates=None, routes=None, **limits)


def end(of: MemoryHouse, how: CallEnd) -> None:
    """Let the phone ring, and the call end so."""
    phone = of.ring()
    phone.tell(how)


@pytest.mark.parametrize(
    ("how", "rule"), [(CallEnd.BUSY, "retry_busy"), (CallEnd.NO_ANSWER, "retry_no_answer")]
)
def test_a_call_is_tried_again_as_often_as_the_rule_says(how: CallEnd, rule: str) -> None:
    of = house(**{rule: 1})
    view = of.start()
    end(of, how)
    verification = of.record(view).verification
    assert (verification.state, verification.last_call) == (State.WANTED, how)
    of.wait(29)
    of.work()
    assert len(of.carrier.orders) == 1
    of.wait(1)
    end(of, how)
    assert of.record(view).verification.state is State.RESTING
    of.wait(60)
    of.work()
    assert len(of.carrier.orders) == 2


def test_without_a_rule_nothing_is_tried_again() -> None:
    of = house()
    view = of.start()
    end(of, CallEnd.BUSY)
    assert of.record(view).verification.state is State.RESTING


@pytest.mark.parametrize("how", sorted(set(CallEnd) - {CallEnd.BUSY, CallEnd.NO_ANSWER}))
def test_no_other_end_is_tried_again_and_a_rejection_least_of_all(how: CallEnd) -> None:
    of = house(retry_busy=2, retry_no_answer=2)
    view = of.start()
    end(of, how)
    assert of.record(view).verification.state is not State.WANTED


def test_retries_end_with_the_calls_of_the_verification() -> None:
    of = house(retry_busy=2, calls=2)
    view = of.start()
    end(of, CallEnd.BUSY)
    of.wait(30)
    end(of, CallEnd.BUSY)
    verification = of.record(view).verification
    assert (verification.state, verification.reason) == (State.FAILED, Reason.BUSY)


def test_a_retry_counts_among_the_calls_to_the_number() -> None:
    of = house(retry_busy=2, calls_to_number_per_hour=2)
    view = of.start()
    end(of, CallEnd.BUSY)
    of.wait(30)
    end(of, CallEnd.BUSY)
    assert of.record(view).verification.state is State.RESTING, "two calls in an hour are two"


def test_a_repeated_report_wishes_for_no_second_call_and_takes_no_second_place() -> None:
    of = house(retry_busy=1, calls_to_number_per_hour=3)
    view = of.start()
    phone = of.ring()
    for _ in range(4):
        phone.tell(CallEnd.BUSY)
    assert of.record(view).verification.call.number == 2
    number = of.record(view).verification.number
    assert not of.store.reserve_call(number, "third", per_hour=3, per_day=9)
    assert of.store.reserve_call(number, "fourth", per_hour=3, per_day=9)


def test_what_was_reserved_and_not_needed_is_given_back() -> None:
    of = house(retry_busy=1, retry_after=300, verification_life=200)
    view = of.start()
    end(of, CallEnd.BUSY)
    verification = of.record(view).verification
    assert verification.state is State.RESTING, "it would come after the verification's life"
    for wish in ("a", "b"):
        assert not of.store.reserve_call(verification.number, wish, per_hour=3, per_day=9)
    assert of.store.reserve_call(verification.number, "c", per_hour=3, per_day=9)


def test_the_passcode_on_the_page_stays_good() -> None:
    of = house(retry_no_answer=1)
    view = of.start(mode=Mode.KEYIN)
    end(of, CallEnd.NO_ANSWER)
    verification = of.record(view).verification
    assert (verification.call.number, verification.call.code_number) == (2, 1)
    assert verification.code_until
