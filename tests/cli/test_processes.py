import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import urllib3

from ivr.adapters.embedded_server import EmbeddedServer
from ivr.adapters.kept_process import NotStarted
from ivr.cli.processes import Child, ChildFault, Family
from tests.pids import a_parent, all_gone, kill_9, lives, told

PATH = {"PATH": os.defpath}
# Says hello and, when it is asked to end, goodbye.
POLITE = f"""exec {sys.executable} -I -S -c '
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(print("bye")))
print("hello", flush=True)
time.sleep(1000)
'"""

WAITS = """
trap 'touch {own}; until [ -e {other} ]; do sleep 0.02; done; echo bye; exit' TERM
echo hello; while :; do sleep 0.02; done
"""

WEB = """
import os
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""

PARENT = """
import os, sys, time
from pathlib import Path
from ivr.adapters.embedded_server import EmbeddedServer
from ivr.cli.processes import Child, Family
folder, port = Path(sys.argv[1]), sys.argv[2]
with Family() as family:
    server = EmbeddedServer(folder / "data")
    server.start()
    family.adopt("server", server)
    family.start(
        Child(
            name="web",
            arguments=[sys.executable, "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}",
                       "web:app"],
            environment={"PATH": os.defpath, "PYTHONPATH": str(folder)},
            ready=f"http://127.0.0.1:{port}/",
            log=folder / "web.log",
        ),
        Child(name="worker", arguments=["sh", "-c", "sleep 1000 & wait"],
              environment={"PATH": os.defpath}),
    )
    print(family.pid("web"), family.pid("worker"), server.pid, flush=True)
    family.wait()
"""


class Heard:
    """A relay that remembers."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))

    def has(self, name: str, line: str) -> Callable[[], bool]:
        return lambda: (name, line) in self.lines


def a_child(
    name: str,
    script: str,
    *,
    ready: str | Callable[[], bool] | None = None,
    ready_within: float = 60.0,
    log: Path | None = None,
) -> Child:
    return Child(
        name=name,
        arguments=["sh", "-c", script],
        environment=PATH,
        ready=ready,
        ready_within=ready_within,
        grace=2.0,
        log=log,
    )


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def group_of(pid: int, *, size: int) -> set[int]:
    """Everybody in the process group of a child, once they are so many."""
    for _ in range(3000):
        listed = subprocess.run(["ps", "-e", "-o", "pid=,pgid="], capture_output=True, check=True)
        numbers = [int(number) for number in listed.stdout.split()]
        group = {one for one, of in zip(numbers[::2], numbers[1::2], strict=True) if of == pid}
        if len(group) == size:
            return group
        time.sleep(0.02)
    raise AssertionError(group)


def test_lines_are_relayed_behind_the_name() -> None:
    heard = Heard()
    with Family(heard) as family:
        family.start(a_child("anna", POLITE, ready=heard.has("anna", "hello")))
    assert heard.lines == [("anna", "hello"), ("anna", "bye")]


def test_all_end_youngest_first() -> None:
    heard = Heard()
    with Family(heard) as family:
        for name in ("anna", "bert", "carl"):
            family.start(a_child(name, POLITE, ready=heard.has(name, "hello")))
    assert [name for name, line in heard.lines if line == "bye"] == ["carl", "bert", "anna"]


def test_those_that_were_started_at_once_are_ended_at_once() -> None:
    """Each ends only when the other was told to end too."""
    heard = Heard()
    pair = ("anna", "bert")
    with tempfile.TemporaryDirectory() as folder, Family(heard) as family:
        family.start(
            *(
                a_child(
                    name,
                    WAITS.format(own=f"{folder}/{name}", other=f"{folder}/{other}"),
                    ready=heard.has(name, "hello"),
                )
                for name, other in (pair, pair[::-1])
            )
        )
        pids = [family.pid(name) for name in pair]
        family.stop()
        assert not any(map(lives, pids))
    assert {(name, "bye") for name in pair} <= set(heard.lines)


def test_an_address_that_answers_is_ready() -> None:
    port = free_port()
    serve = f"exec {sys.executable} -m http.server --bind 127.0.0.1 {port}"
    address = f"http://127.0.0.1:{port}/"
    with Family(Heard()) as family:
        family.start(a_child("web", serve, ready=address))
        assert urllib3.request("GET", address, retries=False).status == 200


def test_who_dies_while_starting_is_named_with_its_last_words() -> None:
    script = "echo cannot find my keys >&2; exit 3"
    with Family(Heard()) as family:
        with pytest.raises(ChildFault) as raised:
            family.start(a_child("anna", POLITE), a_child("bert", script, ready=lambda: False))
        anna = family.pid("anna")
    assert str(raised.value) == ("bert ended with code 3. It said last:\n  cannot find my keys")
    assert not lives(anna)


def test_who_is_not_ready_in_time_is_named() -> None:
    with Family(Heard()) as family, pytest.raises(ChildFault, match="anna was not ready in 0 s"):
        family.start(a_child("anna", POLITE, ready=lambda: False, ready_within=0.2))


def test_who_dies_later_is_noticed() -> None:
    with Family(Heard()) as family:
        family.start(a_child("anna", POLITE), a_child("bert", "exec sleep 1000"))
        family.wait(0.1)
        kill_9(family.pid("bert"))
        with pytest.raises(ChildFault, match=r"bert was ended by SIGKILL\. It said last: nothing"):
            family.wait()


def test_a_missing_program_is_named() -> None:
    child = Child(name="anna", arguments=["/no/such/thing"], environment=PATH)
    with Family(Heard()) as family, pytest.raises(NotStarted, match="/no/such/thing"):
        family.start(child)


def test_a_log_file_takes_the_lines_and_is_private(tmp_path: Path) -> None:
    heard, log = Heard(), tmp_path / "logs" / "anna.log"
    with Family(heard) as family:
        family.start(a_child("anna", "echo one; echo two >&2; exit 1", log=log))
        with pytest.raises(ChildFault, match=r"(?s)one.*two"):
            family.wait()
    assert log.read_text() == "one\ntwo\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert heard.lines == []


@pytest.mark.real_server
def test_an_adopted_server_is_watched_and_ended() -> None:
    server = EmbeddedServer()
    server.start()
    with Family(Heard()) as family:
        family.adopt("valkey", server)
        family.check()
        kill_9(server.pid)
        with pytest.raises(ChildFault, match=r"(?s)valkey was ended by SIGKILL.*Ready to accept"):
            family.wait()
    assert not lives(server.pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.real_server
def test_nobody_outlives_us(tmp_path: Path, number: int) -> None:
    (tmp_path / "web.py").write_text(WEB)
    with a_parent(PARENT, str(tmp_path), str(free_port())) as parent:
        web, worker, server = (int(word) for word in told(parent))
        # gunicorn and its two workers; the shell and its sleep
        everybody = group_of(web, size=3) | group_of(worker, size=2) | {server}
        os.kill(parent.pid, number)
        assert all_gone(*everybody)
        expected = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: -2}
        assert parent.wait() == expected[signal.Signals(number)]


def test_the_former_signal_handlers_come_back() -> None:
    former = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with Family(Heard()):
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, former)
