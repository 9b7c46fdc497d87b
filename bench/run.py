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
from bench.load import LOAD_CORE, Load, replay
from bench.many_flows import many_flows
from bench.others import PYTHON, under_other_servers
from bench.peers import compare_peers
from bench.report import Report, ratios, write
from bench.rounds import CONNECTIONS, Stage, answers_of, compare, floor, floored, ours, staged
from bench.servers import Server
from bench.whole import whole_cost

TARGET_LOAD = 0.7
LATENCY_LINES = 64
MANY = 10_000
FINE = 4
"""The kinds of request are measured in so many times as many rounds, each short beside a slow spell of the machine."""
FLOWS = (10, 100, 1_000)
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
            print(ratios(compare(stage, KINDS, FINE * (chosen.rounds or 2), 120)))
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
    latency = _latency(stage, server)
    server.stop()
    bare = floor(stage, answers, name="bare")
    latency_of_floor = _latency(stage, bare, at_floor=True)
    bare.stop()
    _say("the kinds of request")
    costs = compare(stage, KINDS, FINE * rounds, 120)
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
    _say("call flows")
    flows = many_flows(stage, FLOWS, 300)
    return Report(
        costs=costs,
        whole=whole,
        latency=latency,
        latency_of_floor=latency_of_floor,
        peers=peers,
        servers=servers,
        beginnings=begun,
        held=held,
        bytes=sizes,
        growth=grown,
        flows=flows,
        rounds=FINE * rounds,
    )


def _latency(stage: Stage, server: Server, *, at_floor: bool = False) -> tuple[float, float, float]:
    """Return requests a second, and p50 and p99 in ms of a hook turn at 70 % of what the server can do.

    Each connection waits for a while that chance draws, as people do.
    """
    kind = BY_NAME["hook"]

    def load(count: int, connections: int = CONNECTIONS, pause: float = 0) -> Load:
        requests = stage.requests.batch(kind, count)
        sent = floored(requests, kind.name, kind.trips) if at_floor else requests
        return replay(server.port, sent, count, kind.status, connections=connections, pause=pause)

    full = load(1500)
    rate = full.answers / full.seconds * TARGET_LOAD
    found = load(3000, LATENCY_LINES, LATENCY_LINES / rate * 1000 - full.p50 / 2)
    return found.answers / found.seconds, found.p50, found.p99


def _say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
