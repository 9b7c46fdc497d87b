"""Walks through a flow, with everything watched that must hold on every way.

Drives the engine and keeps its own account of what was said and pressed; takes nothing from the
checker, which it is there to test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ivr.domain.callflow import (
    ANSWERS,
    CLOSED,
    KEY_ONLY,
    KEYS,
    NOT_ME_KEY,
    OTHER,
    SILENCE,
    TRANSFER_ENDS,
    CallFlow,
    Collect,
    Mode,
    Pace,
    Purpose,
    Slot,
    Text,
)
from ivr.domain.conversation import (
    Dial,
    HangUp,
    Happening,
    Listen,
    Position,
    Say,
    Turn,
    begin,
    turn,
)

MANY_TURNS: Final = 400
NAMES: Final = frozenset({"bank", "wallet", "purpose"})
DESK_HAS_CLOSED: Final = frozenset({OTHER, "busy"})
"""Outcomes after which the desk is found closed: some, so that both ways are walked."""
AMOUNTS: Final = {Purpose.CHARGE, Purpose.CHANGE}
Choose = Callable[[Sequence[str]], str]
"""Takes the outcomes that a question can have, and gives one of them."""


def walk(flow: CallFlow, language: str, pace: Pace, choose: Choose) -> list[Turn]:
    """Walk from the first step until the call is over, and return the turns."""
    watch = _Watch(flow)
    taken = begin(flow, language, pace, is_desk_open=True)
    turns = [taken]
    watch.see(taken)
    while not taken.position.over:
        assert len(turns) < MANY_TURNS, "the call does not end"
        outcome = choose(outcomes_at(flow, taken.position))
        asked = taken.position
        watch.answer(asked, outcome)
        taken = turn(flow, asked, outcome, is_desk_open=outcome not in DESK_HAS_CLOSED)
        turns.append(taken)
        watch.see(taken)
        watch.compare(asked, outcome, taken)
    return turns


def outcomes_at(flow: CallFlow, position: Position) -> list[str]:
    """Return all that can happen at the question of a position."""
    if position.at_desk:
        return sorted(TRANSFER_ENDS - {CLOSED})
    ask = flow.steps[position.step].ask
    assert ask, f"{position.step} asks nothing, and the call is not over"
    if ask.collect is Collect.KEY:
        return sorted(KEYS | {SILENCE, OTHER})
    return sorted(ANSWERS | {NOT_ME_KEY[Collect.PASSCODE], SILENCE, OTHER})


class _Watch:
    """What happened in one call so far."""

    def __init__(self, flow: CallFlow) -> None:
        self._flow = flow
        self._warnings = {
            language: {
                step.say[language] for step in flow.steps.values() if step.warning and step.say
            }
            for language in flow.voices
        }
        has_amount = AMOUNTS & set(flow.purposes)
        self._names = NAMES | {"amount"} if has_amount else NAMES
        self._named: frozenset[str] = frozenset()
        self._consented = False
        self._warned_in = ""
        self._denied = False

    def see(self, taken: Turn) -> None:
        """Look at what is said and asked."""
        self._named = frozenset()
        *_, last = taken.instructions
        assert isinstance(last, Listen | HangUp | Dial), "the call stays silent"
        for each in taken.instructions:
            match each:
                case Say(text):
                    assert not _slots(text, {"passcode"}), "no key could stop this passcode"
                    self._named |= _slots(text, self._names)
                    if text in self._warnings[taken.position.language]:
                        self._warned_in = taken.position.language
                case Listen(text, collect, _):
                    if collect is Collect.PASSCODE or _slots(text, {"passcode"}):
                        self._check_passcode(taken.position.language)
                case HangUp():
                    assert each is last
                case Dial():
                    assert each is last
                    self._warned_in = ""
        self._denied |= Happening.NOT_ME_REPORTED in taken.happened

    def answer(self, asked: Position, outcome: str) -> None:
        """Look at what is answered: consent counts only where all names were said for certain."""
        target = self._flow.steps[asked.step].on.get(outcome)
        if target and target.consent:
            assert outcome in KEYS - set(NOT_ME_KEY.values())
            assert self._named == self._names, (
                f"consent was asked when {set(self._named)} was named"
            )
            assert not target.language
            self._consented = True

    def compare(self, asked: Position, outcome: str, taken: Turn) -> None:
        """Compare what was answered with what the engine made of it."""
        reported = Happening.NOT_ME_REPORTED in taken.happened
        ask = self._flow.steps[asked.step].ask
        if self._flow.mode is Mode.INBOUND:
            self._compare_call_to_us(outcome, taken)
        elif ask and outcome == NOT_ME_KEY[ask.collect]:
            assert reported, "“not me” was not understood"
        if outcome in ANSWERS | TRANSFER_ENDS | {SILENCE, OTHER}:
            assert not reported, "nobody said so"
        assert taken.position.consented == self._consented
        if Happening.CONFIRMED in taken.happened:
            target = self._flow.steps[asked.step].on.get(outcome)
            assert target, "confirmed by a key that nobody named"
            assert target.consent, "confirmed by another key than the one for consent"
            assert self._flow.mode in KEY_ONLY, "confirmed where there is a passcode"
            assert not self._denied, "confirmed after “not me”"

    def _compare_call_to_us(self, outcome: str, taken: Turn) -> None:
        """Whoever calls us can ask for a call back and nothing else, and by a key alone."""
        assert set(taken.happened) <= {Happening.CALL_BACK_ASKED}, "a caller may be anybody"
        if taken.happened:
            assert outcome in KEYS - set(NOT_ME_KEY.values()), "nobody asked"
            assert taken.position.over, "whoever is called back must hang up first"
        if outcome == NOT_ME_KEY[Collect.KEY]:
            said = [each.text for each in taken.instructions if isinstance(each, Say)]
            assert any(_slots(text, {"desk"}) for text in said), "9 leads to the desk's number"

    def _check_passcode(self, language: str) -> None:
        assert self._flow.mode not in KEY_ONLY, "a passcode where there is none"
        assert self._consented, "a passcode before consent"
        assert self._warned_in == language, "a passcode before the warning"
        assert not self._denied, "a passcode after “not me”"


def _slots(text: Text, names: set[str] | frozenset[str]) -> frozenset[str]:
    return frozenset(part.name for part in text if isinstance(part, Slot) and part.name in names)
