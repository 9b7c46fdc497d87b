"""Where a call stands when it cannot simply go on: out of turn, decided, or its flow has changed.

Knows places and flows. Does not know hooks.
"""

from __future__ import annotations

import msgspec

from ivr.domain.callflow import CallFlow
from ivr.domain.conversation import Place, Turn, enter
from ivr.domain.record import Verification


def has_place(flow: CallFlow, place: Place) -> bool:
    """Tell whether a flow has the step and the language of a place."""
    return place.step in flow.steps and place.language in flow.voices


def close(flow: CallFlow, verification: Verification) -> Turn:
    """Say that there is nothing more to do, whatever was asked."""
    place = verification.call.place
    if place is None or place.language not in flow.voices:
        language = language_of(flow, verification)
        place = Place(step=flow.decided, entered=flow.decided, language=language)
    return enter(flow, place, flow.decided)


def language_of(flow: CallFlow, verification: Verification) -> str:
    """Return the depositor's language, or the flow's first where a release has come that lacks it."""
    asked = verification.language
    return asked if asked in flow.voices else next(iter(flow.voices))


def left(flow: CallFlow, place: Place) -> Place:
    """Return the place of a depositor who hung up while he was with the desk."""
    end = flow.decided
    return msgspec.structs.replace(place, step=end, entered=end, at_desk=False, over=True)
