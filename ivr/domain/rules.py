"""One rule for each kind of event: to which state it leads, and what it counts.

Knows tries, lives and blocks. Does not know which events may happen when: that is the table's
(`transitions.py`), and `verification.py` holds each rule to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from ivr.domain.callflow import Mode
from ivr.domain.errors import Code, Impossible, Refused
from ivr.domain.events import (
    CallAccepted,
    CallAsked,
    CallEnd,
    CallEnded,
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
from ivr.domain.refusals import refusal

NEVER: Final = 1 << 53
"""A time that does not come (in milliseconds; the largest that JSON numbers keep exactly)."""


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
        raise refusal(Code.PASSCODE_EXPIRED, record)
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


RULES: Final[Mapping[type[Event], Callable[[Record, Any, Limits], Record]]] = {
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
