"""The tables of docs/capacity.md, from what was counted. Knows words and units, measures nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from bench.capacity_counts import MICRO, Found
from bench.capacity_sums import Need, Parts, most_at, need
from bench.world import ROOT

PAGE: Final = ROOT / "docs" / "capacity.md"
BEGIN: Final = "<!-- measured: what follows is written by `make capacity` -->"
END: Final = "<!-- end of what is measured -->"
RATES: Final = (1, 10, 100, 1_000)
Row = tuple[str, Callable[[Found], str]]


def told(found: Sequence[Found]) -> str:
    """Return everything as text, as far as it was measured."""
    return "\n\n".join(_parts(found))


def write(found: Sequence[Found]) -> None:
    """Put what was counted into the page, between its marks."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    text = "\n\n".join([before + BEGIN, told(found), END])
    PAGE.write_text(text + rest.partition(END)[2], encoding="utf-8")


def _parts(found: Sequence[Found]) -> Iterator[str]:
    yield "### What one verification asks of each"
    yield _table(found, ASKED)
    yield "### What a second asks, whatever goes on"
    yield _table(found, STANDING)
    yield "### What is kept"
    yield _kept(found[0])
    if len(found) > 1:
        one, three = (parts_of(each, found[0]) for each in found[:2])
        yield "### What that makes"
        yield "\n".join(_needs([need(rate, one, three) for rate in RATES]))
        yield (
            f"One primary carries {most_at(1, one, three)} verifications a second before its core is half used, "
            f"three carry {most_at(3, one, three)}."
        )
    yield (
        f"This machine's disk, asked for 512 bytes that must stay, took {found[0].sync * 1000:.2f} ms; "
        "a disk that has to turn takes ten, one with a battery of its own 0.02."
    )


def parts_of(found: Found, single: Found) -> Parts:
    """Return what the arithmetic takes; `single` is one primary, where memory and processes were measured."""
    many, shared = found.each("many"), found.each("shared")
    second = found.standing("two") - found.standing("one")
    kept = single.live
    day = kept["idempotency key"] + kept["calls to the number"]
    return Parts(
        web=single.each("many").processes["web"] / MICRO,
        worker=single.each("many").processes["worker"] / MICRO,
        worker_more=max(0.0, (shared - many).processes["worker"] / MICRO),
        redis=many.all("cpu") / MICRO,
        redis_more=max(0.0, (shared - many).all("cpu") / MICRO),
        unevenness=many.most("cpu") / many.all("cpu") * found.primaries,
        changes=many.all("cmd publish"),
        message=single.message / MICRO,
        look=found.look.all("cpu") / MICRO,
        worker_second=second.all("cpu") / MICRO,
        syncs=found.each("alone").all("syncs"),
        file=many.all("file"),
        network=many.all("bytes in") + many.all("bytes out") + many.all("bytes to replicas"),
        rows=single.rows,
        live=kept["everything"] - day,
        ended=max(0.0, single.each("many").all("memory") - day),
        day=day,
    )


def _of(name: str, digits: int = 0, which: str = "many") -> Callable[[Found], str]:
    return lambda found: f"{found.each(which).all(name):,.{digits}f}"


def _cpu(name: str, which: str = "many") -> Callable[[Found], str]:
    return lambda found: f"{found.each(which).processes[name] / 1000:.1f}"


def _busiest(found: Found) -> str:
    many = found.each("many")
    return f"{many.most('cpu'):,.0f} ({many.most('cpu') / many.all('cpu'):.0%})"


def _second(name: str) -> Callable[[Found], str]:
    return lambda found: f"{(found.standing('two') - found.standing('one')).all(name):,.0f}"


ASKED: Final[Sequence[Row]] = (
    ("round trips to Redis", _of("trips", 1)),
    ("scripts", _of("scripts", 1)),
    ("commands within them and beside", _of("commands", 1)),
    ("Redis CPU, µs, all primaries", _of("cpu")),
    ("of it the busiest primary's", _busiest),
    ("partitions of 64", lambda found: ", ".join(map(str, found.partitions))),
    ("writes forced to disk, one verification at a time", _of("syncs", 1, "alone")),
    ("writes forced to disk, 16 at once", _of("syncs", 1)),
    ("bytes written to the file", _of("file")),
    ("bytes into Redis", _of("bytes in")),
    ("bytes out of it", _of("bytes out")),
    ("of these to replicas", _of("bytes to replicas")),
    ("changes told to whoever waits", _of("cmd publish")),
    ("web process, CPU in ms", _cpu("web")),
    ("worker, CPU in ms", _cpu("worker")),
    ("rows in the archive", lambda found: f"{found.rows:.1f}"),
    ("with a second worker: round trips", _of("trips", 1, "shared")),
    ("with a second worker: Redis CPU, µs", _of("cpu", 0, "shared")),
    ("with a second worker: both workers' CPU in ms", _cpu("worker", "shared")),
)
STANDING: Final[Sequence[Row]] = (
    ("a worker: scripts", _second("scripts")),
    ("a worker: round trips", _second("trips")),
    ("a worker: Redis CPU, µs", _second("cpu")),
    ("a web process: scripts, looking for room", lambda found: f"{found.look.all('scripts'):,.0f}"),
    ("a web process: round trips", lambda found: f"{found.look.all('trips'):,.0f}"),
    ("a web process: Redis CPU, µs", lambda found: f"{found.look.all('cpu'):,.0f}"),
)


def _table(found: Sequence[Found], rows: Sequence[Row]) -> str:
    lines = [
        "| | " + " | ".join(each.name for each in found) + " |",
        "|---" + "|--:" * len(found) + "|",
    ]
    lines += [f"| {title} | " + " | ".join(map(of, found)) + " |" for title, of in rows]
    return "\n".join(lines)


def _kept(found: Found) -> str:
    parts = parts_of(found, found)
    rows = {
        "while it goes on, its story with it": parts.live,
        "an hour from its verdict on": parts.ended,
        "a day from its start on: idempotency key, calls to the number": parts.day,
    }
    lines = [f"| {name} | {size:,.0f} |" for name, size in rows.items()]
    return "\n".join(["| bytes in Redis of one verification | |", "|---|--:|", *lines])


def _needs(needs: Sequence[Need]) -> Iterator[str]:
    rows: Sequence[tuple[str, Callable[[Need], str]]] = (
        ("web processes, `api` and `hooks`", lambda one: f"{one.web}"),
        ("how much of a core each uses", lambda one: f"{one.web_use:.0%}"),
        ("workers", lambda one: f"{one.workers}"),
        ("how much of a core each uses", lambda one: f"{one.worker_use:.0%}"),
        ("primaries", lambda one: f"{one.primaries}"),
        ("how much of a core the busiest uses", lambda one: f"{one.busiest:.0%}"),
        ("memory of all primaries together", lambda one: _size(one.memory)),
        ("writes forced to disk a second, at most", lambda one: f"{one.syncs:,.0f}"),
        ("bytes written to the files a second", lambda one: _size(one.file)),
        ("network of the primaries, Mbit/s", lambda one: f"{one.network * 8 / 1e6:,.1f}"),
        ("rows into the database a second", lambda one: f"{one.rows:,.0f}"),
    )
    yield "| verifications a second | " + " | ".join(f"{one.rate:,.0f}" for one in needs) + " |"
    yield "|---" + "|--:" * len(needs) + "|"
    for title, of in rows:
        yield f"| {title} | " + " | ".join(map(of, needs)) + " |"


def _size(value: float) -> str:
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:,.0f} {unit}"
        value /= 1000
    return f"{value:,.1f} GB"
