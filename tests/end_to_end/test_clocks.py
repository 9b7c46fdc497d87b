"""Processes whose clocks are five minutes off: nothing lives longer, and no signature passes or fails by them."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import jwt
import pytest

from ivr.simulator.story_world import Phone, Wire
from tests.end_to_end.balancer import Balancer
from tests.end_to_end.customers import AGREES, Customers
from tests.end_to_end.outsiders import Outsider
from tests.end_to_end.shifts import Shift, Shifts, shifts
from tests.redis_servers import until

pytestmark = [pytest.mark.real_server, pytest.mark.slow]
PHONES = 40
OFF = 300
NEAR = 120
"""Seconds that a busy machine may take, and fewer than a clock is off."""
LIFE = 12
WRONG_CLOCK = """
import datetime, time
_time, _time_ns, _datetime = time.time, time.time_ns, datetime.datetime
time.time = lambda: _time() + {seconds}
time.time_ns = lambda: _time_ns() + {seconds} * 10**9
class WrongDatetime(_datetime):
    @classmethod
    def now(cls, tz=None):
        return _datetime.now(tz) + datetime.timedelta(seconds={seconds})
datetime.datetime = WrongDatetime
"""


@pytest.fixture
def house(tmp_path: Path, receiver: Outsider) -> Iterator[Shifts]:
    limits = f"calls_to_number_per_hour = 60\npasscode_life = {LIFE}\n"
    with shifts(tmp_path, callbacks=receiver.url, phones=PHONES, limits=limits, speed=8.0) as house:
        yield house


def off(folder: Path, seconds: int) -> dict[str, str]:
    """The environment of a process whose clock is so many seconds off; what it measures spans with is right.

    Python loads `sitecustomize` before anything else. (libfaketime would do it from without, but Python's sleep fails
    under it.)
    """
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WRONG_CLOCK.format(seconds=seconds))
    return {"PYTHONPATH": str(folder)}


def staffed(house: Shifts) -> list[Shift]:
    """Let two gunicorns and two workers begin, of each one early and one late."""
    clocks = {by: off(house.folder / f"clock{by}", by) for by in (OFF, -OFF)}
    webs = [house.web(f"web{by}", **clock) for by, clock in clocks.items()]
    workers = [house.worker(f"worker{by}", **clock) for by, clock in clocks.items()]
    for each in (*webs, *workers):
        each.until_ready()
    return webs


def check_clock(shift: Shift, by: int) -> None:
    """Its log is told by its own clock: it really is off."""
    line = json.loads(shift.log.read_text().splitlines()[-1])
    said = datetime.fromisoformat(line["at"]).timestamp()
    assert abs(said - by - time.time()) < NEAR


def test_their_clocks_are_off_and_nothing_follows_from_it(
    house: Shifts, receiver: Outsider
) -> None:
    port = urlsplit(house.environment["IVR_PUBLIC_URL"]).port or 0
    with Balancer(port) as balancer:
        webs = staffed(house)
        for web in webs:
            balancer.add(web.url)
        with Customers(house, receiver, PHONES) as customers:
            customers.await_more(6)
        customers.check()
        assert len(balancer.answered) == len(webs), "each has done its share"
        now = time.time()
        for own in customers.told:
            claims = jwt.decode(house.view(own)["receipt"], options={"verify_signature": False})
            assert abs(claims["iat"] - now) < NEAR
        for asked in receiver.asked:
            assert abs(int(asked.headers["webhook-timestamp"]) - now) < NEAR
        late_is_too_late(house, webs)
        for web, by in zip(webs, (OFF, -OFF), strict=True):
            check_clock(web, by)


def late_is_too_late(house: Shifts, webs: list[Shift]) -> None:
    """A passcode is dead when it is by the store's clock, whoever is asked."""
    place = PHONES - 1
    phone = Phone(Wire(house.environment["IVR_CARRIER_URL"]), f"phone{place}")
    phone.behave(AGREES)
    own = house.begin(place)
    path = f"/v1/verifications/{own}"
    until(lambda: bool(Customers.codes(phone)), "the passcode is heard")
    code = Customers.codes(phone)[-1]
    until(lambda: house.view(own)["state"] not in {"spoken", "heard"}, "its life is over")
    for web in webs:
        status, _, view = house.ask("POST", f"{path}/check", {"passcode": code}, api=web.url)
        assert status == 409, view
        assert view["code"] in {"passcode_expired", "already_decided"}
        assert view.get("verdict") != "pass"
