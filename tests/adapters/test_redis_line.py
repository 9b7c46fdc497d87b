import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ivr.adapters.redis_line import Lines, _Line

pytestmark = pytest.mark.real_server
NAME = "return 'a'"


class Noted(redis.UnixDomainSocketConnection):
    """Notes over which connection each script goes."""

    used: ClassVar[list["Noted"]] = []

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 - redis-py's
        if b"EVALSHA" in b"".join(command):
            Noted.used.append(self)
        super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]


@pytest.fixture
def client(real_server: str) -> Iterator[redis.Redis]:
    Noted.used.clear()
    path = real_server.removeprefix("unix://")
    pool = redis.ConnectionPool(connection_class=Noted, path=path, retry=Retry(NoBackoff(), 1))
    with redis.Redis(connection_pool=pool) as client:
        client.script_flush()
        yield client
    pool.disconnect()
    Noted.used.clear()


def test_every_script_of_a_thread_goes_over_the_same_connection(client: redis.Redis) -> None:
    lines = Lines(client)
    for text in (NAME, "return 'b'"):
        lines.script(text)(keys=[])  # the first time the server must be told it, the ordinary way
    Noted.used.clear()
    for text in (NAME, "return 'b'", NAME):
        lines.script(text)(keys=[])
    assert len(Noted.used) == 3
    assert len({id(each) for each in Noted.used}) == 1


def test_each_thread_has_its_own_and_gives_it_back_at_its_end(client: redis.Redis) -> None:
    name = Lines(client).script(NAME)
    name(keys=[])
    name(keys=[])
    Noted.used[:-1] = []
    for _ in range(3):
        thread = threading.Thread(target=name, kwargs={"keys": []})
        thread.start()
        thread.join()
    assert len(Noted.used) == 4
    assert len({id(each) for each in Noted.used}) == 2  # ours, and one that they had in turn


def test_a_connection_that_was_cut_is_left_and_the_script_runs(client: redis.Redis) -> None:
    name = Lines(client).script(NAME)
    name(keys=[])
    assert name(keys=[]) == b"a"
    with redis.Redis(unix_socket_path=client.connection_pool.connection_kwargs["path"]) as other:
        other.client_kill_filter(skipme=True, _type="normal")
    assert name(keys=[]) == b"a"
    assert name(keys=[]) == b"a"


def test_a_server_that_forgot_the_script_is_told_it_again(client: redis.Redis) -> None:
    name = Lines(client).script(NAME)
    for _ in range(2):
        client.script_flush()
        assert name(keys=[]) == b"a"


def test_what_a_script_complains_of_is_raised_and_the_line_kept(client: redis.Redis) -> None:
    lines = Lines(client)
    name = lines.script(NAME)
    name(keys=[])
    name(keys=[])
    before = Noted.used[-1]
    wrong = lines.script("return redis.call('INCR', KEYS[1], 'too', 'many')")
    for _ in range(2):
        with pytest.raises(redis.ResponseError, match="Wrong number"):
            wrong(keys=["x"])
    name(keys=[])
    assert Noted.used[-1] is before


def test_a_server_that_is_gone_is_said_to_be() -> None:
    with (
        redis.Redis(port=1, retry=Retry(NoBackoff(), 1)) as nobody,
        pytest.raises(redis.ConnectionError),
    ):
        Lines(nobody).script(NAME)(keys=[])


def test_what_a_server_said_that_is_no_primary_any_more_is_asked_again(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = Lines(client)
    a, b = lines.script(NAME), lines.script("return 'b'")
    demoted = [redis.exceptions.ReadOnlyError(), b"from before"]
    monkeypatch.setattr(_Line, "hear", lambda *_: demoted)
    assert lines.run((a, [], []), (b, [], [])) == [b"a", b"b"]


def test_several_scripts_go_in_one_round_trip(client: redis.Redis) -> None:
    lines = Lines(client)
    a, b = lines.script(NAME), lines.script("return 'b'")
    assert lines.run((a, [], []), (b, [], [])) == [b"a", b"b"]
    Noted.used.clear()
    assert lines.run((b, [], []), (a, [], [])) == [b"b", b"a"]
    assert len(Noted.used) == 1


def test_of_several_scripts_one_that_complains_leaves_no_answer_behind(client: redis.Redis) -> None:
    lines = Lines(client)
    wrong, name = lines.script("return redis.call('INCR', KEYS[1], 'x')"), lines.script(NAME)
    for _ in range(2):
        with pytest.raises(redis.ResponseError, match="Wrong number"):
            lines.run((wrong, ["x"], []), (name, [], []))
        assert name(keys=[]) == b"a"
