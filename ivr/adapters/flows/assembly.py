"""A flow put together from its file and its parts, every name in it leading somewhere.

Knows which steps belong to a flow: its own, and those of its parts that it reaches. Does not know
whether the flow is safe (`proof.py`, `checks.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from ivr.adapters.flows.faults import Faults, Mark, did_you_mean
from ivr.adapters.flows.steps import WrittenStep
from ivr.adapters.flows.written_flow import WrittenFlow
from ivr.domain.callflow import CallFlow, Step
from ivr.domain.routes import THEN, reach, ways_of

Part = Mapping[str, WrittenStep]
_MANY_STEPS: Final = 1024
"""Far more than anybody can follow; the walks of the check take longer with each."""


class Assembled(msgspec.Struct, frozen=True, kw_only=True):
    """A whole flow, and where each of its steps and fields was written."""

    flow: CallFlow
    written: Mapping[str, WrittenStep]
    marks: Mapping[str, Mark]


def assemble(
    as_written: WrittenFlow, parts: Mapping[str, Part], faults: Faults
) -> Assembled | None:
    """Put a flow together; None where a name in it leads nowhere."""
    written = _gather(as_written, parts, faults)
    if len(written) > _MANY_STEPS:
        reason = f"the flow has {len(written)} steps with its parts, more than {_MANY_STEPS}"
        faults.add(as_written.marks["steps"], reason, "leave out what no call needs")
        return None
    steps = {name: each.step for name, each in written.items()}
    ends = {as_written.decided, as_written.apology}
    reached = reach(steps, as_written.start)
    # An end that goes on is at fault; the other checks walk on from it all the same.
    walked = reached.union(*(reach(steps, end) for end in ends))
    mine = walked | as_written.steps.keys()
    whole = _check_names(as_written, written.keys(), faults)
    for name in steps:
        # A step of a part that two flows include has its faults noted once, and is none the better.
        if name in mine:
            whole &= _check_targets(as_written, written[name], steps, faults)
    if not whole:
        return None
    _check_ends(as_written, written, reached, faults)
    kept = {name: step for name, step in steps.items() if name in walked}
    flow = CallFlow(
        name=as_written.name,
        release="",
        mode=as_written.mode,
        purposes=as_written.purposes,
        title=as_written.title,
        voices=as_written.voices,
        start=as_written.start,
        steps=kept,
        decided=as_written.decided,
        apology=as_written.apology,
    )
    return Assembled(flow=flow, written=written, marks=as_written.marks)


def _gather(
    as_written: WrittenFlow, parts: Mapping[str, Part], faults: Faults
) -> dict[str, WrittenStep]:
    gathered = dict(as_written.steps)
    for name in as_written.include:
        for step, written in parts.get(name, {}).items():
            if step in gathered:
                reason = f"{name} has a step {step} as well"
                there = gathered[step].mark
                faults.add(there, reason, "give one of them another name", step=step)
            else:
                gathered[step] = written
    return gathered


def _check_names(as_written: WrittenFlow, names: Collection[str], faults: Faults) -> bool:
    """Note an end that is no step; tell whether there is none."""
    whole = True
    for field in ("start", "decided", "apology"):
        step = getattr(as_written, field)
        if step not in names:
            whole = False
            faults.add(
                as_written.marks[field], f"there is no step {step}", did_you_mean(step, names)
            )
    return whole


def _check_targets(
    as_written: WrittenFlow, written: WrittenStep, names: Collection[str], faults: Faults
) -> bool:
    """Note where a step leads that is not there; tell whether there is nothing of that."""
    whole, step = True, written.step
    for way in ways_of(step):
        mark = written.mark_of(THEN if way.by == THEN else f"on.{way.by}")
        if way.to not in names:
            whole = False
            reason = f"{way.by!r} leads to {way.to}, and there is no such step"
            faults.add(mark, reason, did_you_mean(way.to, names), step=step.name)
        language = way.target and way.target.language
        if language and language not in as_written.voices:
            whole = False
            reason = f"{way.by!r} changes to the language {language}, which has no voice here"
            faults.add(mark, reason, did_you_mean(language, as_written.voices), step=step.name)
    return whole


def _reports(step: Step) -> bool:
    return step.not_me or step.confirmed or step.call_back


def _check_ends(
    as_written: WrittenFlow,
    written: Mapping[str, WrittenStep],
    reached: Collection[str],
    faults: Faults,
) -> None:
    ends = {"decided": as_written.decided, "apology": as_written.apology}
    for field, name in ends.items():
        mark, step = written[name].mark, written[name].step
        if not (step.say and step.hang_up) or _reports(step):
            reason = f"{field} must only say something and hang up"
            faults.add(mark, reason, "keep say: and hang_up: true, nothing else", step=name)
        if name in reached:
            reason = f"{field} can be reached from {as_written.start}"
            faults.add(mark, reason, "use another step there, even with the same words", step=name)
    for name, own in as_written.steps.items():
        if name not in reached and name not in ends.values():
            remedy = f"lead to it from a step that {as_written.start} reaches, or delete it"
            faults.add(own.mark, "nobody reaches this step", remedy, step=name)
