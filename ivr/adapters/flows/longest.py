"""The longest way through a flow, with every bounded repeat taken as often as it can be.

Knows the graph of steps and what a call's engine counts: how often a step was repeated, whatever the
reason. Does not know what a step says or how long that takes: it is told. Takes time in proportion
to the steps.

What is returned is a bound: no call is longer. It is reached where every repeat leads straight back
to its step, as repeats do that a person would write.

The ways that may be taken any number of times make no circle (`endless_loops`), so the longest way
along them is found from its end. A repeat that leads straight back is counted into its step. One that
leads elsewhere adds at most what it gains: its step, and the longest way from where it leads, less
the longest way from its step, as often as the step may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from ivr.domain.callflow import Step
from ivr.domain.routes import Steps, Way, silent_chain, ways_of

Seconds = Callable[[Step], float]


class Longest(msgspec.Struct, frozen=True, kw_only=True):
    """A bound in seconds, and the way that comes to it, each step with how often it is taken."""

    seconds: float
    way: str


def longest_call(steps: Steps, start: str, decided: str, whole: Seconds, said: Seconds) -> Longest:
    """Bound a call; `whole` is all of a step, `said` what it says without asking.

    From every question a call can go to `decided`: the verdict may fall elsewhere meanwhile.
    """
    order = endless_order(steps, start)
    loops = {name: _Loop(steps, name, whole, said) for name in order}
    ahead: dict[str, float] = {}
    following: dict[str, str] = {}
    end = whole(steps[decided])
    for name in order:
        onward = {way.to: ahead[way.to] for way in ways_of(steps[name]) if not way.bounded}
        if steps[name].ask:
            onward.setdefault(decided, end)
        best = max(onward, key=onward.__getitem__, default="")
        following[name] = best
        ahead[name] = loops[name].seconds + onward.get(best, 0.0)
    detours = sum(loop.gain(ahead) for loop in loops.values())
    return Longest(
        seconds=ahead[start] + detours, way=_way(start, decided, following, loops, detours)
    )


def longest_way_to(
    steps: Steps, start: str, end: Callable[[Step], bool], cost: Seconds
) -> dict[str, float]:
    """Return the most seconds before each `end` begins, repeats not taken; nothing lies behind one."""
    found: dict[str, float] = {start: 0.0}
    for name in reversed(endless_order(steps, start)):
        if name not in found or end(steps[name]):
            continue
        there = found[name] + cost(steps[name])
        for way in ways_of(steps[name]):
            if not way.bounded:
                found[way.to] = max(found.get(way.to, 0.0), there)
    return {name: seconds for name, seconds in found.items() if end(steps[name])}


def endless_order(steps: Steps, start: str) -> list[str]:
    """Return the steps that a call can reach, each behind all those to which it leads without a bound."""
    order: dict[str, None] = {}
    ahead: dict[str, Iterator[Way]] = {}
    roots = [start]
    while roots:
        root = roots.pop()
        if root in order:
            continue
        ahead[root] = ways_of(steps[root])
        while ahead:
            name = next(reversed(ahead))
            way = next(ahead[name], None)
            if way is None:
                ahead.popitem()
                order[name] = None
            elif way.bounded:
                roots.append(way.to)
            elif way.to not in order and way.to not in ahead:
                ahead[way.to] = ways_of(steps[way.to])
    return list(order)


class _Loop:
    """A step with its repeats: those that lead straight back, and those that do not."""

    def __init__(self, steps: Steps, name: str, whole: Seconds, said: Seconds) -> None:
        step = steps[name]
        bounded = [way for way in ways_of(step) if way.bounded]
        self.repeats = max((way.target.repeat or 0 for way in bounded if way.target), default=0)
        self._away: list[str] = []
        back: list[float] = []
        for way in bounded:
            chain = [] if way.to == name else list(_until(silent_chain(steps, way.to), name))
            if way.to == name or steps[chain[-1].name].then == name:
                back.append(sum(map(said, chain)))
            else:
                self._away.append(way.to)
        once = whole(step)
        self._name = name
        self.times = 1 + self.repeats if back else 1
        self.seconds = once * self.times + self.repeats * max(back, default=0.0)

    def gain(self, ahead: dict[str, float]) -> float:
        """Return what the repeats that lead elsewhere can add at most; `ahead` is the way on from each step."""
        gains = [self.seconds + ahead[to] - ahead[self._name] for to in self._away]
        return self.repeats * max(0.0, *gains) if gains else 0.0

    def __str__(self) -> str:
        return self._name if self.times == 1 else f"{self._name} ×{self.times}"


def _until(chain: Iterator[Step], name: str) -> Iterator[Step]:
    for step in chain:
        yield step
        if step.then == name:
            return


def _way(
    start: str, decided: str, following: dict[str, str], loops: dict[str, _Loop], detours: float
) -> str:
    """Write the way down; it ends at `decided` even where a broken flow goes on from there."""
    name = start
    names = [str(loops[name])]
    while name != decided and (name := following.get(name, "")):
        names.append(str(loops[name]) if name in loops else name)
    if detours:
        names.append(f"and back, {detours:.0f} s")
    return " → ".join(names)
