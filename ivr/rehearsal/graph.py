"""A flow as a graph that people read: what each step is, its first words, its seconds, its ways on.

Knows what is worth showing. Does not know how it is drawn (`mermaid.py`, `dot.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import accumulate
from typing import Final
from unicodedata import east_asian_width

import msgspec

from ivr.domain.callflow import (
    NOT_ME_KEY,
    CallFlow,
    Collect,
    In,
    Pace,
    Rest,
    Slot,
    Step,
    Target,
    Text,
)
from ivr.domain.reading import read_text
from ivr.domain.routes import THEN, ways_of
from ivr.domain.spoken_time import seconds
from ivr.rehearsal.values import Values

_FIRST_WORDS: Final = 56
"""So many narrow letters of a sentence are shown; a wide one is two."""
_STOPS: Final = "。.！？!?"


class Kind(StrEnum):
    """What a step is, the most telling thing about it first."""

    NOT_ME = "not_me"
    WARNING = "warning"
    CONSENT = "consent"
    PASSCODE = "passcode"
    QUESTION = "question"
    DESK = "desk"
    END = "end"
    ASIDE = "aside"
    SAYING = "saying"


COLOURS: Final = {
    Kind.CONSENT: ("#e3f1e5", "#2f7d3b"),
    Kind.WARNING: ("#fff0cf", "#b27300"),
    Kind.PASSCODE: ("#e2ecfb", "#2b5fae"),
    Kind.NOT_ME: ("#fbe0de", "#b3261e"),
    Kind.QUESTION: ("#f2f2f2", "#555555"),
    Kind.DESK: ("#dff3f5", "#1f7a86"),
    Kind.SAYING: ("#ffffff", "#555555"),
    Kind.END: ("#e9e4f2", "#5b4a86"),
    Kind.ASIDE: ("#ffffff", "#9a9a9a"),
}
"""Fill and line of each kind of step, in the order of a legend."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A step: its first words, and how many seconds all its words take."""

    name: str
    kind: Kind
    words: str
    seconds: float


class Bond(StrEnum):
    """What a way between two steps is."""

    CONSENT = "consent"
    NOT_ME = "not_me"
    AGAIN = "again"
    PLAIN = "plain"


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A way from step to step; `by` are the keys and answers that lead there, empty for `then`."""

    source: str
    target: str
    bond: Bond
    by: tuple[str, ...]


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """A whole flow: its start, its steps in order, and its ways."""

    start: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph_of(flow: CallFlow, language: str, values: Values) -> Graph:
    """Return the graph of a flow as it is spoken in a language at the normal pace."""
    nodes = tuple(
        Node(
            name=step.name,
            kind=_kind(flow, step),
            words=_first_words(step, language),
            seconds=_seconds(step, language, values),
        )
        for step in flow.steps.values()
    )
    edges = tuple(edge for step in flow.steps.values() for edge in _edges(step))
    return Graph(start=flow.start, nodes=nodes, edges=edges)


def spoken_texts(step: Step, language: str, pace: Pace) -> Iterator[Text]:
    """Yield the texts of a step, in order, as they are spoken in a language at a pace."""
    if step.say:
        yield step.say[language]
    if step.ask:
        yield step.ask.at(pace)[language]


def _kind(flow: CallFlow, step: Step) -> Kind:
    slots = {
        part.name
        for text in spoken_texts(step, next(iter(flow.voices)), Pace.NORMAL)
        for part in text
        if isinstance(part, Slot)
    }
    takes = step.ask is not None and step.ask.collect is Collect.PASSCODE
    tests = {
        Kind.NOT_ME: step.not_me,
        Kind.WARNING: step.warning,
        Kind.CONSENT: any(target.consent for target in step.on.values()),
        Kind.PASSCODE: takes or "passcode" in slots,
        Kind.QUESTION: step.ask is not None,
        Kind.DESK: step.transfer is not None,
        Kind.ASIDE: step.name in {flow.decided, flow.apology},
        Kind.END: step.hang_up,
    }
    return next((kind for kind, holds in tests.items() if holds), Kind.SAYING)


def _first_words(step: Step, language: str) -> str:
    """Return the step's first sentence, cut where it is long; placeholders stay as they are written."""
    words = ""
    for text in spoken_texts(step, language, Pace.NORMAL):
        for part in text:
            match part:
                case str():
                    words += part
                case Slot(name, _):
                    words += f"{{{name}}}"
                case Rest(_) | In(_):
                    words += " "
    words = words.strip()
    end = min((at + 1 for at in map(words.find, _STOPS) if at >= 0), default=len(words))
    return _cut(words[:end])


def _cut(words: str) -> str:
    widths = accumulate(2 if east_asian_width(letter) in "WF" else 1 for letter in words)
    fitting = sum(width <= _FIRST_WORDS for width in widths)
    return words if fitting == len(words) else f"{words[:fitting].rstrip()}…"


def _seconds(step: Step, language: str, values: Values) -> float:
    return sum(
        seconds(passage)
        for text in spoken_texts(step, language, Pace.NORMAL)
        for passage in read_text(text, values[language], language, Pace.NORMAL)
    )


def _edges(step: Step) -> Iterator[Edge]:
    """Yield the ways out of a step, those of one kind between the same two steps as one."""
    found: dict[tuple[str, Bond], list[str]] = {}
    for way in ways_of(step):
        bond = _bond(step, way.by, way.target, bounded=way.bounded)
        by = found.setdefault((way.to, bond), [])
        if way.by != THEN:
            by.append(_label(way.by, way.target) if way.bounded else way.by)
    for (target, bond), labels in found.items():
        yield Edge(source=step.name, target=target, bond=bond, by=tuple(labels))


def _bond(step: Step, by: str, target: Target | None, *, bounded: bool) -> Bond:
    if target and target.consent:
        return Bond.CONSENT
    if step.ask and by == NOT_ME_KEY[step.ask.collect]:
        return Bond.NOT_ME
    return Bond.AGAIN if bounded else Bond.PLAIN


def _label(by: str, target: Target | None) -> str:
    """Write what leads round again, how often, and what changes with it."""
    if target is None or target.repeat is None:
        return by
    change = target.language or (target.pace.value if target.pace else "")
    return f"{by} ×{target.repeat}" + (f" {change}" if change else "")
