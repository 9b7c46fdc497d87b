"""\"Not me\" is heard whenever it is said: in an earlier call, and after the call flow was replaced."""

import pytest
from msgspec.structs import replace

from ivr.domain.events import CallEnd
from ivr.domain.record import Reason, State
from tests.service.house import MemoryHouse, id_of
from tests.service.phone import words


@pytest.fixture
def house() -> MemoryHouse:
    return MemoryHouse()


def test_in_a_call_that_was_taken_for_over_it_stops_the_next_one(house: MemoryHouse) -> None:
    view = house.start()
    earlier = house.ring()
    earlier.answer()
    earlier.tell(CallEnd.COMPLETED)
    house.call_again(view)
    earlier.press("9")
    verification = house.record(view).verification
    assert (verification.state, verification.reason) == (State.FAILED, Reason.NOT_ME)


@pytest.mark.parametrize("key", ["1", "2", ""])
def test_any_other_key_in_an_earlier_call_changes_nothing(house: MemoryHouse, key: str) -> None:
    view = house.start()
    earlier = house.ring()
    earlier.answer()
    earlier.tell(CallEnd.COMPLETED)
    house.call_again(view)
    before = house.record(view)
    earlier.press(key)
    assert house.record(view) == before


@pytest.mark.parametrize(("key", "reason"), [("9", Reason.NOT_ME), ("1", None)])
def test_when_the_flow_was_replaced_by_one_without_the_step(
    house: MemoryHouse, key: str, reason: Reason | None
) -> None:
    view = house.start()
    phone = house.ring()
    phone.answer()
    rename_the_first_step(house)
    reply = phone.press(key)
    assert words(reply)
    verification = house.record(view).verification
    assert verification.reason is reason
    assert verification.state is not State.CONSENTED
    assert id_of(view) == verification.id


def rename_the_first_step(house: MemoryHouse) -> None:
    """Publish flows whose first step has another name, and forget the ones before."""
    for number, flow in enumerate(house.flows.flows):
        first = replace(flow.steps[flow.start], name="hello")
        rest = {name: step for name, step in flow.steps.items() if name != flow.start}
        house.flows.flows[number] = replace(
            flow, release=f"new-{number}", start="hello", steps={"hello": first, **rest}
        )
