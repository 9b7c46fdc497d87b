"""How another call comes to be wished for: the client asks for it, the depositor does, or a rule.

Knows what becomes of the passcode. Does not know how a number's calls are paced: the store counts
those, and the service asks it first.
"""

from __future__ import annotations

from msgspec.structs import replace

from ivr.domain.callflow import Mode
from ivr.domain.errors import Code, Refused
from ivr.domain.events import CallAsked, CallBackAsked, CallEnd
from ivr.domain.policy import SECOND, Limits
from ivr.domain.record import Call, Record, State


def call_asked(record: Record, event: CallAsked, limits: Limits) -> Record:
    """Wish for a call with a passcode of its own."""
    number = record.verification.call.number
    if number >= limits.calls:
        raise Refused(
            Code.NO_CALLS_LEFT,
            f"All {limits.calls} calls of this verification were used; start a new one.",
        )
    call = Call(number=number + 1, wished_at=event.at, replay=event.replay)
    return _wished(record, event.at, call, shown_until(record, event.at, limits))


def may_call_back(record: Record, event: CallBackAsked, limits: Limits) -> bool:
    """Tell whether a call can follow: one is left, its passcode would be good, and it is asked for once."""
    verification = record.verification
    shown = verification.mode is Mode.KEYIN
    useless_from = verification.code_until if shown else verification.expires_at
    return (
        verification.call.number < limits.calls
        and verification.call.asked_in != event.asked_in
        and event.at + limits.call_back_after * SECOND < useless_from
    )


def call_back_asked(record: Record, event: CallBackAsked, limits: Limits) -> Record:
    """Wish for a call as soon as the depositor will have hung up.

    Where the page shows a passcode it cannot be told of another: that one stays good, no longer
    than it was, and is shown to the request that it was shown to.
    """
    verification = record.verification
    shown = verification.mode is Mode.KEYIN
    before, at = verification.call, event.at + limits.call_back_after * SECOND
    call = Call(
        number=before.number + 1,
        wished_at=at,
        postponed_until=at,
        replay=before.replay,
        asked_in=event.asked_in,
        code_of=before.code_number if shown else 0,
    )
    return _wished(record, event.at, call, verification.code_until if shown else 0)


def call_retried(record: Record, at: int, end: CallEnd, limits: Limits) -> Record | None:
    """Wish for a call once more by rule; None where none may follow, or its passcode would be dead.

    As nobody asked for it, a passcode that the page shows stays the one that is good.
    """
    verification = record.verification
    before, shown = verification.call, verification.mode is Mode.KEYIN
    wished_at = at + limits.retry_after * SECOND
    useless_from = verification.code_until if shown else verification.expires_at
    has_calls = before.number < limits.calls and before.retried < limits.retries(end)
    if not has_calls or wished_at >= useless_from:
        return None
    call = Call(
        number=before.number + 1,
        wished_at=wished_at,
        postponed_until=wished_at,
        replay=before.replay,
        code_of=before.code_number if shown else 0,
        retried=before.retried + 1,
    )
    after = _wished(record, at, call, verification.code_until if shown else 0)
    return replace(after, verification=replace(after.verification, last_call=end))


def shown_until(record: Record, at: int, limits: Limits) -> int:
    """Return when a passcode shown on the page at `at` dies; 0 in readout, where none is shown."""
    if record.verification.mode is not Mode.KEYIN:
        return 0
    return min(at + limits.passcode_life * SECOND, record.verification.expires_at)


def _wished(record: Record, at: int, call: Call, code_until: int) -> Record:
    changed = replace(
        record.verification, state=State.WANTED, since=at, call=call, code_until=code_until
    )
    return replace(record, verification=changed)
