"""A server that fails, in each way in which one can: nothing is lost, everybody is told, and it goes on."""

import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.redis_servers import Server, answers, until
from tests.servers.banked import ServedHouse, served_house
from tests.web.small_house import ASKED

pytestmark = pytest.mark.real_server
URL = "redis://127.0.0.1:{}/0"
ACCOUNT = "301-0000001"
OTHER = "301-0000002"
# Python and its children ignore this signal; a child that is to live on needs the same.
IGNORING_LIMITS = ("/bin/sh", "-c", 'trap \'\' XFSZ; exec "$0" "$@"')
HOOK_SECONDS = 15.0


@pytest.fixture
def house(server: Server, tmp_path: Path) -> Iterator[ServedHouse]:
    with served_house(URL.format(server.port), tmp_path) as house:
        yield house


def begin(house: ServedHouse) -> str:
    """Bring a verification to where its passcode was spoken."""
    own: str = house.start(account=ACCOUNT)["id"]
    house.speak(own)
    return own


def check_is_away(house: ServedHouse, own: str, path: str, code: str) -> None:
    """Nothing is taken or said, and everybody is told so: the bank, the depositor, who watches."""
    answer = house.ask("POST", f"/v1/verifications/{own}/check", {"passcode": code})
    assert (answer.status_code, answer.json["code"]) == (503, "store_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    started = house.ask("POST", "/v1/verifications", {**ASKED, "account": OTHER})
    assert started.status_code == 503
    hook = house.hook(path, {"Digits": "1"})
    assert hook.status_code == 200
    assert "Hangup" in hook.text
    assert house.client.get("/readyz").status_code == 503
    assert house.client.get("/healthz").status_code == 200


def check_goes_on(house: ServedHouse, own: str, code: str) -> None:
    """What was refused counted for nothing, and everything works again."""
    assert house.client.get("/readyz").status_code == 200
    assert house.record(own).tries == 0
    answer = house.ask("POST", f"/v1/verifications/{own}/check", {"passcode": code})
    assert answer.json["verdict"] == "pass"
    house.start(account=OTHER)


def test_a_script_cache_that_was_flushed_is_filled_again(house: ServedHouse) -> None:
    own = begin(house)
    code = house.passcode(own)
    for _ in range(2):
        house.parts.store._client.script_flush()  # type: ignore[attr-defined]
        house.read(own)
    house.parts.store._client.script_flush()  # type: ignore[attr-defined]
    check_goes_on(house, own, code)


def test_a_server_that_is_killed_comes_back_with_everything(
    house: ServedHouse, server: Server
) -> None:
    own = begin(house)
    code, path = house.passcode(own), house.hook_path(own, "2")
    server.kill()
    check_is_away(house, own, path, code)
    server.start()
    check_goes_on(house, own, code)


def test_a_server_that_is_still_loading_is_waited_for(house: ServedHouse, server: Server) -> None:
    own = begin(house)
    code = house.passcode(own)
    with server.client.pipeline(transaction=False) as pipe:
        for number in range(40_000):
            pipe.set(f"filling{number}", b"")
        pipe.execute()
    server.kill()
    server.start("key-load-delay 300")
    with pytest.raises(redis.BusyLoadingError):
        server.client.ping()
    answer = house.ask("POST", f"/v1/verifications/{own}/check", {"passcode": code})
    assert (answer.status_code, answer.json["code"]) == (503, "store_unavailable")
    server.set_now("key-load-delay", "0")
    until(lambda: answers_fully(server), "it has loaded")
    check_goes_on(house, own, code)


def answers_fully(server: Server) -> bool:
    try:
        return bool(server.client.ping())
    except redis.RedisError:
        return False


def test_a_server_that_hangs_leaves_the_depositor_time_to_hear_an_apology(
    house: ServedHouse, server: Server
) -> None:
    own = begin(house)
    code, path = house.passcode(own), house.hook_path(own, "2")
    with server.frozen():
        began = time.monotonic()
        hook = house.hook(path, {"Digits": "1"})
        assert time.monotonic() - began < HOOK_SECONDS
        assert "Hangup" in hook.text
    check_goes_on(house, own, code)


def test_a_replica_that_is_reached_as_the_primary_takes_nothing(
    house: ServedHouse, server: Server
) -> None:
    own = begin(house)
    code, path = house.passcode(own), house.hook_path(own, "2")
    server.client.replicaof("127.0.0.1", 1)
    check_is_away(house, own, path, code)
    server.client.replicaof("NO", "ONE")
    check_goes_on(house, own, code)


def test_a_full_memory_stops_what_is_new_first_and_loses_nothing(
    house: ServedHouse, server: Server
) -> None:
    own = begin(house)
    code, path = house.passcode(own), house.hook_path(own, "2")
    server.set_now("maxmemory", str(server.info("memory")["used_memory"] // 2))
    check_is_away(house, own, path, code)
    assert house.read(own)["verdict"] is None
    server.set_now("maxmemory", "0")
    until(lambda: house.ask("POST", "/v1/verifications", {}).status_code != 503, "there is room")
    check_goes_on(house, own, code)


def test_a_disk_that_is_full_is_told_while_the_server_waits_for_room(
    tmp_path: Path,
) -> None:
    server = Server(tmp_path / "server", "appendfsync everysec", program=IGNORING_LIMITS)
    server.start()
    with served_house(URL.format(server.port), tmp_path) as house:
        own = begin(house)
        code, path = house.passcode(own), house.hook_path(own, "2")
        size = server.info("persistence")["aof_current_size"]
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        server.client.set("filling", b"x" * 100)
        until(lambda: server.info("persistence")["aof_last_write_status"] == "err", "it is full")
        check_is_away(house, own, path, code)
        whole = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, whole)
        until(lambda: server.info("persistence")["aof_last_write_status"] == "ok", "there is room")
        check_goes_on(house, own, code)
    server.stop()


def test_a_disk_that_is_full_ends_a_server_that_promised_every_write(tmp_path: Path) -> None:
    server = Server(tmp_path / "server", program=IGNORING_LIMITS)
    server.start()
    with served_house(URL.format(server.port), tmp_path) as house:
        own = begin(house)
        code, path = house.passcode(own), house.hook_path(own, "2")
        size = server.info("persistence")["aof_current_size"]
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size + 50, resource.RLIM_INFINITY))
        check_is_away(house, own, path, code)
        until(lambda: not answers(server.client), "it has ended")
        server.start()
        check_goes_on(house, own, code)
    server.stop()


def test_while_more_is_due_than_is_done_only_starts_and_calls_wait(
    server: Server, tmp_path: Path
) -> None:
    with served_house(URL.format(server.port), tmp_path, most_due=2) as house:
        own = begin(house)
        for number in range(3):
            server.client.zadd(f"{{p0{number}}}due", {f"v{number}": 1})
        until(
            lambda: (
                house.ask("POST", "/v1/verifications", {**ASKED, "account": OTHER}).status_code
                == 503
            ),
            "the web process has seen it",
        )
        answer = house.ask("POST", f"/v1/verifications/{own}/calls", {})
        assert (answer.status_code, answer.json["code"]) == (503, "overloaded")
        assert int(answer.headers["Retry-After"]) >= 1
        right = {"passcode": house.passcode(own)}
        assert house.ask("POST", f"/v1/verifications/{own}/check", right).json["verdict"] == "pass"
        house.parts.store.take_due(lease_ms=60_000, limit=10)
        until(
            lambda: (
                house.ask("POST", "/v1/verifications", {**ASKED, "account": OTHER}).status_code
                != 503
            ),
            "the work was taken",
        )
