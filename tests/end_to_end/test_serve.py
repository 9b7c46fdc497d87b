"""`ivr serve` as it runs for real: an embedded server of its own, and the carrier by its URL alone."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from ivr.cli.children import ROOT
from ivr.cli.demo import Stage, copy_configuration, free_port
from ivr.cli.processes import Family
from tests.end_to_end.conftest import House
from tests.end_to_end.test_command import ivr
from tests.end_to_end.test_killed import descendants_of
from tests.pids import all_gone

pytestmark = pytest.mark.real_server


@pytest.fixture
def served(house: House, tmp_path: Path) -> Iterator[tuple[House, "subprocess.Popen[str]"]]:
    """A second installation beside the house, on the same carrier account."""
    copy_configuration(tmp_path)
    port = free_port()
    api = f"http://127.0.0.1:{port}"
    environment = {
        **{
            name: value
            for name, value in house.stage.environment.items()
            if name != "IVR_REDIS_URL"
        },
        "IVR_PUBLIC_URL": api,
        "IVR_CONFIG": str(tmp_path / "config"),
        "IVR_DATA": str(tmp_path / "data"),
    }
    added = ivr("client", "add", "backend", "--bank", "honnin", environment=environment)
    key = re.search(r"honnin_\S+", added.stdout)
    assert key, added.stderr
    command = [sys.executable, "-m", "ivr", "serve", "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as serving:
        try:
            assert serving.stdout
            while "Serving on" not in (line := serving.stdout.readline()):
                assert line, "it ended before it served"
            stage = Stage(api=api, page=house.stage.page, environment=environment, key=key.group())
            yield House(stage=stage, folder=tmp_path, family=Family()), serving
        finally:
            serving.kill()


def test_it_serves_calls_on_an_embedded_server_and_ends_with_everybody(
    served: tuple[House, "subprocess.Popen[str]"],
) -> None:
    mine, serving = served
    mine.play("mei", {"question": True, "after": 1.0, "press": "9"})
    link = mine.start("205-7890123", "readout")
    assert mine.wait_for(link["id"], "failed")["reason"] == "not_me"
    shown = ivr(
        "account",
        "show",
        "--bank",
        "honnin",
        environment=mine.stage.environment,
        typed="205-7890123\n",
    )
    assert "no open verification" in shown.stdout, shown.stderr
    assert urllib3.request("GET", f"{mine.stage.api}/sim/phones").status == 404
    everybody = descendants_of(serving.pid)
    serving.send_signal(signal.SIGTERM)
    serving.wait(60)
    assert all_gone(*everybody)
    assert not (mine.folder / "data" / "redis.url").exists()


def test_a_carrier_that_is_not_https_is_refused_unless_told_so_by_name(house: House) -> None:
    environment = {**house.stage.environment, "IVR_ALLOW_HTTP": "no"}
    told = ivr("serve", environment=environment)
    assert told.returncode == 2
    assert "IVR_CARRIER_URL: must be https" in told.stderr
    assert "IVR_PUBLIC_URL: must be https" in told.stderr
