"""Where a call stands when it cannot simply go on: out of turn, decided, or its flow has changed.

Knows positions and flows. Does not know hooks.
"""

from __future__ import annotations

import msgspec

from ivr.domain.callflow import CallFlow
from ivr.domain.conversation import Position, Turn, enter
from ivr.domain.record import Verification


def has_position(flow: CallFlow, position: Position) -> bool:
    """Tell whether a flow has the step and the language of a position."""
    return position.step in flow.steps and position.language in flow.voices


def close(flow: CallFlow, verification: Verification) -> Turn:
    """Say that there is nothing more to do, whatever was asked."""
    position = verification.call.position
    if position is None or position.language not in flow.voices:
        language = language_of(flow, verification)
        position = Position(step=flow.decided, entered=flow.decided, language=language)
    return enter(flow, position, flow.decided)


def language_of(flow: CallFlow, verification: Verification) -> str:
    """Return the depositor's language, or the flow's first where a release has come that lacks it."""
    asked = verification.language
    return asked if asked in flow.voices else next(iter(flow.voices))


def left(flow: CallFlow, position: Position) -> Position:
    """Return the position of a depositor who hung up while he was with the desk."""
    end = flow.decided
    return msgspec.structs.replace(position, step=end, entered=end, at_desk=False, over=True)
