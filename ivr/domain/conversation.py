"""A call's way through its flow: `turn(flow, position, outcome)` gives the next position and what to say.

Knows steps, outcomes and bounds. Does not know passcodes, verdicts, markup or time: a passcode
appears here only as a placeholder; whether digits were right is an outcome it is told, and so is
whether the bank's desk is open.

Two rules it enforces by itself, whatever the flow says: no passcode is spoken or taken before the
consent key was pressed in this call; and nothing is confirmed but by that very key, in the modes
that have no passcode.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from ivr.domain.callflow import (
    CLOSED,
    KEY_ONLY,
    OTHER,
    PASSCODE_SLOT,
    WITH_PASSCODE,
    CallFlow,
    Collect,
    Mode,
    Pace,
    Recorded,
    Slot,
    Step,
    Target,
    Text,
    Texts,
)
from ivr.domain.errors import Impossible


class Position(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Where a call stands.

    `entered` is the step at which the last turn began, so that the same answer can be given again;
    `counts` holds how often each step was repeated, whatever the reason; `at_desk` says that the last
    turn put the depositor through to the desk.
    """

    step: str
    entered: str
    language: str
    pace: Pace = Pace.NORMAL
    consented: bool = False
    over: bool = False
    counts: Mapping[str, int] = {}
    at_desk: bool = False


class Happening(StrEnum):
    """What a turn did that the verification must hear of."""

    CONSENT_GIVEN = "consent_given"
    PASSCODE_SPOKEN = "passcode_spoken"
    NOT_ME_REPORTED = "not_me_reported"
    CONFIRMED = "confirmed"
    CALL_BACK_ASKED = "call_back_asked"


class Say(msgspec.Struct, frozen=True):
    """Say a text, or play the recording `audio` of it; no key stops it."""

    text: Text
    audio: str = ""


class Listen(msgspec.Struct, frozen=True):
    """Say a text that a key stops, or play it, and collect a key or a passcode for `wait` seconds."""

    text: Text
    collect: Collect
    wait: int
    audio: str = ""


class HangUp(msgspec.Struct, frozen=True):
    """End the call."""


class Dial(msgspec.Struct, frozen=True):
    """Put the depositor through to the bank's desk."""


Instruction = Say | Listen | HangUp | Dial


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One turn's result: where the call stands, what to say and collect, and what happened."""

    position: Position
    instructions: tuple[Instruction, ...]
    happened: tuple[Happening, ...] = ()


def begin(flow: CallFlow, language: str, pace: Pace, *, is_desk_open: bool = False) -> Turn:
    """Begin a call at the flow's first step."""
    position = Position(step=flow.start, entered=flow.start, language=language, pace=pace)
    return _walk(flow, position, (), is_desk_open=is_desk_open)


def enter(flow: CallFlow, position: Position, step: str) -> Turn:
    """Go to `step` whatever was asked: for a verdict that fell outside the call, and for apologies."""
    position = msgspec.structs.replace(position, step=step, over=False)
    return _walk(flow, position, (), is_desk_open=False)


def again(flow: CallFlow, position: Position) -> Turn:
    """Give the last turn's answer again, changing nothing: what a repeated hook hears.

    The desk is as open as it was then.
    """
    entered = msgspec.structs.replace(position, step=position.entered)
    return _walk(flow, entered, (), is_desk_open=position.at_desk)


def turn(flow: CallFlow, position: Position, outcome: str, *, is_desk_open: bool = False) -> Turn:
    """Take one turn: the outcome of the present step's question decides where the call goes.

    An outcome that the step does not name counts as `other`.

    Raises:
        Impossible: the call is over, the flow has no such step, a transfer ended in no known way,
            a passcode would be spoken or taken without consent, or something confirmed by anything
            but the consent key.

    """
    if position.over or position.step not in flow.steps:
        message = f"no turn can be taken at {flow.name}/{position.step}"
        raise Impossible(message)
    step = flow.steps[position.step]
    target = step.on.get(outcome) or step.on.get(OTHER)
    if target is None:
        message = f"{flow.name}/{position.step} does not know {outcome}"
        raise Impossible(message)
    happened: tuple[Happening, ...] = ()
    if target.consent:
        happened = (Happening.CONSENT_GIVEN,)
        position = msgspec.structs.replace(position, consented=True)
    taken = _walk(flow, _follow(position, step, target), happened, is_desk_open=is_desk_open)
    if Happening.CONFIRMED in taken.happened and not target.consent:
        message = f"{step.name} {outcome} would confirm without the consent key"
        raise Impossible(message)
    return taken


def _follow(position: Position, step: Step, target: Target) -> Position:
    position = msgspec.structs.replace(
        position, language=target.language or position.language, pace=target.pace or position.pace
    )
    taken = position.counts.get(step.name, 0)
    if target.repeat is None or taken >= target.repeat:
        return msgspec.structs.replace(position, step=target.then)
    counts = {**position.counts, step.name: taken + 1}
    return msgspec.structs.replace(position, step=target.via or position.step, counts=counts)


def _walk(
    flow: CallFlow, position: Position, happened: tuple[Happening, ...], *, is_desk_open: bool
) -> Turn:
    position = msgspec.structs.replace(position, entered=position.step, at_desk=False)
    said: list[Instruction] = []
    for _ in range(len(flow.steps) + 1):
        step = flow.steps[position.step]
        if step.not_me:
            happened = (*happened, Happening.NOT_ME_REPORTED)
        if step.confirmed:
            happened = (*happened, _confirm(flow, position))
        if step.transfer and not is_desk_open:
            position = msgspec.structs.replace(position, step=step.on[CLOSED].then)
            continue
        if step.call_back:
            happened = (*happened, _ask_back(flow, position))
        if step.say:
            said.append(Say(_in_language(step.say, position), _recorded(step.audio, position)))
        if step.transfer:
            said.append(Dial())
            at_desk = msgspec.structs.replace(position, at_desk=True)
            return _finish(flow, at_desk, tuple(said), happened)
        if step.ask:
            texts = step.ask.at(position.pace)
            text, audio = _in_language(texts, position), _recorded(step.ask.audio, position)
            said.append(Listen(text, step.ask.collect, step.ask.wait, audio))
            return _finish(flow, position, tuple(said), happened)
        if step.then is None:
            said.append(HangUp())
            return _finish(
                flow, msgspec.structs.replace(position, over=True), tuple(said), happened
            )
        position = msgspec.structs.replace(position, step=step.then)
    message = f"{flow.name}/{position.step} goes round without a question"
    raise Impossible(message)


def _confirm(flow: CallFlow, position: Position) -> Happening:
    if flow.mode not in KEY_ONLY or not position.consented:
        message = f"{position.step} would confirm in {flow.mode}, or before the consent key"
        raise Impossible(message)
    return Happening.CONFIRMED


def _ask_back(flow: CallFlow, position: Position) -> Happening:
    if flow.mode is not Mode.INBOUND:
        message = f"{position.step} would ask for a call back in {flow.mode}"
        raise Impossible(message)
    return Happening.CALL_BACK_ASKED


def _in_language(texts: Texts, position: Position) -> Text:
    return texts[position.language]


def _recorded(audio: Recorded, position: Position) -> str:
    """Return the recording to play; none at the slow pace, at which nothing was recorded."""
    return audio.get(position.language, "") if position.pace is Pace.NORMAL else ""


def _finish(
    flow: CallFlow,
    position: Position,
    said: tuple[Instruction, ...],
    happened: tuple[Happening, ...],
) -> Turn:
    speaks = any(speaks_passcode(each) for each in said)
    takes = any(isinstance(each, Listen) and each.collect is Collect.PASSCODE for each in said)
    if (speaks or takes) and not (position.consented and flow.mode in WITH_PASSCODE):
        message = f"{position.step} would speak or take a passcode in {flow.mode}, or before the consent key"
        raise Impossible(message)
    if speaks:
        happened = (*happened, Happening.PASSCODE_SPOKEN)
    return Turn(position=position, instructions=said, happened=happened)


def speaks_passcode(instruction: Instruction) -> bool:
    """Tell whether an instruction holds the passcode's placeholder."""
    match instruction:
        case Say(text) | Listen(text):
            return any(isinstance(part, Slot) and part.name == PASSCODE_SLOT for part in text)
        case HangUp() | Dial():
            return False
