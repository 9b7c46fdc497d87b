"""A release is published and rolled back while fifty calls are in progress, by the commands staff use."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ivr.adapters.flows.files import compile_release, load_book
from ivr.adapters.redis_client import connect
from ivr.adapters.sql_archive import SqlArchive
from ivr.adapters.sql_releases import SqlReleases
from ivr.cli.children import ROOT
from ivr.domain.release import ALL_BANKS
from ivr.domain.staff import Member, Role
from ivr.service.ports import Entry
from ivr.service.releases import Releases
from tests.end_to_end.busy_house import WEB_PROCESSES, account_of, busy_house
from tests.end_to_end.conftest import House
from tests.pids import children_of

pytestmark = [pytest.mark.real_server, pytest.mark.slow]

CALLS, NEW_CALLS = 50, 9
SPEED = 4.0
PATIENT = (
    '{kind = "script", answer_after = 1.0, steps = ['
    + ", ".join(['{question = true, after = 8.0, press = "1"}'] * 4)
    + "]}"
)
"""Agrees, and has the passcode read to him again and again."""
PATIENCE = 60.0
"""Seconds for what the documents promise within two: a busy machine is no fault of ours."""
SHIPPED = load_book(ROOT / "callflows").release


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with busy_house(tmp_path, CALLS + 2 * NEW_CALLS, PATIENT, SPEED) as house:
        yield house


class Staff:
    """Somebody at a terminal."""

    def __init__(self, house: House, key: str = "") -> None:
        self._environment = {**house.stage.environment, "IVR_STAFF_KEY": key}

    def __call__(self, *arguments: str) -> str:
        """Run `ivr` and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "ivr", *arguments],
            env=self._environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert not done.returncode, done.stdout + done.stderr
        return done.stdout

    def hire(self, house: House, name: str, role: str) -> "Staff":
        """Add somebody, who goes to another terminal."""
        said = self("staff", "add", name, "--role", role)
        return Staff(house, said.splitlines()[0].rpartition(" ")[2])


def start(house: House, phone: int) -> str:
    view = house.start(account_of(phone), "readout")
    return str(view["id"])


def start_all(house: House, first: int, count: int) -> list[str]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda phone: start(house, phone), range(first, first + count)))


def stories(house: House, ids: list[str], kind: str, seconds: float) -> dict[str, list[Entry]]:
    """Wait until each of these verifications has come to something; return their stories."""
    archive = SqlArchive(f"sqlite:///{house.folder}/archive.sqlite")
    end = time.monotonic() + seconds
    while True:
        found = {each: archive.story(each) for each in ids}
        missing = [each for each, story in found.items() if not any(e.kind == kind for e in story)]
        if not missing:
            archive.close()
            return found
        assert time.monotonic() < end, f"{len(missing)} of {len(ids)} never came to {kind}"
        time.sleep(0.2)


def releases_in(story: list[Entry]) -> set[Any]:
    """The releases that the events of a call name, from when it began."""
    began = next(place for place, each in enumerate(story) if each.kind == "phone_answered")
    assert all(each.detail["step"] for each in story[began:] if "release" in each.detail)
    of_turns = [each for each in story if each.kind not in {"phone_answered", "callback_tried"}]
    begun = [each for each in of_turns if each.at > story[began].at]
    assert all("release" in each.detail for each in begun), [each.kind for each in begun]
    return {each.detail["release"] for each in story if "release" in each.detail}


def switched(house: House, release: str) -> list[float]:
    """When each web process took a release over, in seconds since the epoch."""
    lines = (house.folder / "web.log").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines if "flows_switched" in line]
    return [
        datetime.fromisoformat(each["at"]).timestamp()
        for each in found
        if each["scopes"]["*"] == release
    ]


def hire_everybody(house: House) -> tuple[Staff, Staff]:
    """Return an editor and an approver."""
    admin = Staff(house).hire(house, "kanri", "admin")
    return admin.hire(house, "sato", "editor"), admin.hire(house, "kato", "approver")


def approved(house: House, editor: Staff, approver: Staff, words: str) -> str:
    """Have a release drafted and approved in which the greeting says something else."""
    folder = house.folder / f"flows-{words}"
    shutil.copytree(ROOT / "callflows", folder)
    greeting = folder / "link-readout.yaml"
    text = greeting.read_text(encoding="utf-8")
    assert "お申し込み" in text
    greeting.write_text(text.replace("お申し込み", words), encoding="utf-8")
    said = editor("flow", "draft", str(folder), "--reason", "an imitation")
    (release,) = re.findall(r"Release ([0-9a-f]{12}) is drafted", said)
    approver("flow", "approve", release)
    return str(release)


def follow(house: House, first: int, release: str, since: float) -> list[str]:
    """Once every process took it over, every new call follows this release, whichever answers it."""
    wait_for_all(house, release, since)
    ids = start_all(house, first, NEW_CALLS)
    found = stories(house, ids, "turn_taken", 60.0)
    assert all(releases_in(story) == {release} for story in found.values())
    return ids


def test_fifty_calls_keep_their_release_while_another_is_published_and_rolled_back(
    house: House,
) -> None:
    editor, approver = hire_everybody(house)
    release = approved(house, editor, approver, "ご依頼")
    ids = start_all(house, 0, CALLS)
    stories(house, ids, "turn_taken", 60.0)
    before = time.time()
    approver("flow", "publish", release)
    newer = follow(house, CALLS, release, before)
    rolled_back = time.time()
    approver("flow", "rollback", "--reason", "complaints")
    follow(house, CALLS + NEW_CALLS, SHIPPED, rolled_back)

    ended = stories(house, ids, "call_ended", 120.0).values()
    assert all(releases_in(story) == {SHIPPED} for story in ended)
    assert all(
        any(each.kind == "turn_taken" and each.at < before * 1000 for each in s) for s in ended
    )
    assert all(story[-1].at > rolled_back * 1000 for story in ended)
    ended = stories(house, newer, "call_ended", 120.0).values()
    assert all(releases_in(story) == {release} for story in ended)


def wait_for_all(house: House, release: str, since: float) -> None:
    """Wait until every web process took a release over."""
    end = time.monotonic() + PATIENCE
    while len([each for each in switched(house, release) if each > since]) < WEB_PROCESSES:
        assert time.monotonic() < end, switched(house, release)
        time.sleep(0.02)


def kill_web_processes(house: House) -> float:
    """Kill every web process; gunicorn starts others. Return when."""
    killed = time.time()
    for pid in children_of(house.family.pid("web")):
        os.kill(pid, signal.SIGKILL)
    return killed


def test_the_worker_announces_what_nobody_else_did(tmp_path: Path) -> None:
    with busy_house(tmp_path, 1, PATIENT, SPEED) as house:
        editor, approver = hire_everybody(house)
        first = approved(house, editor, approver, "ご依頼")
        second = approved(house, editor, approver, "お話")
        store = SqlReleases(f"sqlite:///{house.folder}/archive.sqlite")
        releases = Releases(store, lambda scope, files: compile_release(scope, files).flows)
        kato = Member(name="kato", role=Role.APPROVER)

        releases.publish(kato, first, "whoever publishes dies before anything is announced")
        wait_for_all(house, first, time.time())
        at = time.time() + 2.0
        releases.publish(kato, second, "at a time", round(at * 1000), over=True)
        wait_for_all(house, second, 0.0)
        assert min(switched(house, second)) >= at - 0.001  # a log's time is cut to milliseconds

        with connect(house.stage.environment["IVR_REDIS_URL"]) as client:
            client.flushall()
        killed = kill_web_processes(house)
        wait_for_all(house, second, killed)

        ids = start_all(house, 0, 1)
        stories(house, ids, "turn_taken", 60.0)
        releases.roll_back(kato, ALL_BANKS, first, "and the call goes on with what it began with")
        wait_for_all(house, first, time.time())
        killed = kill_web_processes(house)
        (story,) = stories(house, ids, "call_ended", 120.0).values()
        assert releases_in(story) == {second}
        assert any(each.kind == "turn_taken" and each.at > killed * 1000 for each in story)
        store.close()
