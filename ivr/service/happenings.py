"""What happened in a turn, told to the verification.

Knows which event each happening is. Does not know which turn is taken when (`calls.py`).
"""

from __future__ import annotations

from ivr.domain.bookkeeping import disputed
from ivr.domain.callflow import CallFlow
from ivr.domain.conversation import Happening, Position, Turn
from ivr.domain.events import Confirmed, ConsentGiven, NotMeReported, PasscodeSpoken
from ivr.service.records import Change


def tell_happened(change: Change, flow: CallFlow, position: Position, taken: Turn) -> None:
    """Tell the verification what a turn did that began at `position`."""
    change.stand(flow.release, position.step)
    call = change.record.verification.call.number
    for happening in taken.happened:
        match happening:
            case Happening.CONSENT_GIVEN:
                change.tell(ConsentGiven(at=change.now, call=call))
            case Happening.NOT_ME_REPORTED:
                change.tell(NotMeReported(at=change.now, call=call))
            case Happening.CONFIRMED:
                change.tell(Confirmed(at=change.now, call=call))
            case Happening.PASSCODE_SPOKEN:
                change.stand(flow.release, taken.position.step)
                change.tell(PasscodeSpoken(at=change.now, call=call))


def hear_not_me(change: Change) -> None:
    """Take the depositor's word in: before the verdict it decides, after a pass it disputes."""
    verification = change.record.verification
    change.tell(NotMeReported(at=change.now, call=verification.call.number))
    if verification.decided:
        change.record = disputed(change.record, change.now)
        change.note("not_me_after_verdict")
