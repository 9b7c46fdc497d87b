"""How a verification changes: `after(record, event, limits)` applies one event by the table.

Knows when an event is stale, refused or impossible. Does not know clocks, stores, carriers or
passcodes: it is told the time, and whether a passcode was right.
"""

from __future__ import annotations

from ivr.domain.callflow import Mode
from ivr.domain.errors import Code, Impossible
from ivr.domain.events import (
    REQUESTS,
    CallBackAsked,
    CallEvent,
    Confirmed,
    Event,
    PasscodeChecked,
    TimeRanOut,
)
from ivr.domain.policy import Limits
from ivr.domain.record import Record
from ivr.domain.refusals import refusal, wrong_mode
from ivr.domain.rules import RULES
from ivr.domain.transitions import STALE, TABLE, Cell, Stale
from ivr.domain.wishes import may_call_back


def after(record: Record, event: Event, limits: Limits) -> Record:
    """Return the record as it is after `event`; the very same object where the event is stale.

    Raises:
        Refused: a client's request that cannot be met now; nothing is counted.
        Impossible: an event that cannot happen in this state: a defect of ours.

    """
    cell = _find(record, event, limits)
    if isinstance(cell, Stale):
        return record
    if isinstance(cell, Code):
        raise refusal(cell, record)
    changed = RULES[type(event)](record, event, limits)
    if changed.verification.state not in cell:
        message = f"{type(event).__name__} led from {record.verification.state} to {changed.verification.state}"
        raise Impossible(message)
    return changed


def _find(record: Record, event: Event, limits: Limits) -> Cell:
    verification = record.verification
    if verification.decided:
        return Code.ALREADY_DECIDED if isinstance(event, REQUESTS) else STALE
    if isinstance(event, PasscodeChecked) and verification.mode is not Mode.READOUT:
        raise wrong_mode(verification.mode)
    if isinstance(event, TimeRanOut) and event.at < verification.deadline(limits):
        return STALE
    if isinstance(event, CallBackAsked) and not may_call_back(record, event, limits):
        return STALE
    if isinstance(event, Confirmed) and event.at >= verification.expires_at:
        return STALE
    if isinstance(event, CallEvent) and event.call != verification.call.number:
        return STALE
    cell = TABLE[verification.state].get(type(event))
    if cell is None:
        message = f"{type(event).__name__} cannot happen while {verification.state}"
        raise Impossible(message)
    return cell
