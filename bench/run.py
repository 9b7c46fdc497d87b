"""`make bench`: measure everything and write docs/benchmark.md and its chart. QUICK=1: floor and ours only."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from bench.beginnings import beginnings
from bench.growth import bytes_per_verification, growth, held_polls
from bench.kinds import BY_NAME, KINDS
from bench.load import LOAD_CORE, replay
from bench.others import PYTHON, under_other_servers
from bench.peers import compare_peers
from bench.report import Report, ratios, write
from bench.rounds import Stage, answers_of, compare, ours, staged
from bench.whole import whole_cost

TARGET_LOAD = 0.7
LATENCY_LINES = 64
MANY = 10_000
SIZES = (1_000, 10_000, 100_000, 1_000_000)


def main() -> None:
    """Measure, print, and write the page unless only a quick look is wanted."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--rounds", type=int, default=0)
    arguments.add_argument("--most-live", type=int, default=SIZES[-1])
    chosen = arguments.parse_args()
    if sys.platform != "linux" or (os.cpu_count() or 1) <= LOAD_CORE:
        raise SystemExit("bench: Linux with two cores is needed: one serves, the other asks")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, staged(Path(folder)) as stage:
        if chosen.quick:
            print(ratios(compare(stage, KINDS, chosen.rounds or 2, 300)))
        else:
            report = measure(stage, chosen.rounds or 5, chosen.most_live)
            write(report)
            print(ratios(report.costs))
    print(f"bench: {time.monotonic() - began:.0f} s")


def measure(stage: Stage, rounds: int, most_live: int) -> Report:
    """Measure everything that the page shows."""
    server = ours(stage)
    answers = answers_of(stage, server, KINDS)
    whole = sorted(whole_cost(stage, server, 64) for _ in range(rounds))
    latency = _latency(stage, server.port)
    server.stop()
    _say("the kinds of request")
    costs = compare(stage, KINDS, rounds, 500)
    _say("the peers")
    peers = compare_peers(stage.folder, max(rounds - 1, 2), 100)
    _say("the servers")
    servers = under_other_servers(stage, answers, 3, 400) if PYTHON.exists() else None
    _say("beginnings and sizes")
    begun = beginnings(stage, answers, 40)
    _say("held polls")
    held = held_polls(stage, 2000)
    _say("bytes")
    sizes = bytes_per_verification(stage, MANY)
    _say("growth")
    grown = growth(stage, [size for size in SIZES if size <= most_live], 300)
    return Report(
        costs=costs,
        whole=whole,
        latency=latency,
        peers=peers,
        servers=servers,
        beginnings=begun,
        held=held,
        bytes=sizes,
        growth=grown,
        rounds=rounds,
    )


def _latency(stage: Stage, port: int) -> tuple[float, float, float]:
    """Return requests a second, and p50 and p99 in ms of a hook turn at 70 % of what the server can do."""
    kind = BY_NAME["hook"]
    full = replay(port, stage.requests.batch(kind, 1500), 1500, kind.status)
    rate = full.answers / full.seconds * TARGET_LOAD
    pause = LATENCY_LINES / rate * 1000 - full.p50 / 2
    load = replay(
        port,
        stage.requests.batch(kind, 3000),
        3000,
        kind.status,
        connections=LATENCY_LINES,
        pause=pause,
    )
    return load.answers / load.seconds, load.p50, load.p99


def _say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
