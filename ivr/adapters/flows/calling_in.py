"""What a call to us may do: name the bank and its desk's number, and ask to be called back. Nothing else.

    "1": called_back
    …
    called_back:
      outcome: call_back
      say: …
      hang_up: true

A caller's number can be forged, so that whoever calls may be anybody: on such a call nobody agrees,
denies or hears a code, and 9 leads to the desk's number. Knows the steps of one flow. Does not know
whether anybody is called back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ivr.adapters.flows.assembly import Assembled
from ivr.adapters.flows.faults import Faults
from ivr.adapters.flows.steps import count_slots
from ivr.domain.callflow import (
    NOT_ME_KEY,
    OTHER,
    SILENCE,
    CallFlow,
    Collect,
    Mode,
    Step,
    own_words,
)
from ivr.domain.routes import THEN, Steps, Way, along_chains, silent_chain, ways_of

Found = tuple[str, str, str, str]
"""A step, a field, a reason and a remedy."""

_NOT_ME: str = NOT_ME_KEY[Collect.KEY]
_NOBODY_ASKED = frozenset({SILENCE, OTHER, _NOT_ME})


def check_calling_in(assembled: Assembled, faults: Faults) -> None:
    """Note what a call to us does that it must not, and a call back in any other flow."""
    flow = assembled.flow
    found = list(_rules(flow) if flow.mode is Mode.INBOUND else _misplaced(flow))
    for step, field, reason, remedy in found:
        mark = assembled.written[step].mark_of(field)
        faults.add(mark, reason, remedy, step=step, unsafe=True)
    if flow.mode is Mode.INBOUND and not any(step.call_back for step in flow.steps.values()):
        reason = "whoever calls cannot ask to be called back"
        remedy = "lead a key to a step with outcome: call_back"
        faults.add(assembled.marks["steps"], reason, remedy)


def _misplaced(flow: CallFlow) -> Iterator[Found]:
    for name, step in flow.steps.items():
        if step.call_back:
            reason = f"in {flow.mode} we called already"
            yield name, "outcome", reason, "leave it out: only inbound has a call back"


def _rules(flow: CallFlow) -> Iterator[Found]:
    asking = along_chains(flow.steps, lambda each: each.call_back)
    for name, step in flow.steps.items():
        yield from _decisions(name, step)
        yield from _ways_to_call_back(step, asking)
        if step.call_back:
            yield from _after_call_back(flow.steps, name)
        if step.ask:
            yield from _ways_to_desk(flow, name)
    yield from _unnamed(flow)
    if asking[flow.start]:
        remedy = "begin with a step that asks"
        yield flow.start, THEN, "a call back is asked for before anything was asked", remedy


def _decisions(name: str, step: Step) -> Iterator[Found]:
    if step.not_me:
        reason = "“not me” is reported by a caller who may be anybody"
        yield name, "outcome", reason, "say the desk's number instead"
    if step.ask and step.ask.collect is Collect.PASSCODE:
        yield name, "ask", "a passcode is taken from a caller who may be anybody", "ask for one key"
    if step.transfer:
        reason = "a caller who may be anybody is put through to the desk, as if from us"
        yield name, "transfer", reason, "say the desk's number instead"
    for outcome, target in step.on.items():
        if target.consent:
            reason = "a caller who may be anybody agrees"
            yield name, f"on.{outcome}", reason, "lead the key to a step, without consent"


def _ways_to_call_back(step: Step, asking: Mapping[str, int]) -> Iterator[Found]:
    for way in ways_of(step):
        if asking[way.to] and way.by in _NOBODY_ASKED:
            reason = f"a call back is asked for on {way.by}, though nobody asked"
            yield step.name, f"on.{way.by}", reason, "let a key of its own lead there"


def _after_call_back(steps: Steps, name: str) -> Iterator[Found]:
    chain = list(silent_chain(steps, name))
    if chain[-1].ask:
        reason = "after asking for a call back the caller stays on the line, and is engaged for it"
        yield name, "outcome", reason, "say what to do, and hang up"
    if not any(step.say for step in chain):
        yield name, "outcome", "whoever asks for a call back hears nothing of it", "add say:"


def _ways_to_desk(flow: CallFlow, name: str) -> Iterator[Found]:
    for way in ways_of(flow.steps[name]):
        if way.by == _NOT_ME and (way.bounded or not _says_desk(flow, way)):
            reason = f"the key {_NOT_ME} does not lead to the desk's number at once"
            remedy = "lead it to a step whose say: holds {desk|digits} in every language"
            yield name, f"on.{way.by}", reason, remedy


def _says_desk(flow: CallFlow, way: Way) -> bool:
    chain = list(silent_chain(flow.steps, way.to))
    return all(any(map(_saying("desk", each), chain)) for each in flow.voices)


def _unnamed(flow: CallFlow) -> Iterator[Found]:
    """Find the languages in which the first step does not say whose number this is."""
    for language in sorted(flow.voices):
        if not _saying("bank", language)(flow.steps[flow.start]):
            reason = f"in {language} the first step does not say {{bank}}, whose number was called"
            yield flow.start, f"say.{language}", reason, "say it there, where no key cuts it short"


def _saying(slot: str, language: str) -> Callable[[Step], bool]:
    """Return whether a step says a placeholder for certain, in words of the language."""
    return lambda step: bool(
        count_slots(own_words((step.say or {}).get(language, ()), language), slot)
    )
