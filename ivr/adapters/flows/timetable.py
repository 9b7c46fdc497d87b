"""The seconds of a flow's main ways: how soon one can answer, agrees, denies, or is left in peace.

Knows what a depositor does on each way. Does not know how seconds are counted (`times.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile

import msgspec

from ivr.adapters.flows.limits import preambles, whole_call
from ivr.adapters.flows.longest import Longest
from ivr.adapters.flows.times import Lengths, Manner, Served, Times
from ivr.domain.callflow import (
    NOT_ME_KEY,
    PASSCODE_SLOT,
    SILENCE,
    CallFlow,
    Collect,
    Rest,
    Slot,
    Step,
    Text,
)
from ivr.domain.conversation import HangUp, Instruction, Listen, Position, Say, begin, turn

Answer = Callable[[Step], str]
"""Gives the outcome that a depositor brings about at a question."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """The seconds of one flow as it is heard in one language at one pace.

    `until_answer`: what is spoken before the depositor can answer. `until_passcode`: for somebody who
    agrees as soon as he is asked, to the first digit, or until he can key it in; None where the flow
    has no passcode. `not_me`: the whole call of somebody who says so as soon as he is asked.
    `silent`: the whole call of somebody, or something, that never presses a key.
    """

    language: str
    pace: str
    until_answer: float
    until_passcode: float | None
    not_me: float | None
    silent: float


class Timetable(msgspec.Struct, frozen=True, kw_only=True):
    """A flow's main ways, and the longest that a call of it can be, for the bank that sets its limits."""

    flow: str
    bank: str
    ways: list[Way]
    longest: Longest
    limit: int


def timetables(flow: CallFlow, served: Served) -> Iterator[Timetable]:
    """Yield a flow's timetable for each bank that can use it."""
    lengths = Lengths(flow)
    for bank in served.banks.values():
        times = Times(lengths, bank, served.wallets)
        if times.manners:
            yield Timetable(
                flow=flow.name,
                bank=bank.id,
                ways=[_way(flow, times, manner) for manner in times.manners],
                longest=whole_call(flow, times),
                limit=bank.limits.call_time_limit,
            )


def _way(flow: CallFlow, times: Times, manner: Manner) -> Way:
    return Way(
        language=manner.language,
        pace=manner.pace.value,
        until_answer=max(preambles(flow, times, manner).values(), default=0.0),
        until_passcode=_Walk(flow, times, manner).until_passcode(),
        not_me=_Walk(flow, times, manner).whole(_deny),
        silent=_Walk(flow, times, manner).whole(lambda _: SILENCE) or 0.0,
    )


def _agree(step: Step) -> str:
    return next((key for key, target in step.on.items() if target.consent), SILENCE)


def _deny(step: Step) -> str:
    return NOT_ME_KEY[step.ask.collect] if step.ask else SILENCE


class _Walk:
    """One way through a flow, counted by what the engine says on it."""

    def __init__(self, flow: CallFlow, times: Times, manner: Manner) -> None:
        self._flow = flow
        self._times = times
        self._manner = manner

    def whole(self, answer: Answer) -> float | None:
        """Return the seconds until the call is over; None where an answer is not to be had."""
        seconds = 0.0
        for instruction, position in self._said(answer):
            match instruction:
                case Listen(text, _, _):
                    step = self._flow.steps[position.step]
                    outcome = answer(step)
                    if outcome not in step.on:
                        return None
                    seconds += self._until_answered(text, step, outcome)
                case Say(text):
                    seconds += self._times.of(text, self._manner)
                case HangUp():
                    break
        return seconds

    def until_passcode(self) -> float | None:
        """Return the seconds until a passcode's first digit is heard, or can be keyed in."""
        seconds = 0.0
        for instruction, position in self._said(_agree):
            match instruction:
                case Listen(text, Collect.PASSCODE, _):
                    return seconds + self._times.of(text, self._manner)
                case Listen(text, _, _):
                    before = tuple(takewhile(lambda part: not _is_passcode(part), text))
                    if len(before) < len(text):
                        return seconds + self._times.of(before, self._manner)
                    step = self._flow.steps[position.step]
                    seconds += self._until_answered(text, step, _agree(step))
                case Say(text):
                    seconds += self._times.of(text, self._manner)
                case HangUp():
                    break
        return None

    def _until_answered(self, text: Text, step: Step, outcome: str) -> float:
        """Count a question: to its first rest for somebody who knows his answer, or all of it and the wait."""
        if outcome == SILENCE:
            return self._times.of(text, self._manner) + self._times.waited(step, self._manner)
        first = tuple(takewhile(lambda part: not isinstance(part, Rest), text))
        return self._times.of(first, self._manner)

    def _said(self, answer: Answer) -> Iterator[tuple[Instruction, Position]]:
        taken = begin(self._flow, self._manner.language, self._manner.pace)
        while True:
            yield from ((each, taken.position) for each in taken.instructions)
            if taken.position.over:
                return
            step = self._flow.steps[taken.position.step]
            taken = turn(self._flow, taken.position, answer(step))


def _is_passcode(part: object) -> bool:
    return isinstance(part, Slot) and part.name == PASSCODE_SLOT
