"""How often a request goes to the store and back: a depositor waits for each of them in silence."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from ivr.service.carrier_port import CallProgress
from tests.service.house import WEB, House, id_of, refusal, wrong
from tests.service.real_house import RealHouse

pytestmark = pytest.mark.real_server


class Counted(redis.UnixDomainSocketConnection):
    """Counts what is sent; each sending waits for an answer."""

    sent = 0

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 - redis-py's
        Counted.sent += 1
        super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]


@pytest.fixture
def house(real_server: str) -> Iterator[House]:
    """A house that has done everything once: its lines stand, and the server knows the scripts."""
    house = RealHouse(real_server)
    house.client.connection_pool.reset()
    house.client.connection_pool.connection_class = Counted
    whole_verification(house, lambda _, do: do())
    yield house
    house.close()


def whole_verification(house: House, note: Callable[[str, Callable[[], Any]], Any]) -> None:
    """Go through a verification; `note` does each thing and is told what it is."""
    view = note("start", house.start)
    phone = house.ring()
    note("first hook", phone.turn)
    note("hook with the consent key", lambda: phone.press("1"))
    note("status callback that changes nothing", lambda: phone.tell(CallProgress.RINGING))
    note("poll", lambda: house.read(view))
    note("status callback at the end", phone.hang_up)
    note("wrong check", lambda: refusal(house.check, view, wrong(phone.passcode)))
    note("right check", lambda: house.check(view, phone.passcode))
    assert house.verifications.read(WEB, id_of(view)).record.verification.passed


def test_no_request_goes_to_the_store_more_often_than_it_must(house: House) -> None:
    trips: dict[str, int] = {}

    def count(what: str, do: Callable[[], Any]) -> Any:
        before = Counted.sent
        found = do()
        trips[what] = Counted.sent - before
        return found

    whole_verification(house, count)
    assert trips == {
        "start": 3,
        "first hook": 2,
        "hook with the consent key": 2,
        "status callback that changes nothing": 1,
        "poll": 1,
        "status callback at the end": 2,
        "wrong check": 2,
        "right check": 2,
    }
