import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ivr.adapters.kept_process import Command, KeptProcess, NotStarted
from tests.pids import a_parent, all_gone, kill_9, lives, told

PATH = {"PATH": os.defpath}

# A child and a grandchild; both shrug at SIGTERM when told to, and say their pids.
STUBBORN = "trap '' TERM; sleep 1000 & echo $$ $! >&2; wait; sleep 1000"
MILD = "sleep 1000 & echo $$ $! >&2; wait"

PARENT = """
import os, sys, time
from ivr.adapters.kept_process import Command, KeptProcess
kept = KeptProcess(Command(
    arguments=["sh", "-c", sys.argv[1]], environment={"PATH": os.defpath}, output=1, grace=0.5
))
time.sleep(1000)
"""


@contextmanager
def kept(script: str, *, grace: float = 5.0) -> Iterator[tuple[KeptProcess, list[int]]]:
    reader, writer = os.pipe()
    with os.fdopen(reader) as output:
        process = KeptProcess(
            Command(arguments=["sh", "-c", script], environment=PATH, output=writer, grace=grace)
        )
        os.close(writer)
        try:
            yield process, [int(word) for word in output.readline().split()]
        finally:
            process.stop()


def keeper_of(pid: int) -> int:
    listed = subprocess.run(["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, check=True)
    return int(listed.stdout)


def test_stopping_ends_the_grandchildren_too() -> None:
    with kept(MILD) as (process, family):
        assert process.pid == family[0]
        assert all(lives(pid) for pid in family)
        process.stop()
        assert not any(lives(pid) for pid in family)


def test_who_ignores_sigterm_is_killed_after_the_grace() -> None:
    with kept(STUBBORN, grace=0.3) as (process, family):
        begun = time.monotonic()
        process.stop()
        assert all_gone(*family)
        assert time.monotonic() - begun >= 0.3
        assert process.poll() == 128 + signal.SIGKILL


def test_an_exit_code_arrives() -> None:
    with kept("exit 7") as (process, _):
        while process.poll() is None:
            time.sleep(0.01)
        assert process.poll() == 7


def test_a_command_that_ended_leaves_no_grandchild() -> None:
    with kept("sleep 1000 & echo $!; exit 0") as (_, family):
        assert all_gone(*family)


def test_stdin_arrives_and_arguments_hold_none_of_it(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    process = KeptProcess(
        Command(
            arguments=["sh", "-c", f"cat > {heard}; sleep 1000"],
            environment=PATH,
            stdin=b"a secret",
        )
    )
    try:
        while not heard.exists() or not heard.read_text():
            time.sleep(0.01)
        assert heard.read_text() == "a secret"
    finally:
        process.stop()


def test_a_missing_program_is_named() -> None:
    with pytest.raises(NotStarted, match="/no/such/program"):
        KeptProcess(Command(arguments=["/no/such/program"], environment=PATH))


def test_the_environment_is_exactly_the_given_one(tmp_path: Path) -> None:
    with (tmp_path / "said").open("w+") as said:
        process = KeptProcess(
            Command(arguments=["/usr/bin/env"], environment={"ONLY": "this"}, output=said.fileno())
        )
        while process.poll() is None:
            time.sleep(0.01)
        process.stop()
        said.seek(0)
        # Python gives LC_CTYPE to its children where the locale is C (PEP 538).
        assert set(said.read().split()) - {"LC_CTYPE=C.UTF-8"} == {"ONLY=this"}


def test_folders_go_with_a_stopped_command_and_stay_with_one_that_ended(tmp_path: Path) -> None:
    for name, script in (("stopped", "sleep 1000"), ("ended", "exit 3")):
        (tmp_path / name).mkdir()
        process = KeptProcess(
            Command(arguments=["sh", "-c", script], environment=PATH, removed=[tmp_path / name])
        )
        while script == "exit 3" and process.poll() is None:
            time.sleep(0.01)
        process.stop()
    assert [folder.name for folder in tmp_path.iterdir()] == ["ended"]


def test_the_terminal_of_the_starter_is_not_the_commands() -> None:
    with kept(MILD) as (process, _):
        assert os.getsid(process.pid) != os.getsid(0)


@pytest.mark.parametrize("script", [MILD, STUBBORN])
def test_kill_9_of_the_starter_ends_everybody(script: str) -> None:
    with a_parent(PARENT, script) as parent:
        family = [int(word) for word in told(parent)]
        keeper = keeper_of(family[0])
        kill_9(parent.pid)
        assert all_gone(keeper, *family)


def test_a_killed_keeper_is_noticed_and_its_duty_done() -> None:
    with kept(STUBBORN) as (process, family):
        kill_9(keeper_of(family[0]))
        while process.poll() is None:
            time.sleep(0.01)
        process.stop()
        assert all_gone(*family)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_kill_9_of_starter_and_keeper_at_once_ends_the_command() -> None:
    with a_parent(PARENT, "echo $$ >&2; exec sleep 1000") as parent:
        command = int(told(parent)[0])
        kill_9(keeper_of(command), parent.pid)
        assert all_gone(command)
