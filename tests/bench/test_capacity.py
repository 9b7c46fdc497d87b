"""The short form of `make capacity`: it counts whole verifications, and its arithmetic holds."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from bench.capacity_sums import Need, Parts, most_at, need

ROOT = Path(__file__).parents[2]
ONE = Parts(
    web=0.01, worker=0.01, worker_more=0.0, redis=0.002, redis_more=0.0, unevenness=1.0, changes=12.0,
    message=0.0, look=0.0, worker_second=0.0, syncs=16.0, file=8_000.0, network=16_000.0, rows=13.0,
    live=2_000.0, ended=700.0, day=200.0,
)  # fmt: skip
THREE = replace(ONE, redis=0.003, unevenness=1.5)


def at(rate: float, **changed: float) -> Need:
    return need(rate, replace(ONE, **changed), replace(THREE, **changed))


@pytest.mark.real_server
@pytest.mark.slow
def test_whole_verifications_are_counted() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.capacity", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    rows = dict(re.findall(r"^\| (\S.*?) \| (\S+) \|$", done.stdout, re.MULTILINE))
    assert float(rows["changes told to whoever waits"]) >= 10
    assert float(rows["rows in the archive"]) >= 10
    assert 20 < float(rows["round trips to Redis"]) < 100
    assert float(rows["writes forced to disk, one verification at a time"]) >= 10


def test_what_is_needed_follows_from_what_one_takes() -> None:
    hundred = at(100)
    assert (hundred.web, hundred.workers, hundred.primaries) == (2, 10, 1)
    assert hundred.web_use == 0.5
    assert hundred.busiest == pytest.approx(0.2)
    assert (hundred.syncs, hundred.rows) == (1600, 1300)
    assert hundred.memory == 100 * (120 * 2000 + 3600 * 700 + 28_800 * 200)


def test_more_primaries_are_taken_where_one_would_be_more_than_half_used() -> None:
    assert at(250).primaries == 1
    thousand = at(1000)
    assert thousand.primaries == 9
    assert thousand.busiest == pytest.approx(1000 * 0.003 * 1.5 / 9)
    assert most_at(1, ONE, THREE) == 250
    assert most_at(3, ONE, THREE) == 333


def test_what_each_costs_the_others_is_reckoned_and_may_be_too_much() -> None:
    assert at(100, worker=0.1, worker_more=0.001).workers == 25
    assert at(100, message=0.0001).web > at(100).web
    with pytest.raises(ValueError, match=r"0\.5"):
        at(100, worker_more=0.005)
