"""What confirms: by a key alone, and so by the consent key alone, and in two modes only.

    "1": {consent: confirmed}
    …
    confirmed:
      outcome: confirmed

Knows that whoever confirms in `notice` or `reverify` was asked in this very step, which named what
it is about (`duties.py`), and could say “not me” instead (`targets.py`). Does not know what is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from ivr.adapters.flows.assembly import Assembled
from ivr.adapters.flows.faults import Faults
from ivr.domain.callflow import KEY_ONLY, Collect, Mode
from ivr.domain.routes import THEN, Steps, ways_of

Found = tuple[str, str, str, str]
"""A step, a field, a reason and a remedy."""


def check_confirming(assembled: Assembled, faults: Faults) -> None:
    """Note what confirms without the consent key or in another mode, and a flow that never can."""
    flow = assembled.flow
    found = list(_misplaced(flow.steps, flow.mode))
    if flow.mode in KEY_ONLY:
        found += [*_unasked(flow.steps, flow.start), *_passcodes(flow.steps, flow.mode)]
    for step, field, reason, remedy in found:
        mark = assembled.written[step].mark_of(field)
        faults.add(mark, reason, remedy, step=step, unsafe=True)
    if flow.mode in KEY_ONLY and not any(step.confirmed for step in flow.steps.values()):
        reason = f"no step confirms, and nothing else can pass in {flow.mode}"
        remedy = "lead the consent key to a step with outcome: confirmed"
        faults.add(assembled.marks["steps"], reason, remedy)


def _misplaced(steps: Steps, mode: Mode) -> Iterator[Found]:
    for name, step in steps.items():
        if step.confirmed and mode not in KEY_ONLY:
            reason = f"a key alone would pass in {mode}"
            yield name, "outcome", reason, "leave it out: notice and reverify alone are confirmed"


def _unasked(steps: Steps, start: str) -> Iterator[Found]:
    remedy = "let {consent: …} alone lead to it"
    if steps[start].confirmed:
        yield start, "outcome", "it is confirmed before anything was asked", remedy
    for name, step in steps.items():
        for way in ways_of(step):
            if steps[way.to].confirmed and not (way.target and way.target.consent):
                field = THEN if way.by == THEN else f"on.{way.by}"
                yield name, field, f"it is confirmed on {way.by}, though nobody agreed", remedy


def _passcodes(steps: Steps, mode: Mode) -> Iterator[Found]:
    for name, step in steps.items():
        if step.ask and step.ask.collect is Collect.PASSCODE:
            yield name, "ask", f"there is no passcode in {mode}", "ask for one key: keys: one"
