"""The ways through a flow: which step leads to which, by what, and how often.

Knows the graph that steps make. Does not know what may lie on a way: the proof in `adapters/flows` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from ivr.domain.callflow import CLOSED, Step, Target

THEN = "then"


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way out of a step. `by` is an outcome, or `then`; a `bounded` way ends after some times."""

    by: str
    to: str
    bounded: bool = False
    target: Target | None = None


Steps = Mapping[str, Step]


def ways_of(step: Step) -> Iterator[Way]:
    """Yield the ways out of a step."""
    if step.then:
        yield Way(by=THEN, to=step.then)
    for outcome, target in step.on.items():
        if target.repeat is not None:
            yield Way(by=outcome, to=target.via or step.name, bounded=True, target=target)
        yield Way(by=outcome, to=target.then, target=target)


def reach(steps: Steps, start: str) -> set[str]:
    """Return the names reached from a step, itself among them; names of no step are among them."""
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead.extend(way.to for way in ways_of(steps[name])) if name in steps else None
    return reached


def silent_chain(steps: Steps, name: str) -> Iterator[Step]:
    """Yield the steps walked from `name` on without a question, the one that asks being the last.

    One that transfers is the last too: where the call goes from there, the desk decides.
    """
    return _chain(steps, name, is_desk_open=True)


def closed_chain(steps: Steps, name: str) -> Iterator[Step]:
    """Yield the steps walked without a question while the desk is closed, those that transfer among them."""
    return _chain(steps, name, is_desk_open=False)


def _chain(steps: Steps, name: str, *, is_desk_open: bool) -> Iterator[Step]:
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        step = steps[name]
        yield step
        following = step.then
        if step.transfer and not is_desk_open:
            following = step.on[CLOSED].then
        if following is None:
            return
        name = following


def along_chains(steps: Steps, amount: Callable[[Step], int]) -> dict[str, int]:
    """Sum an amount along the silent chain of every step, in time proportional to the steps.

    A chain that goes round without a question is summed from where it was entered first: it is an
    endless loop, and refused as that.
    """
    sums: dict[str, int] = {}
    for root in steps:
        path: dict[str, None] = {}
        name: str | None = root
        while name is not None and name not in sums and name not in path:
            path[name] = None
            name = None if steps[name].ask else steps[name].then
        total = sums.get(name, 0) if name is not None else 0
        for each in reversed(path):
            total += amount(steps[each])
            sums[each] = total
    return sums


def endless_loops(steps: Steps) -> Iterator[tuple[list[str], Way]]:
    """Yield loops without a bound: the names round the loop, and the way by which it closes.

    A depth-first walk over the ways that are taken any number of times; every way back to a step
    that is being walked closes a loop.
    """
    done: set[str] = set()
    for root in steps:
        path: dict[str, Iterator[Way]] = {}
        if root not in done:
            path[root] = _endless_ways(steps[root])
        while path:
            name = next(reversed(path))
            way = next(path[name], None)
            if way is None:
                path.popitem()
                done.add(name)
            elif way.to in path:
                names = list(path)
                yield names[names.index(way.to) :], way
            elif way.to not in done:
                path[way.to] = _endless_ways(steps[way.to])


def _endless_ways(step: Step) -> Iterator[Way]:
    return (way for way in ways_of(step) if not way.bounded)
