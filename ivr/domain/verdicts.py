"""How a record moves on, and how it comes to its verdict; what a try counts.

Knows tries, failures and blocks. Does not know by which event they come (`rules.py`).
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from ivr.domain.delivery import Delivery
from ivr.domain.policy import SECOND, Limits
from ivr.domain.record import Account, Reason, Record, State

PASSING: Final = frozenset({Reason.RIGHT_PASSCODE, Reason.CONFIRMED})
"""The reasons of a pass; every other is one of a failure."""
NEVER: Final = 1 << 53
"""A time that does not come (in milliseconds; the largest that JSON numbers keep exactly)."""


def move(record: Record, at: int, state: State, **changes: Any) -> Record:
    """Bring a record to a state at the time `at`, with other changes to its verification."""
    return replace(
        record, verification=replace(record.verification, state=state, since=at, **changes)
    )


def decide(record: Record, at: int, reason: Reason, **changes: Any) -> Record:
    """Give the verdict that a reason means, free the account, and owe the callback."""
    verification, account = record.verification, record.account
    state = State.PASSED if reason in PASSING else State.FAILED
    delivery = Delivery(next_at=at) if verification.callback_url else None
    if account.live == verification.id:
        account = replace(account, live="")
    cleared = replace(record, account=account)
    return move(cleared, at, state, reason=reason, decided_at=at, delivery=delivery, **changes)


def judge_try(record: Record, at: int, limits: Limits, *, right: bool) -> Record:
    """Pass on a right passcode, and clear the account's failures; count a wrong one, which may be the last."""
    verification = record.verification
    if right:
        cleared = replace(record, account=replace(record.account, failures=0, blocked_until=0))
        return decide(cleared, at, Reason.RIGHT_PASSCODE)
    tries = verification.tries + 1
    account = _count_failure(record.account, at, limits)
    counted = replace(record, account=account)
    if tries >= limits.tries:
        return decide(counted, at, Reason.WRONG_PASSCODE, tries=tries)
    if account.blocked_until > at:
        return decide(counted, at, Reason.ACCOUNT_BLOCKED, tries=tries)
    return move(counted, verification.since, verification.state, tries=tries)


def _count_failure(account: Account, at: int, limits: Limits) -> Account:
    failures = account.failures + 1
    blocked_until = account.blocked_until
    if failures >= limits.account_failures_for_good:
        blocked_until = NEVER
    elif failures >= limits.account_failures:
        blocked_until = at + limits.account_block * SECOND
    return replace(account, failures=failures, blocked_until=blocked_until)
