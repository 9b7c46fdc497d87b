"""What was counted while something was done, and what of it each verification took.

Knows sums and shares. Does not know how anything was counted, nor what the page says of it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.estates import Estate
from bench.servers import Server

MICRO = 1e6
ZCOUNT = "cmd zcount"
"""A look for room counts what is due; nothing else does."""
Counts = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What the primaries counted, one by one, and the CPU of the product's processes in us."""

    seconds: float
    primaries: Sequence[Counts]
    processes: Counts

    def __sub__(self, other: Usage) -> Usage:
        """Return what lies between two moments, or beyond something else."""
        return Usage(
            seconds=self.seconds - other.seconds,
            primaries=[_less(a, b) for a, b in zip(self.primaries, other.primaries, strict=True)],
            processes=_less(self.processes, other.processes),
        )

    def __mul__(self, times: float) -> Usage:
        """Return so many times as much."""
        return Usage(
            seconds=self.seconds * times,
            primaries=[_times(each, times) for each in self.primaries],
            processes=_times(self.processes, times),
        )

    def __truediv__(self, parts: float) -> Usage:
        """Return one part."""
        return self * (1 / parts)

    def all(self, name: str) -> float:
        """Return a count of all primaries together."""
        return sum(each.get(name, 0.0) for each in self.primaries)

    def most(self, name: str) -> float:
        """Return a count of the primary that has most of it."""
        return max(each.get(name, 0.0) for each in self.primaries)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found on one kind of estate."""

    name: str
    primaries: int
    replicas: int
    partitions: Sequence[int]
    counts: Mapping[str, int]
    used: Mapping[str, Usage]
    idle: Mapping[str, Usage]
    look: Usage
    sweep: Usage
    rows: float
    message: float
    live: Counts
    sync: float

    def standing(self, name: str) -> Usage:
        """Return what is done in a second where nothing is asked: `web`, or `one` or `two` workers beside it."""
        return self.idle[name] / self.idle[name].seconds

    def each(self, name: str) -> Usage:
        """Return what one verification took, without what time alone takes: `many`, `alone` or `shared`.

        A web process that is asked for anything looks for room once a second; that is no verification's.
        """
        used = self.used[name]
        a_second = self.standing("two" if name == "shared" else "one")
        looks = self.look * (used.all(ZCOUNT) / self.look.all(ZCOUNT))
        return (used - a_second * used.seconds - looks) / self.counts[name]


def use_of(estate: Estate, processes: Mapping[str, Sequence[Server]]) -> Usage:
    """Return everything that was counted so far."""
    cpu = {name: sum(each.cpu() for each in found) * MICRO for name, found in processes.items()}
    return Usage(seconds=time.monotonic(), primaries=estate.take_counts(), processes=Counter(cpu))


def _less(one: Counts, other: Counts) -> Counts:
    return {name: one.get(name, 0.0) - other.get(name, 0.0) for name in {*one, *other}}


def _times(one: Counts, times: float) -> Counts:
    return {name: value * times for name, value in one.items()}
