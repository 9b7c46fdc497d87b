"""Calls are placed at the pace that is configured; a wish whose turn does not come in time says so."""

import pytest
from msgspec.structs import replace

from ivr.domain.callflow import Mode
from ivr.domain.events import CallEnd
from ivr.domain.record import State
from ivr.service.carrier_port import NotPlaced, Postponed
from ivr.service.gate_port import Rate
from ivr.service.pacing import Pacing
from tests.service.house import MAIN, WALLETS, WEB, MemoryHouse, id_of
from tests.service.world import NUMBERS


def paced(per_second: int = 0, at_once: int = 0, **limits: int) -> MemoryHouse:
    """A house with forty accounts, whose carrier has a pace."""
    rate = Rate(per_second=per_second, at_once=at_once)
    house = MemoryHouse(None, rates={MAIN: rate}, routes=None, **limits)
    for number in range(40):
        account = f"003-{number:07}"
        house.registry.numbers[account] = replace(
            NUMBERS["001-0000001"], number=f"+8190123457{number:02}"
        )
    return house


def start(house: MemoryHouse, count: int, mode: Mode = Mode.READOUT, first: int = 0) -> list[str]:
    views = [
        house.start(f"003-{number:07}", mode=mode, callback_url=None)
        for number in range(first, first + count)
    ]
    return [id_of(view) for view in views]


def asked_at(house: MemoryHouse, seconds: float) -> list[int]:
    """Let a worker sweep as it does, for so long; return when the carrier was asked."""
    began, asked = house.clock.now, list[int]()
    house.carrier.while_asking = lambda _: asked.append(house.clock.now - began)
    for _ in range(round(seconds * 4)):
        house.work()
        house.wait(0.25)
    return asked


def test_no_more_calls_begin_in_a_second_than_may() -> None:
    house = paced(per_second=2)
    start(house, 9)
    asked = asked_at(house, 6)
    assert len(asked) == 9
    for at in asked:
        assert sum(at <= each < at + 1000 for each in asked) <= 4, "a burst, then the pace"
    assert asked[:2] == [0, 0]
    assert asked[-1] >= 3_500


def test_a_wish_whose_turn_does_not_come_is_given_up_as_carrier_busy_and_never_rings_late() -> None:
    house = paced(at_once=1)
    first, second = start(house, 2)
    assert asked_at(house, 25) == [0]
    verification = house.record_of(second).verification
    assert (verification.state, verification.last_call) == (State.RESTING, CallEnd.CARRIER_BUSY)
    assert house.record_of(first).verification.state is State.RINGING


def test_a_call_that_is_over_makes_room_at_once() -> None:
    house = paced(at_once=1)
    start(house, 2)
    house.work()
    phone = house.phone()
    phone.answer()
    assert asked_at(house, 3) == []
    phone.hang_up()
    assert len(asked_at(house, 3)) == 1


def test_a_call_that_the_carrier_did_not_take_makes_room() -> None:
    for answer in (NotPlaced(CallEnd.CARRIER_BUSY, "21210"), Postponed(9.0, "20429")):
        house = paced(at_once=1)
        start(house, 2)
        house.carrier.answers.append(answer)
        assert len(asked_at(house, 3)) == 2


def test_a_call_that_was_taken_back_before_its_turn_takes_no_room() -> None:
    house = paced(at_once=1)
    first, second = start(house, 2)

    def take_back() -> None:
        house.gate.after_entering = lambda: None
        house.verifications.cancel(WEB, first)

    house.gate.after_entering = take_back
    asked_at(house, 3)
    assert house.record_of(second).verification.state is State.RINGING
    assert len(house.carrier.orders) == 1


class WorkerDiedError(Exception):
    """The worker is gone between the gate and the mark."""


def test_a_worker_that_dies_between_the_gate_and_the_mark_costs_no_ring_and_no_room() -> None:
    house = paced(per_second=1, at_once=1)
    (wish,) = start(house, 1)

    def die() -> None:
        house.gate.after_entering = lambda: None
        raise WorkerDiedError

    house.gate.after_entering = die
    with pytest.raises(WorkerDiedError):
        house.work()
    house.memory.look_again(wish, house.clock.now)
    house.work()
    assert house.record_of(wish).verification.call.number == 1
    assert len(house.carrier.orders) == 1


def test_people_are_called_before_campaigns() -> None:
    house = paced(per_second=1)
    start(house, 1, first=30)
    house.work()
    campaign = start(house, 6, Mode.NOTICE)
    people = start(house, 3, first=10)
    asked_at(house, 4.1)
    states = [house.record_of(each).verification.state for each in people]
    assert states == [State.RINGING] * 3
    rung = [house.record_of(each).verification.state for each in campaign].count(State.RINGING)
    assert rung <= 1


def test_a_banks_own_pace_is_kept_besides() -> None:
    house = paced(calls_at_once=2)
    start(house, 5)
    assert len(asked_at(house, 3)) == 2


def test_a_wallets_own_pace_is_kept_over_all_banks_and_no_other_wallets() -> None:
    house = paced()
    slow = replace(WALLETS["kumopay"], calls_at_once=2)
    quick = replace(slow, id="sorapay", calls_at_once=0)
    rated = Pacing(
        house.gate, carriers={}, banks=house.banks, wallets={"kumopay": slow, "sorapay": quick}
    )
    records = [house.record_of(each).verification for each in start(house, 4)]
    assert [rated.enter(each, MAIN) > 0 for each in records] == [False, False, True, True]
    assert rated.enter(replace(records[2], wallet="sorapay"), MAIN) == 0
    rated.leave(records[0], 1)
    assert rated.enter(records[2], MAIN) == 0


def test_without_a_limit_the_gate_is_not_asked() -> None:
    house = paced()
    start(house, 5)
    assert len(asked_at(house, 1)) == 5
    assert not house.gate.asked
