"""An account as a row of few bytes; where only its live verification is known, as that one's number.

Knows every field of an account. Does not know sealing or stores. A field that is added later comes last of all, with
a default: an older release reads over it.
"""

from __future__ import annotations

from typing import Any, Final

from ivr.adapters.names import id_of, number_of, pack_id, unpack_id
from ivr.domain.record import Account

_FIRST_NUMBER: Final = 10**15
"""The lowest number of a live verification, so that all have as many digits."""


def pack_account(account: Account) -> list[Any]:
    """Return a row."""
    return [account.failures, account.blocked_until, pack_id(account.live) or account.live]


def unpack_account(row: list[Any]) -> Account:
    """Return the account that lay as `row`. Raises ValueError: it is none."""
    failures, blocked_until, live, *_ = row
    return Account(
        failures=failures,
        blocked_until=blocked_until,
        live=unpack_id(live) if isinstance(live, bytes) else live,
    )


def number_of_live(name: str, account: Account) -> bytes:
    """Return in 16 digits what tells an account's live verification from its others.

    Nothing where more is known of the account than that, or less. Redis keeps digits as a number.
    """
    if account.failures or account.blocked_until or not account.live.startswith(name, 1):
        return b""
    number = number_of(account.live)
    return b"" if number is None else b"%d" % (_FIRST_NUMBER + number)


def account_of_number(name: str, digits: bytes) -> Account:
    """Return the account of which only the live verification is known."""
    return Account(live=id_of(name, int(digits) - _FIRST_NUMBER))
