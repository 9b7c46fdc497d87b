"""One rule for each kind of event: to which state it leads, and what it counts.

Knows calls and their ends, and a passcode's life. Does not know which events may happen when: that
is the table's (`transitions.py`), and `verification.py` holds each rule to it; nor how a verdict is
written down (`verdicts.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from ivr.domain.callflow import KEY_ONLY, Mode
from ivr.domain.errors import Code, Impossible
from ivr.domain.events import (
    CallAccepted,
    CallAsked,
    CallBackAsked,
    CallEnd,
    CallEnded,
    CallPostponed,
    CallRefused,
    Cancelled,
    Confirmed,
    ConsentGiven,
    Event,
    NotMeReported,
    PasscodeChecked,
    PasscodeKeyed,
    PasscodeSpoken,
    PhoneAnswered,
    PhoneRang,
    PlacingStarted,
    TimeRanOut,
)
from ivr.domain.policy import SECOND, Limits
from ivr.domain.record import AT_CARRIER, RIGHT, Reason, Record, State
from ivr.domain.refusals import refusal
from ivr.domain.verdicts import decide, judge_try, move
from ivr.domain.wishes import call_asked, call_back_asked, call_retried


def _placing_started(record: Record, event: PlacingStarted, _: Limits) -> Record:
    call = replace(record.verification.call, carrier=event.carrier)
    return move(record, event.at, State.PLACING, call=call)


def _call_accepted(record: Record, event: CallAccepted | PhoneRang, _: Limits) -> Record:
    return move(
        record, event.at, State.RINGING, call=replace(record.verification.call, sid=event.sid)
    )


def _call_postponed(record: Record, event: CallPostponed, _: Limits) -> Record:
    call = record.verification.call
    call = replace(call, postponed_until=event.until, postponed=call.postponed + 1)
    return move(record, event.at, State.WANTED, call=call)


def _phone_answered(record: Record, event: PhoneAnswered, _: Limits) -> Record:
    return move(
        record, event.at, State.ANSWERED, call=replace(record.verification.call, sid=event.sid)
    )


def _call_refused(record: Record, event: CallRefused, limits: Limits) -> Record:
    return _end_call(record, event.at, event.end, limits)


def _call_ended(record: Record, event: CallEnded, limits: Limits) -> Record:
    end = _judge_end(record, event.end)
    retried = call_retried(record, event.at, end, limits) if event.again else None
    return retried or _end_call(record, event.at, end, limits)


def _judge_end(record: Record, end: CallEnd) -> CallEnd:
    """Sort a call that was answered and is over by how far it came; a carrier knows only `completed`.

    Whoever was asked at least once and never consented (voicemail, call screening, silence) gave no
    consent; whoever went before an answer was due hung up.
    """
    verification = record.verification
    match verification.state:
        case State.SPOKEN:
            return CallEnd.COMPLETED
        case State.ANSWERED if verification.call.turn > 1:
            return CallEnd.NO_CONSENT
        case State.ANSWERED | State.CONSENTED:
            return CallEnd.HUNG_UP
        case _:
            return CallEnd.HUNG_UP if end is CallEnd.COMPLETED else end


def _end_call(record: Record, at: int, end: CallEnd, limits: Limits) -> Record:
    verification = record.verification
    if end is CallEnd.UNREACHABLE:
        return decide(record, at, Reason.UNREACHABLE, last_call=end)
    if end is CallEnd.COMPLETED and at < verification.code_until:
        return move(record, at, State.HEARD, last_call=end)
    if verification.call.number >= limits.calls:
        return decide(record, at, _last_reason(record, end), last_call=end)
    return move(record, at, State.RESTING, last_call=end)


def _last_reason(record: Record, end: CallEnd | None) -> Reason:
    """Give the reason when calls or life run out: `expired` if a code had been heard."""
    if record.verification.code_heard or end is None or end is CallEnd.COMPLETED:
        return Reason.EXPIRED
    return Reason(end.value)


def _consent_given(record: Record, _event: ConsentGiven, _: Limits) -> Record:
    return move(record, record.verification.since, State.CONSENTED)


def _confirmed(record: Record, event: Confirmed, _: Limits) -> Record:
    """Pass by a key alone. The account's failures stand: only a right passcode clears them."""
    mode = record.verification.mode
    if mode not in KEY_ONLY:
        message = f"a key alone never passes a verification in {mode}"
        raise Impossible(message)
    return decide(record, event.at, Reason.CONFIRMED)


def _passcode_spoken(record: Record, event: PasscodeSpoken, limits: Limits) -> Record:
    verification = record.verification
    if verification.mode is not Mode.READOUT:
        message = "a passcode is spoken in readout only"
        raise Impossible(message)
    until = min(event.at + limits.passcode_life * SECOND, verification.expires_at)
    return move(record, verification.since, State.SPOKEN, code_until=until, code_heard=True)


def _passcode_keyed(record: Record, event: PasscodeKeyed, limits: Limits) -> Record:
    verification = record.verification
    position = verification.call.position
    if verification.mode is not Mode.KEYIN or not (position and position.consented):
        message = "a passcode is keyed in keyin only, and after the consent key"
        raise Impossible(message)
    if event.at >= verification.code_until:
        return record
    return judge_try(record, event.at, limits, right=event.right)


def _passcode_checked(record: Record, event: PasscodeChecked, limits: Limits) -> Record:
    if event.at >= record.verification.code_until:
        raise refusal(Code.PASSCODE_EXPIRED, record)
    judged = judge_try(record, event.at, limits, right=event.right)
    if not event.replay:
        return judged
    seen = (event.replay, RIGHT if event.right else judged.tries_left(limits))
    verification = replace(judged.verification, checks=(*judged.verification.checks, seen))
    return replace(judged, verification=verification)


def _not_me_reported(record: Record, event: NotMeReported, _: Limits) -> Record:
    return decide(record, event.at, Reason.NOT_ME)


def _cancelled(record: Record, event: Cancelled, _: Limits) -> Record:
    call = record.verification.call
    ended = replace(call, hang_up_owed=_holds_call(record))
    return decide(record, event.at, Reason.CANCELLED, call=ended)


def _holds_call(record: Record) -> bool:
    """Tell whether the carrier has a call that a verdict ends. A talk with the bank's desk is not cut short."""
    verification = record.verification
    return verification.state in AT_CARRIER and not verification.call.at_desk


def _time_ran_out(record: Record, event: TimeRanOut, limits: Limits) -> Record:
    """End the state that ended first, so that it makes no difference how late somebody looks."""
    verification = record.verification
    if verification.deadline(limits) == verification.expires_at:
        call = replace(verification.call, hang_up_owed=_holds_call(record))
        return decide(record, event.at, _last_reason(record, verification.last_call), call=call)
    match verification.state:
        case State.WANTED:
            return _end_call(record, event.at, CallEnd.CARRIER_BUSY, limits)
        case State.PLACING:
            return _end_call(record, event.at, CallEnd.CARRIER_UNSURE, limits)
        case State.RINGING:
            return _end_call(record, event.at, CallEnd.NO_ANSWER, limits)
        case State.HEARD:
            return _end_call(record, event.at, CallEnd.COMPLETED, limits)
        case _:
            return _end_call(record, event.at, _judge_end(record, CallEnd.COMPLETED), limits)


RULES: Final[Mapping[type[Event], Callable[[Record, Any, Limits], Record]]] = {
    PlacingStarted: _placing_started,
    CallAccepted: _call_accepted,
    CallPostponed: _call_postponed,
    CallRefused: _call_refused,
    PhoneRang: _call_accepted,
    PhoneAnswered: _phone_answered,
    ConsentGiven: _consent_given,
    Confirmed: _confirmed,
    PasscodeSpoken: _passcode_spoken,
    PasscodeKeyed: _passcode_keyed,
    PasscodeChecked: _passcode_checked,
    NotMeReported: _not_me_reported,
    CallEnded: _call_ended,
    CallAsked: call_asked,
    CallBackAsked: call_back_asked,
    Cancelled: _cancelled,
    TimeRanOut: _time_ran_out,
}
