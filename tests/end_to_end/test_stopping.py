"""Whoever is told to stop is gone within ten seconds, whatever the others do, and loses nothing."""

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPResponse

import pytest

from ivr.adapters.sql_archive import SqlArchive
from tests.end_to_end.outsiders import Outsider, drip, take, take_late
from tests.end_to_end.shifts import Shift, Shifts, shifts
from tests.pids import children_of
from tests.redis_servers import until

pytestmark = pytest.mark.real_server
CREW = 16
WISHES = 26
LIMITS = "ring = 5\ncarrier_queue = 1\nplace_within = 60\n"
ASKING = 6
CHECK = b'{"passcode": "012345"}'


@pytest.fixture(scope="module")
def carrier() -> Iterator[Outsider]:
    with Outsider(take) as carrier:
        yield carrier


@pytest.fixture(scope="module")
def receiver() -> Iterator[Outsider]:
    with Outsider(take) as receiver:
        yield receiver


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, carrier: Outsider, receiver: Outsider
) -> Iterator[Shifts]:
    """A house with a web process that stays; each test has accounts and workers of its own."""
    folder = tmp_path_factory.mktemp("stopping")
    with shifts(folder, carrier=carrier.url, callbacks=receiver.url, limits=LIMITS) as house:
        house.own_web().until_ready()
        yield house


def kinds(house: Shifts, verification: str) -> list[str]:
    """What the archive tells of a verification."""
    archive = SqlArchive(f"sqlite:///{house.folder}/archive.sqlite")
    try:
        return [each.kind for each in archive.story(verification)]
    finally:
        archive.close()


def test_a_worker_that_is_told_to_stop_hands_back_what_it_has_not_begun(
    house: Shifts, carrier: Outsider
) -> None:
    carrier.forget(take_late)
    leaving, other = house.worker("leaving"), house.worker("other")
    leaving.until_ready()
    other.until_ready()
    with house.frozen(other.pid):
        with house.frozen(leaving.pid):
            ids = [house.begin(place) for place in range(WISHES)]
        carrier.until_asked(CREW)
        now = house.redis.time()[0] * 1000
        assert all(at > now for at in house.due().values()), "each is taken"
        leaving.tell()
        until(lambda: "handed_back" in leaving.log.read_text(), "it hands back")
    carrier.until_asked(WISHES)
    assert leaving.lives, "not because its leases ran out: it outlives none"
    carrier.let_go.set()
    leaving.until_gone()
    assert "stopped_short" not in leaving.log.read_text()
    until(
        lambda: all("call_accepted" in kinds(house, each) for each in ids),
        "each answer of the carrier is kept",
    )
    asked = Counter(each.form["To"] for each in carrier.asked)
    assert (len(asked), set(asked.values())) == (WISHES, {1})
    other.tell(signal.SIGINT)
    other.until_gone()
    assert "worker_stopped" in other.log.read_text(), "a Ctrl-C is as good"


def test_whoever_hangs_or_drips_keeps_nobody_from_stopping(
    house: Shifts, carrier: Outsider, receiver: Outsider
) -> None:
    carrier.forget(drip)
    receiver.forget(drip)
    web, worker = house.web("leaving-web"), house.worker("short")
    web.until_ready()
    worker.until_ready()
    with house.frozen(worker.pid):
        decided = house.begin(WISHES, callback_url=receiver.url)
        house.ask("DELETE", f"/v1/verifications/{decided}")
    receiver.until_asked(1)
    unsure = house.begin(WISHES + 1)
    carrier.until_asked(1)
    with ThreadPoolExecutor(1) as bank, house.frozen(house.store.pid):
        path = f"/v1/verifications/{unsure}"
        asked = bank.submit(house.ask, "GET", path, api=web.url)
        for each in (web, worker):
            each.tell()
            each.tell()
        for each in (web, worker):
            each.until_gone()
        assert asked.result()[0] == 503, "it is answered, not cut"
    assert "stopped_short" in worker.log.read_text()
    carrier.answer = receiver.answer = take
    next_one = house.worker("next").until_ready()
    until(lambda: "callback_delivered" in kinds(house, decided), "another delivers it")
    told = json.loads(receiver.asked[-1].body)
    assert (told["data"]["id"], told["data"]["verdict"]) == (decided, "fail")
    until(lambda: house.view(unsure)["last_call"] == "carrier_unsure", "nobody knows")
    assert len(carrier.asked) == 1, "what may have been placed is never placed again"
    next_one.stop()


def test_a_web_process_that_stops_answers_whom_it_holds_then_whoever_comes_and_then_nobody(
    house: Shifts,
) -> None:
    web = house.web("draining", IVR_WEB_DRAIN_SECONDS="2").until_ready()
    own = house.begin(WISHES + 2)
    path = f"/v1/verifications/{own}?wait=25"
    with ThreadPoolExecutor(1) as bank, sending(house, web, own) as slow:
        poll = bank.submit(house.ask, "GET", path, api=web.url)
        until(lambda: house.redis.pubsub_numsub("changed")[0][1] == 1, "the poll is held")
        web.tell()
        status, headers, view = poll.result()
        assert (status, view["state"], headers["Retry-After"]) == (200, "wanted", "1")
        ready = house.ask("GET", "/readyz", api=web.url)
        assert (ready[0], ready[2]) == (503, {"status": "leaving"}), "a balancer is told"
        status, headers, _ = house.ask("GET", path, api=web.url)
        assert (status, headers["Retry-After"]) == (200, "1"), (
            "who comes before it knows is answered"
        )
        until(lambda: is_refused(web), "then newcomers are refused, and go to another process")
        assert web.lives, "somebody is still sending"
        answer = finish(slow, CHECK[5:])
        assert (answer.status, answer.headers["Connection"]) == (409, "close")
    web.until_gone()
    house.ask("DELETE", f"/v1/verifications/{own}")


def test_whoever_has_connected_is_answered_also_by_a_web_process_that_stops(house: Shifts) -> None:
    web = house.web("connected").until_ready()
    own = house.begin(WISHES + 3)
    with ExitStack() as lines:
        with ExitStack() as hanging:
            processes = children_of(web.pid)
            for pid in processes:
                hanging.enter_context(house.frozen(pid))
            asked = [lines.enter_context(asking(house, web, own)) for _ in range(ASKING)]
            for pid in (web.pid, *processes):
                os.kill(pid, signal.SIGTERM)
        assert [finish(each).status for each in asked] == [200] * ASKING
    web.until_gone()
    house.ask("DELETE", f"/v1/verifications/{own}")


@contextmanager
def asking(house: Shifts, web: Shift, verification: str) -> Iterator[HTTPConnection]:
    """Ask over a connection of one's own, whether or not anybody listens already."""
    with closing(web.line()) as line:
        line.request("GET", f"/v1/verifications/{verification}", headers=house.headers())
        yield line


@contextmanager
def sending(house: Shifts, web: Shift, verification: str) -> Iterator[HTTPConnection]:
    """Send half of a check."""
    with closing(web.line()) as line:
        line.putrequest("POST", f"/v1/verifications/{verification}/check")
        headers = {"Content-Type": "application/json", "Content-Length": str(len(CHECK))}
        for name, value in {**house.headers(), **headers}.items():
            line.putheader(name, value)
        line.endheaders(CHECK[:5])
        yield line


def finish(line: HTTPConnection, rest: bytes = b"") -> HTTPResponse:
    """Send the rest, and read the answer to its end."""
    if rest:
        line.send(rest)
    answer = line.getresponse()
    answer.read()
    return answer


def is_refused(web: Shift) -> bool:
    with closing(web.line()) as line:
        try:
            line.connect()
        except ConnectionRefusedError:
            return True
    return False
