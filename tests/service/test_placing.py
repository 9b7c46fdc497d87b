import pytest

from ivr.domain.callflow import Mode
from ivr.domain.events import CallEnd
from ivr.domain.policy import SECOND
from ivr.domain.record import Reason, State
from ivr.service.carrier_port import (
    Accepted,
    CallOrder,
    CallProgress,
    NotPlaced,
    Placing,
    Postponed,
    Unsure,
)
from tests.service.house import PUBLIC, WEB, MemoryHouse, id_of
from tests.service.phone import Phone


def test_a_wish_is_placed_once_with_all_that_the_carrier_needs(house: MemoryHouse) -> None:
    view = house.start(language="en")
    house.work()
    (order,) = house.carrier.orders
    assert (order.to, order.caller) == ("+819012345601", "+81345678900")
    assert (order.ring, order.time_limit) == (30, 720)
    base, verification, call, token, language, turn = order.voice_url.rsplit("/", 5)
    assert (base, verification, call, language, turn) == (
        f"{PUBLIC}/hooks", id_of(view), "1", "en", "0",
    )  # fmt: skip
    assert order.status_url == order.voice_url.removesuffix("0") + "status"
    assert len(token) == 26
    assert house.record(view).verification.state is State.RINGING
    for _ in range(5):
        house.wait(1)
        house.work()
    assert len(house.carrier.orders) == 1


def test_the_address_of_a_hook_holds_nothing_of_the_depositor(house: MemoryHouse) -> None:
    view = house.start(mode=Mode.KEYIN)
    house.work()
    (order,) = house.carrier.orders
    for secret in ("9012345601", "0000001", view.passcode or "none"):
        assert secret not in order.voice_url + order.status_url


def test_the_token_differs_from_call_to_call(house: MemoryHouse) -> None:
    view = house.start()
    house.ring().hang_up()
    house.call_again(view)
    house.ring().hang_up()
    assert len({order.voice_url.split("/")[-3] for order in house.carrier.orders}) == 2


def test_the_mark_is_made_before_the_carrier_is_asked(house: MemoryHouse) -> None:
    view = house.start()
    seen: list[State] = []
    house.carrier.while_asking = lambda _: seen.append(house.record(view).verification.state)
    house.work()
    assert seen == [State.PLACING]


class WorkerDiedError(Exception):
    """The worker is gone in the middle of asking."""


def die(_: CallOrder) -> None:
    raise WorkerDiedError


def test_a_call_whose_worker_died_while_asking_is_never_asked_for_again(
    house: MemoryHouse,
) -> None:
    view = house.start()
    house.carrier.while_asking = die
    with pytest.raises(WorkerDiedError):
        house.work()
    house.carrier.while_asking = lambda _: None
    for _ in range(59):
        house.wait(1)
        house.work()
    assert house.record(view).verification.state is State.PLACING
    house.wait(1)
    house.work()
    verification = house.record(view).verification
    assert (verification.state, verification.last_call) == (State.RESTING, CallEnd.CARRIER_UNSURE)
    assert len(house.carrier.orders) == 1
    house.call_again(view)
    house.work()
    assert len(house.carrier.orders) == 2


def test_an_ambiguous_answer_is_never_asked_about_again(house: MemoryHouse) -> None:
    view = house.start()
    house.carrier.answers.append(Unsure("timeout"))
    for _ in range(70):
        house.work()
        house.wait(1)
    assert len(house.carrier.orders) == 1
    assert house.record(view).verification.last_call is CallEnd.CARRIER_UNSURE
    assert "carrier_unsure" in house.notes()


def test_a_call_that_the_carrier_did_not_take_is_placed_when_it_may_be_asked_again(
    house: MemoryHouse,
) -> None:
    view = house.start()
    house.carrier.answers += [Postponed(2.0, "20429"), Postponed(3.0, "20429")]
    house.work()
    placed_at = [len(house.carrier.orders)]
    for _ in range(6):
        house.wait(1)
        house.work()
        placed_at.append(len(house.carrier.orders))
    assert placed_at == [1, 1, 2, 2, 2, 3, 3]
    assert house.record(view).verification.state is State.RINGING


def test_a_carrier_that_cannot_be_reached_is_asked_again_at_once_and_then_ever_more_seldom(
    house: MemoryHouse,
) -> None:
    house.start()
    house.carrier.answers += [Postponed(0.0, "NewConnectionError", fault=True)] * 99
    asked_at: list[int] = []
    began = house.clock.now
    house.carrier.while_asking = lambda _: asked_at.append(house.clock.now - began)
    house.run_until_nothing_is_due()
    assert asked_at == [0, 0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500]


def test_a_wish_that_waited_too_long_is_given_up_as_carrier_busy(house: MemoryHouse) -> None:
    view = house.start()
    house.carrier.answers += [Postponed(7.0, "20429")] * 9
    for _ in range(25):
        house.work()
        house.wait(1)
    verification = house.record(view).verification
    assert (verification.state, verification.last_call) == (State.RESTING, CallEnd.CARRIER_BUSY)
    assert len(house.carrier.orders) == 3


def test_a_wish_that_nobody_was_awake_for_is_not_placed_late(house: MemoryHouse) -> None:
    view = house.start()
    house.wait(20)
    house.work()
    assert house.carrier.orders == []
    assert house.record(view).verification.last_call is CallEnd.CARRIER_BUSY


def test_a_carrier_that_asks_for_a_long_pause_does_not_get_the_call_at_all(
    house: MemoryHouse,
) -> None:
    house.start()
    house.carrier.answers.append(Postponed(600.0, "20429"))
    house.work()
    house.wait(20)
    house.work()
    assert len(house.carrier.orders) == 1
    assert house.memory.next_due() is not None


@pytest.mark.parametrize(
    ("end", "state", "reason"),
    [
        (CallEnd.UNREACHABLE, State.FAILED, Reason.UNREACHABLE),
        (CallEnd.CARRIER_BUSY, State.RESTING, None),
    ],
)
def test_a_call_that_the_carrier_refuses_ends_there(
    house: MemoryHouse, end: CallEnd, state: State, reason: Reason | None
) -> None:
    view = house.start()
    house.carrier.answers.append(NotPlaced(end, "21211"))
    house.work()
    verification = house.record(view).verification
    assert (verification.state, verification.reason) == (state, reason)
    assert "carrier_refused" in house.notes()


@pytest.mark.parametrize(
    "answer",
    [
        Accepted("CA-other"),
        Unsure("timeout"),
        Postponed(1.0, "20429"),
        NotPlaced(CallEnd.UNREACHABLE, "21211"),
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_an_answer_that_comes_after_the_phone_was_picked_up_changes_nothing(
    house: MemoryHouse, answer: Placing
) -> None:
    view = house.start()
    phones: list[Phone] = []

    def pick_up(order: CallOrder) -> None:
        phones.append(Phone(house.calls, order, house.carrier.sid_of(order)))
        phones[0].wait_for_code_question()

    house.carrier.while_asking = pick_up
    house.carrier.answers.append(answer)
    house.work()
    verification = house.record(view).verification
    assert (verification.state, verification.call.sid) == (State.SPOKEN, phones[0].sid)
    assert house.check(view, phones[0].passcode).record.verification.passed


def test_a_call_that_is_accepted_after_the_bank_cancelled_is_hung_up(house: MemoryHouse) -> None:
    view = house.start()
    house.carrier.while_asking = lambda _: house.verifications.cancel(WEB, id_of(view))
    house.work()
    house.work()
    assert house.carrier.hung_up == [house.carrier.sid_of(house.carrier.orders[0])]
    assert house.memory.next_due() is None


def test_a_call_that_is_accepted_after_the_verification_ran_out_is_hung_up(
    house: MemoryHouse,
) -> None:
    view = house.start()
    house.ring().hang_up()
    house.wait(580)
    house.call_again(view)

    def dawdle(_: CallOrder) -> None:
        house.wait(25)
        house.upkeep.attend(id_of(view))

    house.carrier.while_asking = dawdle
    house.work()
    assert house.record(view).verification.decided
    house.work()
    house.work()
    assert house.carrier.hung_up == [house.carrier.sid_of(house.carrier.orders[1])]


def test_a_cancelled_call_whose_id_is_learned_late_is_hung_up_then(house: MemoryHouse) -> None:
    view = house.start()
    house.carrier.answers.append(Unsure("timeout"))
    phone = house.ring()
    house.verifications.cancel(WEB, id_of(view))
    house.work()
    assert house.carrier.hung_up == []
    phone.tell(CallProgress.RINGING)
    house.work()
    assert house.carrier.hung_up == [phone.sid]
    assert house.memory.next_due() is None


def test_a_cancelled_call_whose_id_is_never_learned_is_forgotten_in_the_end(
    house: MemoryHouse,
) -> None:
    view = house.start()
    house.carrier.answers.append(Unsure("timeout"))
    house.work()
    house.verifications.cancel(WEB, id_of(view))
    house.run_until_nothing_is_due()
    house.wait(3600)
    assert house.store.load(id_of(view)) is None


def test_a_hang_up_that_failed_is_tried_again(house: MemoryHouse) -> None:
    view = house.start()
    phone = house.ring()
    house.carrier.hangs_up = False
    house.verifications.cancel(WEB, id_of(view))
    house.work()
    house.wait(30)
    house.work()
    house.carrier.hangs_up = True
    house.wait(30)
    house.work()
    house.wait(30)
    house.work()
    assert house.carrier.hung_up == [phone.sid] * 3
    assert "call_hung_up_by_us" in house.notes()


def test_a_call_that_outlives_its_verification_is_hung_up(house: MemoryHouse) -> None:
    view = house.start()
    house.ring().hang_up()
    house.wait(500)
    house.call_again(view)
    phone = house.ring()
    phone.answer()
    house.wait(100)
    house.work()
    assert house.carrier.hung_up == [phone.sid]


def test_two_workers_that_find_the_same_wish_place_it_once(house: MemoryHouse) -> None:
    view = house.start()
    house.carrier.while_asking = lambda _: house.upkeep.attend(id_of(view))
    house.work()
    house.upkeep.attend(id_of(view))
    assert len(house.carrier.orders) == 1


def test_a_call_that_is_never_heard_of_again_ends_without_anybody_asking(
    house: MemoryHouse,
) -> None:
    view = house.start()
    house.ring()
    due = house.memory.next_due()
    assert due == house.clock.now + 60 * SECOND
    house.wait(60)
    house.work()
    assert house.record(view).verification.last_call is CallEnd.NO_ANSWER
