"""Two carriers: a call goes to the other only where the first surely did not place it."""

from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from ivr.domain.errors import Forged
from ivr.domain.events import CallEnd
from ivr.domain.policy import SECOND
from ivr.domain.record import State
from ivr.service.carrier_port import (
    CallProgress,
    NotPlaced,
    Placing,
    Postponed,
    StatusHook,
    Unsure,
    VoiceHook,
)
from ivr.service.gate_port import Rate
from ivr.service.routing import Route
from tests.service.house import WEB, MemoryHouse, id_of
from tests.service.phone import Phone
from tests.service.world import NUMBERS, FakeCarrier

NOT_THERE = Postponed(0.0, "NewConnectionError", fault=True)
LOCKED_OUT = NotPlaced(CallEnd.CARRIER_BUSY, "20003", fault=True)


@dataclass
class Both:
    """A house with two carriers."""

    main: FakeCarrier = field(default_factory=FakeCarrier)
    second: FakeCarrier = field(default_factory=FakeCarrier)
    rates: dict[str, Rate] = field(default_factory=dict)

    def __post_init__(self) -> None:
        routes = {
            "main": Route(self.main),
            "second": Route(self.second),
        }
        self.house = MemoryHouse(self.main, rates=self.rates, routes=routes)
        bank = self.house.banks["honnin"]
        self.house.banks["honnin"] = replace(bank, caller_numbers={"second": "+81356789000"})
        for number in range(40):
            account = f"003-{number:07}"
            self.house.registry.numbers[account] = replace(
                NUMBERS["001-0000001"], number=f"+8190123457{number:02}"
            )

    @property
    def asked(self) -> tuple[int, int]:
        """How often each was asked for a call."""
        return len(self.main.orders), len(self.second.orders)

    def work(self, seconds: float) -> None:
        """Let a worker sweep for so long."""
        for _ in range(round(seconds * 4)):
            self.house.work()
            self.house.wait(0.25)


def test_the_first_is_asked_as_long_as_it_answers() -> None:
    both = Both()
    view = both.house.start()
    both.work(3)
    assert both.asked == (1, 0)
    assert both.house.record(view).verification.call.carrier == "main"
    assert both.main.orders[0].caller == "+81345678900"


@pytest.mark.parametrize(
    "answer",
    [NOT_THERE, LOCKED_OUT, Postponed(9.0, "20429"), NotPlaced(CallEnd.CARRIER_BUSY, "21210")],
    ids=str,
)
def test_a_call_that_one_surely_did_not_place_goes_to_the_other_at_once(answer: Placing) -> None:
    both = Both()
    view = both.house.start()
    both.main.answers.append(answer)
    both.house.work()
    both.house.work()
    assert both.asked == (1, 1)
    verification = both.house.record(view).verification
    assert (verification.state, verification.call.carrier) == (State.RINGING, "second")
    assert verification.call.number == 1
    assert both.second.orders[0].caller == "+81356789000", "the bank's number at that carrier"


def test_an_ambiguous_answer_of_one_is_never_taken_to_the_other() -> None:
    both = Both()
    view = both.house.start()
    both.main.answers.append(Unsure("timeout"))
    both.work(70)
    assert both.asked == (1, 0)
    assert both.house.record(view).verification.last_call is CallEnd.CARRIER_UNSURE


def test_a_number_that_one_refuses_for_good_is_not_tried_by_the_other() -> None:
    both = Both()
    view = both.house.start()
    both.main.answers.append(NotPlaced(CallEnd.UNREACHABLE, "21211"))
    both.work(3)
    assert both.asked == (1, 0)
    assert both.house.record(view).verification.decided


def test_where_both_turn_a_call_away_it_waits_as_told_and_ends_within_the_limit() -> None:
    both = Both()
    view = both.house.start()
    both.main.answers += [Postponed(4.0, "20429")] * 99
    both.second.answers += [Postponed(4.0, "20429")] * 99
    both.work(25)
    assert 2 < sum(both.asked) <= 8
    verification = both.house.record(view).verification
    assert (verification.state, verification.last_call) == (State.RESTING, CallEnd.CARRIER_BUSY)


def test_one_that_fails_in_a_row_is_left_alone_and_then_tried_by_one_call() -> None:
    both = Both()
    both.main.answers += [NOT_THERE] * 3
    for number in range(5):
        both.house.start(f"003-{number:07}")
    both.work(2)
    assert both.asked == (3, 5)
    for number in range(5, 9):
        both.house.start(f"003-{number:07}")
    both.work(1)
    assert both.asked == (3, 9)
    both.house.wait(15)
    both.main.answers.append(Unsure("timeout"))
    for number in range(9, 13):
        both.house.start(f"003-{number:07}")
    both.work(1)
    assert both.asked == (4, 12), "one call tries it, and that one is not placed again"
    both.house.wait(16)
    both.house.start("003-0000020")
    both.work(1)
    both.house.start("003-0000021")
    both.work(1)
    assert both.asked == (6, 12)


def test_staff_choose_and_then_there_is_no_other() -> None:
    both = Both()
    both.house.store.use_carrier("second")
    both.second.answers += [NOT_THERE] * 2
    both.house.start()
    both.work(3)
    assert both.asked == (0, 3)


def test_what_is_too_much_for_the_pace_of_one_goes_to_the_other() -> None:
    both = Both(rates={"main": Rate(at_once=2), "second": Rate(at_once=1)})
    for number in range(5):
        both.house.start(f"003-{number:07}")
    both.work(2)
    assert both.asked == (2, 1)


def test_a_call_is_hung_up_by_the_carrier_that_has_it() -> None:
    both = Both()
    view = both.house.start()
    both.main.answers.append(NOT_THERE)
    both.work(1)
    both.house.verifications.cancel(WEB, id_of(view))
    both.work(1)
    assert both.second.hung_up == [both.second.sid_of(both.second.orders[0])]
    assert both.main.hung_up == []


def test_a_hook_counts_only_with_the_keys_of_the_carrier_that_was_asked() -> None:
    both = Both()
    view = both.house.start()
    both.main.answers.append(NOT_THERE)
    both.work(1)
    order = both.second.orders[0]
    phone = Phone(both.house.calls, order, both.second.sid_of(order))
    address = phone.address
    for carrier in ("main", "third"):
        hook = VoiceHook(sid=phone.sid, carrier=carrier, digits="", finished_on="")
        with pytest.raises(Forged):
            both.house.calls.take_turn(address, hook)
        ended = StatusHook(sid=phone.sid, carrier=carrier, news=CallEnd.UNREACHABLE)
        with pytest.raises(Forged):
            both.house.calls.report(address, ended)
    rang = StatusHook(sid=phone.sid, carrier="second", news=CallProgress.RINGING)
    both.house.calls.report(address, rang)
    assert both.house.record(view).verification.state is State.RINGING


def test_which_carrier_was_asked_is_told() -> None:
    both = Both()
    both.house.start()
    both.main.answers.append(NOT_THERE)
    both.work(1)
    told = [
        note.detail["carrier"]
        for row in both.house.store.read_notes(1000)
        for note in row[3]
        if note.kind == "placing_started"
    ]
    assert told == ["main", "second"]


def test_a_wish_is_not_put_off_beyond_its_limit() -> None:
    both = Both()
    both.house.store.use_carrier("main")
    both.main.answers += [Postponed(600.0, "20429")]
    view = both.house.start()
    both.house.work()
    due = both.house.memory.next_due()
    assert due is not None
    assert due <= both.house.record(view).verification.call.wished_at + 20 * SECOND
