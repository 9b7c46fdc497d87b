"""What may be asked for, and the limits that everybody lives under.

Knows banks, wallets and limits as values. Does not know where they are configured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from ivr.domain.callflow import Mode, Pace, Purpose
from ivr.domain.desk import Desk
from ivr.domain.events import CallEnd
from ivr.domain.phone import NumberClass

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
LONGEST_LIFE: Final = 10 * MINUTE
"""Of a verification (NIST SP 800-63B-4, 3.1.3.2), whatever a bank's limits say."""
MOST_PER_SECOND: Final = (0, 1_000)
MOST_AT_ONCE: Final = (0, 100_000)
"""The bounds of calls that begin in a second, and that are on at once; 0 is no limit."""
PURPOSES_WITH_AMOUNT: Final = frozenset({Purpose.CHARGE, Purpose.CHANGE})
PURPOSES_OF: Final[Mapping[Mode, frozenset[Purpose]]] = {
    Mode.READOUT: frozenset(Purpose),
    Mode.KEYIN: frozenset(Purpose),
    Mode.NOTICE: frozenset({Purpose.LINK}),
    Mode.REVERIFY: frozenset({Purpose.REVERIFY}),
    Mode.INBOUND: frozenset(),
}
"""What each mode can be asked for. A key alone never approves anything: it only confirms what is so already."""
ASKED_MODES: Final = tuple(mode for mode in Mode if PURPOSES_OF[mode])
"""The modes that a client can ask for."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lives and counts. Times in seconds, as ops write them in `config/limits.toml`.

    The outer bounds are NIST SP 800-63B-4 (3.1.3.2): ten minutes, a hundred failures in a row.
    """

    verification_life: int = 600
    passcode_life: int = 300
    tries: int = 5
    account_failures: int = 10
    account_block: int = 86_400
    account_failures_for_good: int = 100
    calls: int = 3
    ring: int = 30
    place_within: int = 20
    carrier_queue: int = 30
    preamble: int = 15
    call_time_limit: int = 720
    turn_time_limit: int = 180
    desk_time_limit: int = 1800
    kept_after_end: int = 3600
    calls_to_number_per_hour: int = 6
    calls_to_number_per_day: int = 12
    callback_for: int = 86_400
    parked_callback_kept: int = 604_800
    call_back_after: int = 30
    calls_per_second: int = 0
    calls_at_once: int = 0
    retry_busy: int = 0
    retry_no_answer: int = 0
    retry_after: int = 30

    def whole_call(self, *, at_desk: bool) -> int:
        """Return the seconds that a call may last; longer where it is, or may be, put through to the desk."""
        return self.call_time_limit + (self.desk_time_limit if at_desk else 0)

    def retries(self, end: CallEnd) -> int:
        """Return how often a call that ended so is tried again by rule. A rejected one never is."""
        return {CallEnd.BUSY: self.retry_busy, CallEnd.NO_ANSWER: self.retry_no_answer}.get(end, 0)

    def until_given_up(self, *, at_desk: bool, turned_after: int) -> int:
        """Return the milliseconds after which a call that was answered counts as over, unheard of.

        The carrier's news of its end may be lost. A call that is on asks what to say next within a
        turn, but for one at the desk; `turned_after` is when it last did, in seconds.
        """
        longest = self.whole_call(at_desk=at_desk)
        if not at_desk:
            longest = min(longest, turned_after + self.turn_time_limit)
        return (longest + self.carrier_queue) * SECOND

    def faults(self) -> list[tuple[str, str]]:
        """Name each limit that is out of bounds, with what it must be."""
        bounds = {
            "verification_life": (1, LONGEST_LIFE // SECOND),
            "passcode_life": (1, 300),
            "tries": (1, 5),
            "account_failures": (1, 10),
            "account_failures_for_good": (1, 100),
            "account_block": (1, 30 * 86_400),
            "calls": (1, 3),
            "ring": (5, 60),
            "place_within": (1, 60),
            "carrier_queue": (1, 120),
            "preamble": (5, 60),
            "call_time_limit": (120, 900),
            "turn_time_limit": (60, 600),
            "desk_time_limit": (60, 7200),
            "kept_after_end": (3600, 86_400),
            "calls_to_number_per_hour": (1, 60),
            "calls_to_number_per_day": (1, 200),
            "callback_for": (60, 86_400),
            "parked_callback_kept": (3600, 30 * 86_400),
            "call_back_after": (5, 60),
            "calls_per_second": MOST_PER_SECOND,
            "calls_at_once": MOST_AT_ONCE,
            "retry_busy": (0, 2),
            "retry_no_answer": (0, 2),
            "retry_after": (5, 300),
        }
        found = [
            (name, f"must be from {low} to {high}")
            for name, (low, high) in bounds.items()
            if not low <= getattr(self, name) <= high
        ]
        if not found and self.account_failures_for_good < self.account_failures:
            found.append(("account_failures_for_good", "must not be less than account_failures"))
        return found


class Bank(msgspec.Struct, frozen=True, kw_only=True):
    """A depositor's bank. `desk_spoken` is the desk's number as dialled at home, with hyphens between groups.

    `desk` is where calls are transferred to; None where the bank takes none. `caller_numbers` are
    those from which it calls by some carriers, in place of `caller_number`.
    """

    id: str
    name: Mapping[str, str]
    caller_number: str
    desk_spoken: str
    language: str
    wallets: frozenset[str]
    limits: Limits
    number_classes: frozenset[NumberClass]
    cooling_off_days: int
    test_numbers: frozenset[str] = frozenset()
    desk: Desk | None = None
    caller_numbers: Mapping[str, str] = {}

    def caller_by(self, carrier: str) -> str:
        """Return the number from which the bank calls by a carrier."""
        return self.caller_numbers.get(carrier, self.caller_number)

    def __repr__(self) -> str:
        """Show no number."""
        return f"Bank({self.id})"


class Wallet(msgspec.Struct, frozen=True, kw_only=True):
    """A funds-transfer service that asks for a link: its name as spoken, and the pace of its calls (0: any)."""

    id: str
    name: Mapping[str, str]
    calls_per_second: int = 0
    calls_at_once: int = 0


# Python's `$` also matches before a final newline; with (?!\n) it is the end, here and in ECMA-262.
AccountName = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z-]{3,33}$(?!\n)")]
Amount = Annotated[int, msgspec.Meta(ge=1, le=100_000_000)]
Identifier = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$(?!\n)")]
Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}$(?!\n)")]
Reference = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z._:/-]{1,64}$(?!\n)")]
Url = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client asks for, as it stands in the body of `POST /v1/verifications`. `amount` is in whole yen."""

    mode: Mode
    purpose: Purpose
    bank: Identifier
    wallet: Identifier
    account: AccountName
    amount: Amount | None = None
    language: Language | None = None
    pace: Pace = Pace.NORMAL
    reference: Reference | None = None
    callback_url: Url | None = None

    def __repr__(self) -> str:
        """Show no account number."""
        return f"Request({self.mode}, {self.purpose}, {self.bank}, {self.wallet})"
