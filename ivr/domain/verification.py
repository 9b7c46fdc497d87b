"""How a verification changes: `after(record, event, limits)` applies one event by the table.

Knows tries, lives and blocks: one rule for each kind of event. Does not know clocks, stores,
carriers or passcodes: it is told the time, and whether a passcode was right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from ivr.domain.callflow import Mode
from ivr.domain.errors import Code, Impossible, Refused
from ivr.domain.events import (
    REQUESTS,
    CallAccepted,
    CallAsked,
    CallEnd,
    CallEnded,
    CallEvent,
    CallPostponed,
    CallRefused,
    Cancelled,
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
from ivr.domain.record import AT_CARRIER, RIGHT, Account, Call, Delivery, Reason, Record, State
from ivr.domain.transitions import STALE, TABLE, Cell, Stale

NEVER: Final = 1 << 53
"""A time that does not come (in milliseconds; the largest that JSON numbers keep exactly)."""

_REFUSALS: Final[Mapping[Code, str]] = {
    Code.NOT_SPOKEN_YET: "The passcode was not spoken yet; there is nothing to check, and this was no try.",
    Code.PASSCODE_EXPIRED: "The passcode's life is over; ask for another call. This was no try.",
    Code.CALL_IN_PROGRESS: "A call is being placed or in progress; wait until it has ended.",
    Code.ALREADY_DECIDED: "This verification has its verdict; start a new one for a new question.",
}


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
        raise _refuse(cell, record)
    changed = _RULES[type(event)](record, event, limits)
    if changed.verification.state not in cell:
        message = f"{type(event).__name__} led from {record.verification.state} to {changed.verification.state}"
        raise Impossible(message)
    return changed


def _find(record: Record, event: Event, limits: Limits) -> Cell:
    verification = record.verification
    if verification.decided:
        return Code.ALREADY_DECIDED if isinstance(event, REQUESTS) else STALE
    if isinstance(event, PasscodeChecked) and verification.mode is not Mode.READOUT:
        raise Refused(
            Code.WRONG_MODE,
            "In keyin the depositor keys the passcode into the phone; read the verdict with GET.",
        )
    if isinstance(event, TimeRanOut) and event.at < verification.deadline(limits):
        return STALE
    if isinstance(event, CallEvent) and event.call != verification.call.number:
        return STALE
    cell = TABLE[verification.state].get(type(event))
    if cell is None:
        message = f"{type(event).__name__} cannot happen while {verification.state}"
        raise Impossible(message)
    return cell


def _refuse(code: Code, record: Record) -> Refused:
    """Refuse; a passcode that was spoken in the last call and died is not one that was never spoken."""
    if code is Code.NOT_SPOKEN_YET and record.verification.code_until:
        code = Code.PASSCODE_EXPIRED
    return Refused(code, _REFUSALS[code])


def _move(record: Record, at: int, state: State, **changes: Any) -> Record:
    return replace(
        record, verification=replace(record.verification, state=state, since=at, **changes)
    )


def _decide(record: Record, at: int, reason: Reason, **changes: Any) -> Record:
    verification, account = record.verification, record.account
    state = State.PASSED if reason is Reason.RIGHT_PASSCODE else State.FAILED
    delivery = Delivery(next_at=at) if verification.callback_url else None
    if account.live == verification.id:
        account = replace(account, live="")
    cleared = replace(record, account=account)
    return _move(cleared, at, state, reason=reason, decided_at=at, delivery=delivery, **changes)


def _placing_started(record: Record, event: PlacingStarted, _: Limits) -> Record:
    return _move(record, event.at, State.PLACING)


def _call_accepted(record: Record, event: CallAccepted | PhoneRang, _: Limits) -> Record:
    return _move(
        record, event.at, State.RINGING, call=replace(record.verification.call, sid=event.sid)
    )


def _call_postponed(record: Record, event: CallPostponed, _: Limits) -> Record:
    call = replace(record.verification.call, postponed_until=event.until)
    return _move(record, event.at, State.WANTED, call=call)


def _phone_answered(record: Record, event: PhoneAnswered, _: Limits) -> Record:
    return _move(
        record, event.at, State.ANSWERED, call=replace(record.verification.call, sid=event.sid)
    )


def _call_refused(record: Record, event: CallRefused, limits: Limits) -> Record:
    return _end_call(record, event.at, event.end, limits)


def _call_ended(record: Record, event: CallEnded, limits: Limits) -> Record:
    return _end_call(record, event.at, _judge_end(record, event.end), limits)


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
        return _decide(record, at, Reason.UNREACHABLE, last_call=end)
    if end is CallEnd.COMPLETED and at < verification.code_until:
        return _move(record, at, State.HEARD, last_call=end)
    if verification.call.number >= limits.calls:
        return _decide(record, at, _last_reason(record, end), last_call=end)
    return _move(record, at, State.RESTING, last_call=end)


def _last_reason(record: Record, end: CallEnd | None) -> Reason:
    """Give the reason when calls or life run out: `expired` if a code had been heard."""
    if record.verification.code_heard or end is None or end is CallEnd.COMPLETED:
        return Reason.EXPIRED
    return Reason(end.value)


def _consent_given(record: Record, _event: ConsentGiven, _: Limits) -> Record:
    return _move(record, record.verification.since, State.CONSENTED)


def _passcode_spoken(record: Record, event: PasscodeSpoken, limits: Limits) -> Record:
    verification = record.verification
    if verification.mode is not Mode.READOUT:
        message = "a passcode is spoken in readout only"
        raise Impossible(message)
    until = min(event.at + limits.passcode_life * SECOND, verification.expires_at)
    return _move(record, verification.since, State.SPOKEN, code_until=until, code_heard=True)


def _passcode_keyed(record: Record, event: PasscodeKeyed, limits: Limits) -> Record:
    verification = record.verification
    place = verification.call.place
    if verification.mode is not Mode.KEYIN or not (place and place.consented):
        message = "a passcode is keyed in keyin only, and after the consent key"
        raise Impossible(message)
    if event.at >= verification.code_until:
        return record
    return _judge_try(record, event.at, limits, right=event.right)


def _passcode_checked(record: Record, event: PasscodeChecked, limits: Limits) -> Record:
    if event.at >= record.verification.code_until:
        raise _refuse(Code.PASSCODE_EXPIRED, record)
    judged = _judge_try(record, event.at, limits, right=event.right)
    if not event.replay:
        return judged
    seen = (event.replay, RIGHT if event.right else judged.tries_left(limits))
    verification = replace(judged.verification, checks=(*judged.verification.checks, seen))
    return replace(judged, verification=verification)


def _judge_try(record: Record, at: int, limits: Limits, *, right: bool) -> Record:
    verification = record.verification
    if right:
        cleared = replace(record, account=replace(record.account, failures=0, blocked_until=0))
        return _decide(cleared, at, Reason.RIGHT_PASSCODE)
    tries = verification.tries + 1
    account = _count_failure(record.account, at, limits)
    counted = replace(record, account=account)
    if tries >= limits.tries:
        return _decide(counted, at, Reason.WRONG_PASSCODE, tries=tries)
    if account.blocked_until > at:
        return _decide(counted, at, Reason.ACCOUNT_BLOCKED, tries=tries)
    return _move(counted, verification.since, verification.state, tries=tries)


def _count_failure(account: Account, at: int, limits: Limits) -> Account:
    failures = account.failures + 1
    blocked_until = account.blocked_until
    if failures >= limits.account_failures_for_good:
        blocked_until = NEVER
    elif failures >= limits.account_failures:
        blocked_until = at + limits.account_block * SECOND
    return replace(account, failures=failures, blocked_until=blocked_until)


def _not_me_reported(record: Record, event: NotMeReported, _: Limits) -> Record:
    return _decide(record, event.at, Reason.NOT_ME)


def _call_asked(record: Record, event: CallAsked, limits: Limits) -> Record:
    verification = record.verification
    if verification.call.number >= limits.calls:
        raise Refused(
            Code.NO_CALLS_LEFT,
            f"All {limits.calls} calls of this verification were used; start a new one.",
        )
    call = Call(number=verification.call.number + 1, wished_at=event.at, replay=event.replay)
    return _move(
        record, event.at, State.WANTED, call=call, code_until=shown_until(record, event.at, limits)
    )


def shown_until(record: Record, at: int, limits: Limits) -> int:
    """Return when a passcode shown on the page at `at` dies; 0 in readout, where none is shown."""
    if record.verification.mode is not Mode.KEYIN:
        return 0
    return min(at + limits.passcode_life * SECOND, record.verification.expires_at)


def _cancelled(record: Record, event: Cancelled, _: Limits) -> Record:
    call = record.verification.call
    at_carrier = record.verification.state in AT_CARRIER
    return _decide(record, event.at, Reason.CANCELLED, call=replace(call, hang_up_owed=at_carrier))


def _time_ran_out(record: Record, event: TimeRanOut, limits: Limits) -> Record:
    """End the state that ended first, so that it makes no difference how late somebody looks."""
    verification = record.verification
    if verification.deadline(limits) == verification.expires_at:
        call = replace(verification.call, hang_up_owed=verification.state in AT_CARRIER)
        return _decide(record, event.at, _last_reason(record, verification.last_call), call=call)
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


_RULES: Final[Mapping[type[Event], Callable[[Record, Any, Limits], Record]]] = {
    PlacingStarted: _placing_started,
    CallAccepted: _call_accepted,
    CallPostponed: _call_postponed,
    CallRefused: _call_refused,
    PhoneRang: _call_accepted,
    PhoneAnswered: _phone_answered,
    ConsentGiven: _consent_given,
    PasscodeSpoken: _passcode_spoken,
    PasscodeKeyed: _passcode_keyed,
    PasscodeChecked: _passcode_checked,
    NotMeReported: _not_me_reported,
    CallEnded: _call_ended,
    CallAsked: _call_asked,
    Cancelled: _cancelled,
    TimeRanOut: _time_ran_out,
}
