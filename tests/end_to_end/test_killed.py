"""kill -9 in mid-call: what was accepted still ends in a verdict, and nobody stays behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ivr.cli.children import ROOT, worker
from ivr.cli.demo import SECRETS, Stage, copy_configuration, free_port, set_up
from ivr.cli.main import read_env_file
from ivr.cli.processes import Family
from tests.end_to_end.conftest import House
from tests.pids import all_gone, children_of

pytestmark = pytest.mark.real_server

SLOW_YES = {"question": True, "after": 20.0, "press": "1"}
SHORT = """
[default]
verification_life = 12
passcode_life = 6
ring = 5
place_within = 5
carrier_queue = 1
"""


def test_a_web_process_that_is_killed_loses_no_call(house: House) -> None:
    house.play("jiro", {"question": True, "after": 8.0, "press": "1"})
    link = house.start("101-3456789", "readout")
    house.wait_for(link["id"], "answered", "consented", "spoken")
    for pid in children_of(house.family.pid("web")):
        os.kill(pid, signal.SIGKILL)
    view = house.wait_for(link["id"], "spoken", "heard")
    assert view["verdict"] is None


def test_a_worker_that_is_killed_leaves_its_work_to_the_next(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        house.play("jiro", SLOW_YES)
        first = house.start("101-3456789", "readout")
        house.wait_for(first["id"], "ringing", "answered", "consented", "spoken")
        os.kill(house.family.pid("worker"), signal.SIGKILL)
        second = house.start("205-4567890", "readout")
        with Family() as others:
            others.start(worker(house.stage.environment))
            for link in (first, second):
                assert house.wait_for(link["id"], "failed")["verdict"] == "fail"


def test_a_demo_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    shorten(tmp_path)
    port = free_port()
    with a_demo(tmp_path, port) as demo:
        house = house_of(tmp_path, port)
        house.play("hanako", SLOW_YES)
        link = house.start("101-1234567", "readout")
        house.wait_for(link["id"], "ringing", "answered", "consented", "spoken")
        everybody = descendants_of(demo.pid)
        assert len(everybody) > 5
        demo.kill()
        demo.wait()
        assert all_gone(*everybody)
    with a_demo(tmp_path, port) as demo:
        view = house_of(tmp_path, port).wait_for(link["id"], "failed")
        assert (view["verdict"], bool(view["receipt"])) == ("fail", True)
        everybody = descendants_of(demo.pid)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(60) == 0
        assert all_gone(*everybody)


def shorten(folder: Path) -> None:
    """Put a configuration with short lives in place."""
    copy_configuration(folder)
    (folder / "config" / "limits.toml").write_text(SHORT, encoding="utf-8")


@contextmanager
def a_house(folder: Path) -> Iterator[House]:
    """A house of one's own, with lives short enough to wait for."""
    shorten(folder)
    with Family() as family:
        stage = set_up(family, folder, port=free_port(), speed=10.0)
        yield House(stage=stage, folder=folder, family=family)


@contextmanager
def a_demo(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`ivr demo` on a folder, as a command; ready when its page is."""
    command = [sys.executable, "-m", "ivr", "demo", "--data", str(folder), "--speed", "10"]
    with subprocess.Popen(
        [*command, "--port", str(port)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as demo:
        try:
            assert demo.stdout
            said: list[str] = []
            while not any("in your browser" in line for line in said):
                line = demo.stdout.readline()
                assert line, "".join(said)
                said.append(line)
            yield demo
        finally:
            demo.kill()


def house_of(folder: Path, port: int) -> House:
    """What a bank's backend needs to reach a running demo."""
    environment = read_env_file(folder / SECRETS)
    stage = Stage(
        api=environment["HONNIN_API"],
        page=f"http://127.0.0.1:{port}",
        environment=environment,
        key=environment["HONNIN_API_KEY"],
    )
    return House(stage=stage, folder=folder, family=Family())


def descendants_of(pid: int) -> list[int]:
    """The pids of everybody below a process."""
    children = children_of(pid)
    return children + [each for child in children for each in descendants_of(child)]
