"""The proof that a flow is safe: every way through it is walked, in every language.

Walks states rather than paths (step, language, what was done before), so that it ends, and takes
time in proportion to the steps. Knows what must have happened before a passcode. Does not know
texts beyond their placeholders.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec

from ivr.adapters.flows.assembly import Assembled
from ivr.adapters.flows.faults import Faults
from ivr.domain.callflow import (
    ANSWERS,
    NOT_ME_KEY,
    OTHER,
    PASSCODE_SLOT,
    SILENCE,
    TRANSFER_ENDS,
    WITH_PASSCODE,
    Collect,
    Mode,
    Slot,
    Step,
)
from ivr.domain.routes import THEN, Way, along_chains, ways_of

_NOBODY_SAID = ANSWERS | TRANSFER_ENDS | {SILENCE, OTHER}


class _Stand(msgspec.Struct, frozen=True, kw_only=True):
    """A step as it is entered: in which language, and what came before in this call."""

    step: str
    language: str
    consented: bool = False
    warned: bool = False
    denied: bool = False


class _Walk:
    """The stands of a flow, in the order in which they were found, each with the way to it."""

    def __init__(self, assembled: Assembled) -> None:
        self.steps = assembled.flow.steps
        self._came: dict[_Stand, tuple[_Stand, str] | None] = {}
        for language in sorted(assembled.flow.voices):
            self._came[_Stand(step=assembled.flow.start, language=language)] = None

    def stands(self) -> Iterator[_Stand]:
        """Yield every stand that can be reached, nearest first."""
        ahead = deque(self._came)
        while ahead:
            stand = ahead.popleft()
            yield stand
            for way in ways_of(self.steps[stand.step]):
                following = _follow(self.steps[stand.step], stand, way)
                if following not in self._came:
                    self._came[following] = (stand, way.by)
                    ahead.append(following)

    def way_to(self, stand: _Stand) -> str:
        """Write the shortest way to a stand: `greet 1 → warn → read`."""
        names = [stand.step]
        while came := self._came[stand]:
            stand, by = came
            names.append(stand.step if by == THEN else f"{stand.step} {by}")
        return " → ".join(reversed(names))


def _follow(step: Step, stand: _Stand, way: Way) -> _Stand:
    language = (way.target and way.target.language) or stand.language
    return _Stand(
        step=way.to,
        language=language,
        consented=stand.consented or bool(way.target and way.target.consent),
        warned=(stand.warned or step.warning) and language == stand.language and not step.transfer,
        denied=stand.denied or step.not_me,
    )


def prove(assembled: Assembled, faults: Faults) -> None:
    """Walk the flow and note every way on which a rule is broken; the shortest one per step and rule."""
    if (
        assembled.flow.mode is not Mode.INBOUND
    ):  # a call to us can report nothing: see `calling_in.py`
        _check_keys(assembled, faults)
    walk = _Walk(assembled)
    told: set[tuple[str, str]] = set()
    has_passcode = False
    for stand in walk.stands():
        step = assembled.flow.steps[stand.step]
        verb = _passcode_verb(step)
        has_passcode |= bool(verb)
        for reason, remedy in _broken_rules(step, stand, verb):
            if (stand.step, reason) not in told:
                told.add((stand.step, reason))
                _note(
                    assembled, stand.step, "ask", f"{reason} ({walk.way_to(stand)})", remedy, faults
                )
    if not has_passcode and assembled.flow.mode in WITH_PASSCODE:
        _note_pointless(assembled, faults)


def _broken_rules(step: Step, stand: _Stand, verb: str) -> Iterator[tuple[str, str]]:
    if step.confirmed and stand.denied:
        yield "it could be confirmed after “not me” was said", "end the call instead"
    if not verb:
        return
    if not stand.consented:
        yield (
            f"a passcode could be {verb} before the consent key was pressed",
            "let this step be reached by {consent: …} alone",
        )
    if not (stand.warned or step.warning):
        yield (
            f"a passcode could be {verb} before the warning was given in {stand.language}",
            "put a step with warning: true before this one",
        )
    if stand.denied:
        yield f"a passcode could be {verb} after “not me” was said", "end the call instead"


def _check_keys(assembled: Assembled, faults: Faults) -> None:
    """Check that the key for “not me” leads there, at once, and that nothing but a key does."""
    steps = assembled.flow.steps
    denials = along_chains(steps, lambda each: each.not_me)
    for name, step in steps.items():
        for way in ways_of(step):
            denies = denials[way.to] > 0
            if step.ask and way.by == NOT_ME_KEY[step.ask.collect]:
                if way.bounded or not denies:
                    reason = f"the key {way.by} does not lead to “not me” at once"
                    remedy = "name the step with outcome: not_me"
                    _note(assembled, name, f"on.{way.by}", reason, remedy, faults)
            elif denies and (way.by in _NOBODY_SAID or (way.target and way.target.consent)):
                reason = f"“not me” is reported on {way.by}, though nobody said so"
                remedy = "lead it to a step without outcome: not_me"
                _note(assembled, name, f"on.{way.by}", reason, remedy, faults)
    if denials[assembled.flow.start]:
        reason = "“not me” is reported before anything was asked"
        remedy = "begin with a step that asks"
        _note(assembled, assembled.flow.start, THEN, reason, remedy, faults)


def _note_pointless(assembled: Assembled, faults: Faults) -> None:
    if assembled.flow.mode is Mode.READOUT:
        reason, remedy = "no step speaks the passcode", "let a question say {passcode|digits}"
    else:
        reason, remedy = "no step takes the passcode", "let a question have keys: passcode"
    faults.add(assembled.marks["steps"], reason, remedy)


def _note(
    assembled: Assembled, step: str, field: str, reason: str, remedy: str, faults: Faults
) -> None:
    mark = assembled.written[step].mark_of(field)
    faults.add(mark, reason, remedy, step=step, unsafe=True)


def _passcode_verb(step: Step) -> str:
    """Say what a step's question does with a passcode: spoken, taken, or nothing at all."""
    if step.ask and step.ask.collect is Collect.PASSCODE:
        return "taken"
    texts = [step.say or {}]
    if step.ask:
        texts += [step.ask.say, step.ask.slowly or {}]
    slots = (part for by_language in texts for text in by_language.values() for part in text)
    spoken = any(isinstance(part, Slot) and part.name == PASSCODE_SLOT for part in slots)
    return "spoken" if spoken else ""
