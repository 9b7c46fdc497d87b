"""The two values that decide: the verification, and its account. And what follows from them alone.

Both are immutable and print neither numbers nor passcodes. Times are milliseconds since the epoch.
Knows deadlines and what is left. Does not know how a state changes (`verification.py`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from ivr.domain.callflow import KEY_ONLY, Mode, Pace, Purpose
from ivr.domain.conversation import Position
from ivr.domain.delivery import Delivery
from ivr.domain.events import CallEnd
from ivr.domain.passcode import Binding
from ivr.domain.policy import SECOND, Limits


class State(StrEnum):
    """Where a verification stands. The last two are verdicts."""

    WANTED = "wanted"
    PLACING = "placing"
    RINGING = "ringing"
    ANSWERED = "answered"
    CONSENTED = "consented"
    SPOKEN = "spoken"
    HEARD = "heard"
    RESTING = "resting"
    PASSED = "passed"
    FAILED = "failed"


DECIDED = frozenset({State.PASSED, State.FAILED})
IN_CALL = frozenset({State.ANSWERED, State.CONSENTED, State.SPOKEN})
AT_CARRIER = IN_CALL | {State.PLACING, State.RINGING}


class Reason(StrEnum):
    """Why a verdict is what it is. A call's end is a reason when calls or time run out on it."""

    RIGHT_PASSCODE = "right_passcode"
    CONFIRMED = "confirmed"
    WRONG_PASSCODE = "wrong_passcode"
    NOT_ME = "not_me"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    ACCOUNT_BLOCKED = "account_blocked"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    HUNG_UP = "hung_up"
    NO_CONSENT = "no_consent"
    CARRIER_BUSY = "carrier_busy"
    CARRIER_UNSURE = "carrier_unsure"
    UNREACHABLE = "unreachable"


class Call(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The present or last call. `turn` is the number of the hook that we expect next.

    `replay` names the request that asked for the call; `postponed_until` is when a carrier that was
    busy may be asked again, `postponed` how often it said so, `carrier` who was asked last. A call to be
    hung up may not have its id yet: then it is owed from when the id is learned. `asked_in` names the
    inbound call in which the depositor asked to be called back; the page knows nothing of that: the
    passcode it shows, `code_of` an earlier call, stays good (0: it is this call's own). `turned_after`
    is how many seconds after the answer the carrier last asked us; `retried` counts retries by rule.
    """

    number: int
    wished_at: int
    sid: str = ""
    turn: int = 0
    position: Position | None = None
    release: str = ""
    hang_up_owed: bool = False
    postponed_until: int = 0
    replay: bytes = b""
    asked_in: bytes = b""
    code_of: int = 0
    postponed: int = 0
    turned_after: int = 0
    carrier: str = ""
    retried: int = 0

    @property
    def code_number(self) -> int:
        """The number of the call for which the passcode in force was made."""
        return self.code_of or self.number

    @property
    def at_desk(self) -> bool:
        """The depositor was put through to the bank's desk; we have not heard of the end of that."""
        return bool(self.position and self.position.at_desk)


class Account(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What is remembered of an account: failures in a row, a block, and the live verification."""

    failures: int = 0
    blocked_until: int = 0
    live: str = ""

    @property
    def is_blank(self) -> bool:
        """Nothing is worth keeping."""
        return not (self.failures or self.live)


RIGHT = -1
"""In `Verification.checks`: the check was right; other numbers are the tries that were left after a wrong one."""


class Verification(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One question to one depositor, from request to verdict."""

    id: str
    client: str
    bank: str
    wallet: str
    account: str
    number: str
    mode: Mode
    purpose: Purpose
    language: str
    pace: Pace
    key_id: str
    request_digest: bytes
    created_at: int
    expires_at: int
    call: Call
    amount: int | None = None
    reference: str | None = None
    callback_url: str | None = None
    state: State = State.WANTED
    since: int = 0
    tries: int = 0
    last_call: CallEnd | None = None
    code_until: int = 0
    code_heard: bool = False
    reason: Reason | None = None
    decided_at: int = 0
    delivery: Delivery | None = None
    checks: tuple[tuple[bytes, int], ...] = ()
    disputed_at: int = 0

    def __repr__(self) -> str:
        """Show no number, no account, no reference."""
        return f"Verification({self.id}, {self.state})"

    @property
    def decided(self) -> bool:
        """There is a verdict."""
        return self.state in DECIDED

    @property
    def passed(self) -> bool:
        """The verdict is a pass."""
        return self.state is State.PASSED

    @property
    def verdict(self) -> Literal["pass", "fail"] | None:
        """The verdict; None while there is none."""
        return ("pass" if self.passed else "fail") if self.decided else None

    @property
    def pass_before(self) -> int:
        """The time from which no pass may be saved any more: the end of the passcode, where there is one."""
        if self.mode in KEY_ONLY:
            return self.expires_at
        return min(self.code_until, self.expires_at)

    def binding(self) -> Binding:
        """Return what this verification's passcodes are bound to."""
        return Binding(
            verification=self.id,
            bank=self.bank,
            wallet=self.wallet,
            account=self.account,
            purpose=self.purpose,
            amount=self.amount,
        )

    def deadline(self, limits: Limits) -> int:
        """Return when `TimeRanOut` next has something to do here; meaningless once decided."""
        return min(self.expires_at, self._state_ends(limits))

    def _state_ends(self, limits: Limits) -> int:
        match self.state:
            case State.WANTED:
                return self.call.wished_at + limits.place_within * SECOND
            case State.PLACING | State.RINGING:
                return self.since + (limits.ring + limits.carrier_queue) * SECOND
            case State.ANSWERED | State.CONSENTED | State.SPOKEN:
                return self.since + limits.until_given_up(
                    at_desk=self.call.at_desk, turned_after=self.call.turned_after
                )
            case State.HEARD:
                return self.code_until
            case _:
                return self.expires_at


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A verification and its account, always loaded, changed and saved together."""

    verification: Verification
    account: Account

    def tries_left(self, limits: Limits) -> int:
        """Count the wrong passcodes that are still forgiven, in this verification and this account.

        None are where no passcode is ever given.
        """
        if self.verification.decided or self.verification.mode in KEY_ONLY:
            return 0
        in_account = max(limits.account_failures - self.account.failures, 1)
        return max(min(limits.tries - self.verification.tries, in_account), 0)

    def calls_left(self, limits: Limits) -> int:
        """Count the calls that may still be asked for."""
        if self.verification.decided:
            return 0
        return max(limits.calls - self.verification.call.number, 0)

    def next_look(self, limits: Limits) -> int | None:
        """Return when somebody must look at this record next; None when nothing is owed any more."""
        verification = self.verification
        if verification.state is State.WANTED:
            wish = max(verification.call.wished_at, verification.call.postponed_until)
            return min(wish, verification.deadline(limits))
        if not verification.decided:
            return verification.deadline(limits)
        owed = []
        if verification.call.hang_up_owed and verification.call.sid:
            owed.append(verification.decided_at)
        if verification.delivery and verification.delivery.next_at:
            owed.append(verification.delivery.next_at)
        return min(owed, default=None)

    def keep_for(self, limits: Limits) -> int | None:
        """Return how long to keep the record from now on, in milliseconds; None is for as long as it takes."""
        if self.next_look(limits) is not None:
            return None
        delivery = self.verification.delivery
        is_parked = delivery is not None and delivery.is_parked
        return (limits.parked_callback_kept if is_parked else limits.kept_after_end) * SECOND
