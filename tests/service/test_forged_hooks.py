import pytest
from msgspec.structs import replace

from ivr.domain.errors import Forged, Refused
from ivr.domain.events import CallEnd
from ivr.domain.record import State
from ivr.service.carrier_port import CallProgress, Unsure, VoiceHook
from ivr.service.hook_address import HookAddress
from tests.service.house import MemoryHouse, id_of
from tests.service.phone import Phone


def state(house: MemoryHouse) -> State:
    return house.record_of(house.phone().address.verification).verification.state


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


def test_a_hook_that_claims_a_call_of_which_the_carrier_was_unsure_is_believed(
    house: MemoryHouse,
) -> None:
    view = house.start()
    house.carrier.answers.append(Unsure("timeout"))
    phone = house.ring()
    assert state(house) is State.PLACING
    phone.sid = "CA-late-but-true"
    assert house.check(view, phone.listen()).record.verification.passed
