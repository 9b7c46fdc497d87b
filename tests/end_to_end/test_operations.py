"""What operators see of the running product: health, metrics of all processes, and logs that tie together."""

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.end_to_end.busy_house import account_of, busy_house
from tests.end_to_end.conftest import House

pytestmark = [pytest.mark.real_server, pytest.mark.slow]
SAYS_NOT_ME = '{kind = "script", answer_after = 1.0, steps = [{question = true, press = "9"}]}'
PATIENCE = 60.0
REQUEST = "0b8f1c9e-7f0a-4d15-9a53-2f5a6f3f1a77"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("operations")
    with busy_house(folder, 4, SAYS_NOT_ME, 20.0) as opened:
        yield opened


def address(house: House, name: str) -> str:
    return f"http://127.0.0.1:{house.stage.environment[name]}"


def metric(house: House, name: str, *, of: str = "IVR_METRICS_BIND") -> float:
    """The sum of a metric's samples of which the line begins so."""
    text = urllib3.request("GET", f"{address(house, of)}/metrics", timeout=PATIENCE).data.decode()
    lines = [line for line in text.splitlines() if line.startswith(name)]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def test_counts_of_all_processes_are_shown_together_and_outlive_them(house: House) -> None:
    for place in range(3):
        view = house.start(account_of(place), "readout")
        house.wait_for(view["id"], "failed")
    started = 'honnin_request_seconds_count{endpoint="client_api.start",status="202"}'
    verdicts = 'honnin_verdicts_total{mode="readout",reason="not_me",verdict="fail"}'
    wait_until(lambda: metric(house, started) == 3)
    # A verdict is counted after it is saved, and may be told before it is counted.
    wait_until(lambda: metric(house, verdicts) == 3)
    assert metric(house, 'honnin_flow_release{release="') == 1
    worker = "IVR_WORKER_METRICS_BIND"
    wait_until(lambda: metric(house, "honnin_carrier_answers_total", of=worker) == 3)
    assert metric(house, "honnin_store_answers", of=worker) == 1
    wait_until(lambda: metric(house, "honnin_unarchived", of=worker) == 0)
    for pid in web_processes(house):
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: pid not in web_processes(house))  # type: ignore[misc]
    wait_until(lambda: len(web_processes(house)) == 3)
    assert metric(house, verdicts) == 3


def web_processes(house: House) -> list[int]:
    master = house.family.pid("web")
    tasks = Path(f"/proc/{master}/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


def test_metrics_are_at_their_own_address_and_nothing_else_is(house: House) -> None:
    metrics = address(house, "IVR_METRICS_BIND")
    assert urllib3.request("GET", f"{house.stage.api}/metrics").status == 404
    for path in ("/", "/healthz", "/v1/verifications/v", "/hooks/inbound", "/metrics/"):
        answer = urllib3.request("GET", metrics + path, headers={"Host": "127.0.0.1:8000"})
        assert answer.status == 404, path
    assert urllib3.request("POST", f"{metrics}/metrics").status == 404
    for host in ("honnin.example", metrics.removeprefix("http://")):
        asked = urllib3.request("GET", f"{house.stage.api}/metrics", headers={"Host": host})
        assert asked.status == 404, host


def test_the_logs_of_all_processes_tell_of_one_verification(house: House) -> None:
    view_id = started(house, account_of(3))
    house.wait_for(view_id, "failed")

    def told(name: str) -> list[Any]:
        return [line for line in lines(house.folder / name) if line.get("verification") == view_id]

    wait_until(lambda: any(each["event"] == "call_accepted" for each in told("worker.log")))
    first = told("web.log")[0]
    assert (first["event"], first["request"]) == ("request_answered", REQUEST)
    endpoints = {each["endpoint"] for each in told("web.log")}
    assert {"client_api.start", "carrier_hooks.voice", "client_api.read"} <= endpoints
    assert {"placing_started", "call_accepted"} <= {each["event"] for each in told("worker.log")}
    assert all(re.fullmatch("[0-9a-f-]{36}", each["request"]) for each in told("worker.log"))


def started(house: House, account: str) -> str:
    asked = {"mode": "readout", "purpose": "link", "bank": "honnin", "wallet": "kumopay"}
    status, view = house.ask(
        "POST", "/v1/verifications", {**asked, "account": account}, {"X-Request-Id": REQUEST}
    )
    assert status == 202
    return str(view["id"])


def test_without_the_store_a_process_lives_and_is_not_ready(house: House) -> None:
    os.kill(server_of(house), signal.SIGSTOP)
    try:
        alive = urllib3.request(
            "GET", f"{house.stage.api}/healthz", timeout=PATIENCE, retries=False
        )
        assert (alive.status, alive.json()) == (200, {"status": "alive"})
        ready = urllib3.request("GET", f"{house.stage.api}/readyz", timeout=PATIENCE, retries=False)
        assert (ready.status, ready.json()) == (503, {"status": "store_unavailable"})
    finally:
        os.kill(server_of(house), signal.SIGCONT)
    wait_until(lambda: urllib3.request("GET", f"{house.stage.api}/readyz").status == 200)


def server_of(house: House) -> int:
    """The process of the embedded server, by the lock that it holds."""
    return int((house.folder / "valkey" / "server.pid").read_text())
