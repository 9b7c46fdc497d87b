import pytest

from ivr.domain.bookkeeping import callback_tried, callback_wished, hang_up_done
from ivr.domain.callflow import Mode
from ivr.domain.delivery import Delivery
from ivr.domain.errors import Code, Refused
from ivr.domain.events import CallEnd, CallPostponed, NotMeReported, PasscodeSpoken, TimeRanOut
from ivr.domain.policy import ASKED_MODES, DAY, MINUTE, SECOND, Limits
from ivr.domain.record import Account, Reason, State
from tests.domain.lives import CALLBACK, NOON, Life

TEN_MINUTES = NOON + 10 * MINUTE


def run_out(life: Life) -> Life:
    """Let time run out at the deadline, and not a moment before."""
    before = life.record
    deadline = life.verification.deadline(life.limits)
    assert life.wait_until(deadline - 1).tell(TimeRanOut).record is before
    return life.wait_until(deadline).tell(TimeRanOut)


def refuse(life: Life) -> Code:
    with pytest.raises(Refused) as caught:
        life.check(right=True)
    return caught.value.code


def test_a_passcode_lives_five_minutes_from_when_it_was_first_spoken() -> None:
    life = Life().speak()
    assert life.verification.code_until == life.now + 5 * MINUTE
    spoken = life.record
    assert life.wait(60).tell(PasscodeSpoken).record is spoken


def test_a_passcode_passes_up_to_the_end_of_its_life_and_not_after_in_the_call() -> None:
    life = Life().speak()
    end = life.verification.code_until
    assert refuse(life.wait_until(end)) == Code.PASSCODE_EXPIRED
    assert life.verification.tries == 0
    assert life.wait_until(end - 1).check(right=True).state is State.PASSED


def test_a_passcode_passes_up_to_the_end_of_its_life_and_not_after_once_the_call_is_over() -> None:
    life = Life().hear()
    end = life.verification.code_until
    assert refuse(life.wait_until(end)) == Code.PASSCODE_EXPIRED
    assert life.wait_until(end - 1).check(right=True).state is State.PASSED


def test_a_passcode_that_died_is_said_to_have_expired_not_to_have_never_been_spoken() -> None:
    life = run_out(Life().hear())
    assert life.state is State.RESTING
    assert refuse(life) == Code.PASSCODE_EXPIRED
    assert refuse(life.call_again().miss()) == Code.NOT_SPOKEN_YET


def test_a_passcode_never_outlives_its_verification() -> None:
    life = Life().miss().wait(400).call_again().speak()
    assert life.verification.code_until == life.verification.expires_at == TEN_MINUTES


def test_a_shown_passcode_lives_five_minutes_from_when_its_call_was_asked_for() -> None:
    life = Life(Mode.KEYIN)
    assert life.verification.code_until == NOON + 5 * MINUTE
    life.miss().wait(60).call_again()
    assert life.verification.code_until == life.now + 5 * MINUTE
    life.miss().wait(400).call_again()
    assert life.verification.code_until == TEN_MINUTES


def test_a_shown_passcode_is_taken_up_to_the_end_of_its_life_and_not_after() -> None:
    life = Life(Mode.KEYIN).consent()
    before = life.record
    end = life.verification.code_until
    assert life.wait_until(end).key(right=True).record is before
    assert life.key(right=False).record is before
    assert life.wait_until(end - 1).key(right=True).state is State.PASSED


@pytest.mark.parametrize("mode", ASKED_MODES)
def test_a_verification_lives_ten_minutes_whatever_it_is_doing(mode: Mode) -> None:
    for come_to in (Life.miss, Life.place, Life.ring, Life.answer, Life.consent):
        life = come_to(Life(mode)).wait_until(TEN_MINUTES).tell(TimeRanOut).tell(TimeRanOut)
        assert (life.state, life.account) == (State.FAILED, Account())


@pytest.mark.parametrize(
    ("come_to", "reason"),
    [
        (lambda life: life, Reason.CARRIER_BUSY),
        (Life.place, Reason.CARRIER_UNSURE),
        (Life.ring, Reason.NO_ANSWER),
        (Life.answer, Reason.HUNG_UP),
        (Life.speak, Reason.EXPIRED),
        (Life.hear, Reason.EXPIRED),
        (Life.miss, Reason.NO_ANSWER),
    ],
)
def test_it_makes_no_difference_to_the_reason_how_often_somebody_looks(
    come_to: object, reason: Reason
) -> None:
    assert callable(come_to)
    seldom: Life = come_to(Life()).wait_until(TEN_MINUTES)
    often: Life = come_to(Life())
    for _ in range(3):
        seldom.tell(TimeRanOut)
    while not often.verification.decided:
        run_out(often)
    assert [seldom.verification.reason, often.verification.reason] == [reason] * 2


def test_a_call_that_is_on_when_the_verification_ends_is_to_be_hung_up() -> None:
    for come_to, owed in [(Life.speak, True), (Life.ring, True), (Life.miss, False)]:
        life = come_to(Life().miss().wait(540).call_again())
        life.wait_until(TEN_MINUTES).tell(TimeRanOut)
        assert life.verification.call.hang_up_owed is owed


def test_it_expires_where_the_passcode_had_been_heard_whatever_came_after() -> None:
    life = Life().hear().call_again().miss().wait_until(TEN_MINUTES).tell(TimeRanOut)
    assert life.verification.reason is Reason.EXPIRED


def test_it_fails_with_the_last_calls_reason_where_nothing_was_heard() -> None:
    life = Life().miss().wait_until(TEN_MINUTES).tell(TimeRanOut)
    assert life.verification.reason is Reason.NO_ANSWER


@pytest.mark.parametrize(
    ("come_to", "seconds", "end"),
    [
        (lambda life: life, 20, CallEnd.CARRIER_BUSY),
        (Life.place, 60, CallEnd.CARRIER_UNSURE),
        (Life.ring, 60, CallEnd.NO_ANSWER),
        (Life.answer, 210, CallEnd.HUNG_UP),
        (Life.consent, 220, CallEnd.HUNG_UP),
    ],
)
def test_a_call_that_is_never_heard_of_again_ends_by_itself(
    come_to: object, seconds: int, end: CallEnd
) -> None:
    assert callable(come_to)
    life: Life = come_to(Life())
    since = life.verification.since
    run_out(life)
    assert life.now == since + seconds * SECOND
    assert (life.state, life.verification.last_call) == (State.RESTING, end)


def test_a_spoken_call_that_is_never_heard_of_again_leaves_its_passcode_alive() -> None:
    life = run_out(Life().speak(after_seconds=100))
    assert (life.state, life.verification.last_call) == (State.HEARD, CallEnd.COMPLETED)
    assert run_out(life).state is State.RESTING


def test_a_postponed_call_is_looked_at_when_the_carrier_may_be_asked_again() -> None:
    life = Life().place()
    life.tell(CallPostponed, until=life.now + 7 * SECOND)
    assert life.record.next_look(life.limits) == NOON + 7 * SECOND
    life.wait(7).place().tell(CallPostponed, until=NOON + 100 * SECOND)
    assert life.record.next_look(life.limits) == NOON + 20 * SECOND


def test_somebody_looks_at_every_open_verification_at_its_deadline() -> None:
    for come_to in (Life.place, Life.ring, Life.answer, Life.consent, Life.speak, Life.hear):
        life = come_to(Life())
        assert life.record.next_look(life.limits) == life.verification.deadline(life.limits)
    resting = Life().miss()
    assert resting.record.next_look(resting.limits) == TEN_MINUTES


def test_a_new_wish_is_looked_at_at_once() -> None:
    assert Life().record.next_look(Limits()) == NOON


def test_a_record_is_kept_as_long_as_something_is_owed_and_an_hour_after() -> None:
    open_life = Life(callback_url=CALLBACK).hear()
    assert open_life.record.keep_for(open_life.limits) is None
    passed = open_life.check(right=True)
    assert passed.record.keep_for(passed.limits) is None
    passed.record = callback_tried(passed.record, passed.now, passed.limits, delivered=True)
    assert passed.record.keep_for(passed.limits) == 60 * MINUTE


def test_a_hang_up_is_owed_until_it_is_done() -> None:
    life = Life().miss().wait(560).call_again().ring()
    life.wait_until(TEN_MINUTES).tell(TimeRanOut)
    assert life.record.next_look(life.limits) == TEN_MINUTES
    life.record = hang_up_done(life.record)
    assert life.record.next_look(life.limits) is None


def test_a_call_that_goes_on_asking_is_not_taken_for_ended() -> None:
    life = Life(limits=Limits()).answer()
    for _ in range(3):
        life.wait(170).take_turn("greet")
        life.tell(TimeRanOut)
        assert life.state is State.ANSWERED
    life.wait(209).tell(TimeRanOut)
    assert life.state is State.FAILED
    assert life.verification.reason is Reason.EXPIRED


def test_a_callback_is_tried_ever_more_seldom_for_a_day_and_then_parked() -> None:
    life = Life(callback_url=CALLBACK).answer().tell(NotMeReported)
    began, waits = life.now, []
    while True:
        life.record = callback_tried(life.record, life.now, life.limits, delivered=False)
        delivery = life.verification.delivery
        assert delivery is not None
        if not delivery.next_at:
            break
        waits.append((delivery.next_at - life.now) / SECOND)
        life.wait_until(delivery.next_at)
    expected = [5, 30, 120, 600, 1800, 3600, 7200, *[14_400] * (len(waits) - 7)]
    assert all(
        0.8 * plain <= wait <= 1.2 * plain for wait, plain in zip(waits, expected, strict=True)
    )
    assert waits != expected
    assert 20 * 3600 < (life.now - began) / SECOND < 24 * 3600
    assert delivery.is_parked
    assert life.record.next_look(life.limits) is None
    assert life.record.keep_for(life.limits) == life.limits.parked_callback_kept * SECOND


def test_two_callbacks_that_failed_together_are_not_tried_together_again() -> None:
    failed = [Delivery().failed(0, name, DAY).next_at for name in ("va", "vb", "vc", "vd")]
    assert len(set(failed)) == 4
    assert failed == [Delivery().failed(0, name, DAY).next_at for name in ("va", "vb", "vc", "vd")]


def test_a_parked_callback_is_tried_once_more_where_somebody_wishes_it() -> None:
    life = Life(callback_url=CALLBACK).answer().tell(NotMeReported)
    life.wait_until(life.now + DAY)
    life.record = callback_tried(life.record, life.now, life.limits, delivered=False)
    life.record = callback_wished(life.record, life.now)
    assert life.record.next_look(life.limits) == life.now
    life.record = callback_tried(life.record, life.now, life.limits, delivered=False)
    delivery = life.verification.delivery
    assert delivery == Delivery(attempts=2)
    assert delivery.is_parked
