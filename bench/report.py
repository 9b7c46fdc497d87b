"""The page docs/benchmark.md and its chart, from what was measured. Knows goals and words, measures nothing."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.kinds import KINDS
from bench.peers import PEERS, PeerCosts
from bench.rounds import Costs
from bench.world import ROOT

PAGE = ROOT / "docs" / "benchmark.md"
CHART = ROOT / "docs" / "benchmark.svg"
BEGIN = "<!-- measured: what follows is written by `make bench` -->"
END = "<!-- end of what is measured -->"
GOALS = {
    "hook": 1.35,
    "status": 1.25,
    "poll": 1.25,
    "start": 1.5,
    "wrong_check": 1.5,
    "right_check": 1.5,
}


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that was measured."""

    costs: Costs
    whole: Sequence[float]
    latency: tuple[float, float, float]
    latency_of_floor: tuple[float, float, float]
    peers: PeerCosts
    servers: Costs | None
    beginnings: Mapping[str, float]
    held: Mapping[str, float]
    bytes: Mapping[str, float]
    growth: Sequence[Mapping[str, float]]
    flows: Sequence[Mapping[str, float]]
    rounds: int


def ratios(costs: Costs) -> str:
    """Return the table of the kinds of request."""
    lines = [
        "| request | ours, µs | spread | Redis', µs | floor, µs: none | its round trips | ratio | spread | goal |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for kind in KINDS:
        if kind.name not in costs.server:
            continue
        base = f"{kind.name}/{kind.trips}"
        ratio, low, high = costs.ratio(kind.name, base)
        own = costs.server[kind.name]
        goal = GOALS[kind.name]
        lines.append(
            f"| {kind.title} | {costs.median(kind.name):.0f} | {min(own):.0f}–{max(own):.0f} "
            f"| {statistics.median(costs.redis[kind.name]):.0f} | {costs.median(kind.name + '/0'):.0f} "
            f"| {costs.median(base):.0f} ({kind.trips}) | **{ratio:.2f}** | {low:.2f}–{high:.2f} "
            f"| {goal:.2f} {'met' if ratio <= goal else 'not met'} |"
        )
    return "\n".join(lines)


def write(report: Report) -> None:
    """Put what was measured into the page, between its marks, and draw the chart."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(
        before + BEGIN + "\n\n" + "\n\n".join(_parts(report)) + "\n\n" + END + after,
        encoding="utf-8",
    )
    CHART.write_text(_chart(_bars(report)), encoding="utf-8")


def _parts(report: Report) -> Iterator[str]:
    yield f"CPU of the server's own processes per request, median of {report.rounds} rounds (ratios within a round):"
    yield ratios(report.costs)
    yield _goals(report)
    yield "### Peers, in the same run"
    yield "\n".join(_peer_lines(report.peers))
    yield "### Servers: a hook turn, each against its own floor with two EVALSHA"
    yield "\n".join(_server_lines(report.servers))
    yield "### Growth"
    yield "\n".join(_growth_lines(report.growth))
    yield "### Call flows in force: banks with scripts of their own, each file of each another"
    yield "\n".join(_flow_lines(report.flows))
    yield "### Bytes in Redis of a verification whose passcode was just spoken"
    yield "\n".join(
        [
            "| what | bytes |",
            "|---|--:|",
            *(f"| {name} | {size:.0f} |" for name, size in report.bytes.items()),
        ]
    )
    yield "### Beginnings and sizes"
    yield "\n".join(
        [
            "| what | |",
            "|---|--:|",
            *(f"| {name} | {value:.1f} |" for name, value in report.beginnings.items()),
        ]
    )
    held = report.held
    yield (
        f"{held['held']:.0f} polls held at once cost {held['us a second']:.1f} µs of CPU a second each; "
        f"a web process that nobody asks costs {held['idle us a second']:.0f} µs a second."
    )


def _goals(report: Report) -> str:
    costs, begun = report.costs, report.beginnings
    both = {
        name: sum(map(statistics.median, steps.values()))
        for name, steps in report.peers.found.items()
        if len(steps) == 2
    }
    best = min(both.values(), default=0.0)
    whole = statistics.median(report.whole)
    start_check = costs.median("start") + costs.median("right_check")
    view = (
        statistics.median(report.peers.found["two_factor"]["call view"])
        if "two_factor" in report.peers.found
        else 0.0
    )
    rate, p50, p99 = report.latency
    at_load = f"hook turn at 70 % load ({rate:.0f}/s)"
    of_floor = report.latency_of_floor[2] / report.latency_of_floor[1]
    first, last = report.growth[0], report.growth[-1]
    slower = max(last[name] / first[name] for name in ("hook", "wrong_check", "poll"))
    rows = [
        (
            "hook turn, below django-two-factor-auth's call view",
            costs.median("hook") / view if view else 0,
            1.0,
        ),
        (
            "start + check, of the best peer's register + verify",
            start_check / best if best else 0,
            0.4,
        ),
        (
            f"whole verification ({whole / 1000:.1f} ms), of the best peer's register + verify",
            whole / best if best else 0,
            1.0,
        ),
        (
            f"{at_load}: p99 {p99:.1f} ms, of p50 {p50:.1f} ms; the floor's {of_floor:.2f}",
            p99 / p50,
            3.0,
        ),
        (
            f"{first['live']:,.0f} to {last['live']:,.0f} live: CPU per operation, the worst",
            slower,
            1.15,
        ),
        ("Redis: bytes per live verification in mid-call", report.bytes["everything"], 900),
        (
            "web process, of the bare Flask app",
            begun["web process, MiB"] / begun["bare Flask, MiB"],
            1.35,
        ),
        ("call after the API's answer, ms", begun["call after the API's answer, ms"], 15),
    ]
    lines = ["| goal | measured | at most | |", "|---|--:|--:|---|"]
    for name, value, most in rows:
        said = f"{value:.0f}" if most > 100 else f"{value:.2f}"
        lines.append(f"| {name} | {said} | {most:g} | {'met' if value <= most else 'not met'} |")
    lines.append(
        "| Redis round trips: start 3, hook 2, check 2, poll 1 | as said | | met, counted by a test |"
    )
    return "\n".join(lines)


def _peer_lines(costs: PeerCosts) -> Iterator[str]:
    yield "| peer | CPU per request, µs | what it does | what it does not |"
    yield "|---|---|---|---|"
    for peer in PEERS:
        if peer.name in costs.found:
            steps = costs.found[peer.name]
            figures = ", ".join(
                f"{step} {statistics.median(each):.0f} ({min(each):.0f}–{max(each):.0f})"
                for step, each in steps.items()
            )
        else:
            figures = "could not be started here"
        yield f"| {peer.title} | {figures} | {peer.does} | {peer.lacks} |"


def _server_lines(costs: Costs | None) -> Iterator[str]:
    if costs is None:
        yield "Not measured: `make bench` installs them."
        return
    yield "| server | ours, µs | floor, µs | ratio |"
    yield "|---|--:|--:|--:|"
    for name in costs.server:
        if not name.endswith("floor"):
            ratio, low, high = costs.ratio(name, f"{name} floor")
            yield (
                f"| {name} | {costs.median(name):.0f} | {costs.median(name + ' floor'):.0f} "
                f"| {ratio:.2f} ({low:.2f}–{high:.2f}) |"
            )


def _growth_lines(rows: Sequence[Mapping[str, float]]) -> Iterator[str]:
    yield "| live verifications | hook, µs (Redis') | wrong check | poll | a worker's look at all partitions, ms |"
    yield "|--:|--:|--:|--:|--:|"
    for row in rows:
        figures = " | ".join(
            f"{row[name]:.0f} ({row[f'{name} redis']:.0f})"
            for name in ("hook", "wrong_check", "poll")
        )
        yield f"| {row['live']:,.0f} | {figures} | {row['sweep ms']:.1f} |"


def _flow_lines(rows: Sequence[Mapping[str, float]]) -> Iterator[str]:
    yield "| call flows | start, µs | hook | poll | web process, MiB | ready after, s |"
    yield "|--:|--:|--:|--:|--:|--:|"
    for row in rows:
        yield (
            f"| {row['flows']:,.0f} | {row['start']:.0f} | {row['hook']:.0f} | {row['poll']:.0f} "
            f"| {row['MiB']:.1f} | {row['ready s']:.1f} |"
        )


def _bars(report: Report) -> Iterator[tuple[str, float, str]]:
    for kind in KINDS:
        yield (
            f"floor: {kind.name}, {kind.trips} EVALSHA",
            report.costs.median(f"{kind.name}/{kind.trips}"),
            "#9aa7b5",
        )
        yield f"Honnin: {kind.name}", report.costs.median(kind.name), "#1f6feb"
    for name, steps in report.peers.found.items():
        for step, found in steps.items():
            yield f"{name}: {step}", statistics.median(found), "#d08770"


def _chart(bars: Iterator[tuple[str, float, str]]) -> str:
    """Draw bars of CPU per request in µs; what is longer than the page ends in its figure."""
    rows, scale, most = list(bars), 0.06, 9_000.0
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="860" height="{len(rows) * 22 + 34}" '
            'font-family="sans-serif" font-size="13">'
        ),
        '<rect width="100%" height="100%" fill="#fff"/>',
        '<text x="8" y="18" font-weight="bold">CPU per request, µs</text>',
    ]
    for place, (name, value, colour) in enumerate(rows):
        y, width = 30 + place * 22, min(value, most) * scale
        parts.append(
            f'<text x="218" y="{y + 13}" text-anchor="end">{name}</text>'
            f'<rect x="226" y="{y}" width="{width:.0f}" height="17" fill="{colour}"/>'
            f'<text x="{230 + width:.0f}" y="{y + 13}">{value:,.0f}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"
