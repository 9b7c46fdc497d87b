import os
import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest
import redis

from ivr.adapters.data_dir import DataInUse
from ivr.adapters.embedded_server import EmbeddedServer, ServerFault, find_program
from tests.pids import a_parent, all_gone, kill_9, lives, told

pytestmark = pytest.mark.real_server

PARENT = """
import sys, time, redis
from pathlib import Path
from ivr.adapters.embedded_server import EmbeddedServer
folder = Path(sys.argv[1]) if sys.argv[1:] else None
with EmbeddedServer(folder) as server, redis.Redis.from_url(server.url) as client:
    for number in range(1000):
        client.set(f"key-{number}", number)
    print(server.pid, server.url, flush=True)
    time.sleep(1000)
"""


def client_of(server: EmbeddedServer) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_write_is_on_disk_and_nothing_is_evicted() -> None:
    with EmbeddedServer() as server, client_of(server) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("appendfsync") == {"appendfsync": "always"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("save") == {"save": ""}


def test_by_default_it_listens_on_a_socket_that_nobody_else_can_reach(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "data") as server, client_of(server) as client:
        path = Path(client.config_get("unixsocket")["unixsocket"])
        assert server.url == f"unix://{path}"
        assert mode(path.parent) == 0o700
        assert mode(tmp_path / "data") == 0o700
        assert mode(tmp_path / "data" / "valkey.log") == 0o600
        assert client.config_get("port") == {"port": "0"}


def test_a_folder_with_a_long_or_odd_name_serves_as_well(tmp_path: Path) -> None:
    folder = tmp_path / 'a "quoted" 本人 folder' / ("long" * 30)
    with EmbeddedServer(folder) as server, client_of(server) as client:
        path = Path(client.config_get("unixsocket")["unixsocket"])
        assert len(os.fsencode(path)) < 104
        assert mode(path.parent) == 0o700
        client.set("a", "1")
    assert not path.parent.exists()
    assert (folder / "appendonlydir").is_dir()
    with EmbeddedServer(folder) as server, client_of(server) as client:
        assert client.get("a") == "1"


def test_on_a_port_it_wants_a_password_that_no_process_list_shows() -> None:
    with EmbeddedServer(tcp_port=free_port()) as server, client_of(server) as client:
        assert client.ping()
        password = client.get_connection_kwargs()["password"]
        assert len(password) > 30
        listed = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, check=True)
        assert b"valkey-server" in listed.stdout
        assert password.encode() not in listed.stdout
        stranger = redis.Redis.from_url(server.url.replace(f":{password}@", ""))
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_a_taken_port_is_said_with_the_end_of_the_log() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ServerFault, match=r"(?s)ended at once.*Address already in use"):
            EmbeddedServer(tcp_port=taken.getsockname()[1]).start()


def test_data_outlive_a_stop(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server, client_of(server) as client:
        client.set("a", "1")
        first = server.pid
    assert not lives(first)
    with EmbeddedServer(tmp_path) as server, client_of(server) as client:
        assert client.get("a") == "1"


def test_without_a_folder_nothing_is_left() -> None:
    with EmbeddedServer() as server, client_of(server) as client:
        folder = Path(client.config_get("dir")["dir"])
        assert mode(folder) == 0o700
    assert not folder.exists()


def test_two_servers_side_by_side_share_nothing(tmp_path: Path) -> None:
    with (
        EmbeddedServer(tmp_path / "one") as one,
        EmbeddedServer(tmp_path / "two") as two,
        client_of(one) as first,
        client_of(two) as second,
    ):
        first.set("a", "1")
        assert second.get("a") is None


def test_a_folder_in_use_is_refused_with_the_process_that_has_it(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server, client_of(server) as client:
        with pytest.raises(DataInUse, match=f"process {server.pid}"):
            EmbeddedServer(tmp_path).start()
        assert client.ping()


def test_after_kill_9_of_us_the_data_are_there_and_no_server_is_left(tmp_path: Path) -> None:
    with a_parent(PARENT, str(tmp_path)) as parent:
        pid = int(told(parent)[0])
        kill_9(parent.pid)
        # At once, as a supervisor would: the old server may still be writing its last.
        with EmbeddedServer(tmp_path) as server, client_of(server) as client:
            assert not lives(pid)
            assert client.dbsize() == 1000
            assert client.get("key-999") == "999"


def test_after_kill_9_of_the_server_the_data_are_there(tmp_path: Path) -> None:
    with a_parent(PARENT, str(tmp_path)) as parent:
        pid = int(told(parent)[0])
        kill_9(pid, parent.pid)
        assert all_gone(pid)
        with EmbeddedServer(tmp_path) as server, client_of(server) as client:
            assert client.dbsize() == 1000


def test_kill_9_of_us_leaves_no_temporary_folder_either() -> None:
    with a_parent(PARENT) as parent:
        pid, url = told(parent)
        folder = Path(url.removeprefix("unix://")).parent.parent
        assert (folder / "appendonlydir").is_dir()
        kill_9(parent.pid)
        assert all_gone(int(pid))
        deadline = time.monotonic() + 60
        while folder.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not folder.exists()


def test_a_server_that_died_is_noticed(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server:
        assert server.poll() is None
        kill_9(server.pid)
        while server.poll() is None:
            time.sleep(0.01)
        assert server.poll() == 128 + 9
        assert any("Ready to accept" in line for line in server.last_lines())


def test_the_log_names_no_key(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server, client_of(server) as client:
        client.set("a-telling-key", "a-telling-value")
        with pytest.raises(redis.ResponseError):
            client.incr("a-telling-key")
    assert "telling" not in (tmp_path / "valkey.log").read_text()


def test_a_system_without_a_program_is_told_what_to_do() -> None:
    with pytest.raises(ServerFault, match=r"no server for sunos on sparc.*Redis or Valkey"):
        find_program("SunOS", "sparc")
