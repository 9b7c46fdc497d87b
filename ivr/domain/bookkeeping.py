"""What is noted about a record without deciding anything: turns, ids, hang-ups, callbacks, disputes.

Knows what is owed after a verdict, and when. Decides no verdict: `verification.py` does.
"""

from __future__ import annotations

from msgspec.structs import replace

from ivr.domain.conversation import Position
from ivr.domain.delivery import Delivery
from ivr.domain.policy import SECOND, Limits
from ivr.domain.record import Record


def turn_taken(record: Record, position: Position, release: str, at: int) -> Record:
    """Move the call's position on by one turn. A verdict stays as it is: the call may outlive it."""
    call = record.verification.call
    seconds = max(0, at - record.verification.since) // SECOND
    moved = replace(
        call, turn=call.turn + 1, position=position, release=release, turned_after=seconds
    )
    return replace(record, verification=replace(record.verification, call=moved))


def hang_up_done(record: Record) -> Record:
    """Note that the carrier was told to hang up."""
    call = replace(record.verification.call, hang_up_owed=False)
    return replace(record, verification=replace(record.verification, call=call))


def sid_learned(record: Record, call_number: int, sid: str) -> Record:
    """Note the carrier's id of a call that is to be hung up and had none yet."""
    verification = record.verification
    call = verification.call
    if not call.hang_up_owed or call.sid or call.number != call_number:
        return record
    return replace(record, verification=replace(verification, call=replace(call, sid=sid)))


def disputed(record: Record, at: int) -> Record:
    """Note that the depositor said "not me" after a pass. The verdict stays; the bank is told again."""
    verification = record.verification
    if not verification.passed or verification.disputed_at:
        return record
    delivery = Delivery(next_at=at) if verification.callback_url else None
    told = replace(verification, disputed_at=at, delivery=delivery)
    return replace(record, verification=told)


def callback_tried(record: Record, at: int, limits: Limits, *, delivered: bool) -> Record:
    """Note one attempt at the callback, and when the next is due: never, once delivered or parked.

    It is parked when the next attempt would come `callback_for` seconds after the news, or later.
    """
    verification = record.verification
    before = verification.delivery or Delivery()
    news_at = max(verification.decided_at, verification.disputed_at)
    until = news_at + limits.callback_for * SECOND
    after = before.arrived() if delivered else before.failed(at, verification.id, until)
    return replace(record, verification=replace(verification, delivery=after))


def callback_wished(record: Record, at: int) -> Record:
    """Note that somebody wants the callback tried once more now; the attempts so far stay counted."""
    verification = record.verification
    delivery = replace(verification.delivery or Delivery(), next_at=at, delivered=False)
    return replace(record, verification=replace(verification, delivery=delivery))
