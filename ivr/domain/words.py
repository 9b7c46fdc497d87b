"""The values that a call flow's placeholders stand for.

Knows which placeholders exist, where a passcode is available, and by which words a purpose is named.
Does not know how values are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ivr.domain.callflow import PASSCODE_SLOT, Mode, Purpose, Reading
from ivr.domain.policy import SECOND, Bank, Wallet
from ivr.domain.record import Verification

TAIL: Final = 4
READINGS: Final = {
    "bank": Reading.PLAIN,
    "wallet": Reading.PLAIN,
    "purpose": Reading.PLAIN,
    "life": Reading.PLAIN,
    "account_tail": Reading.DIGITS,
    "desk": Reading.DIGITS,
    PASSCODE_SLOT: Reading.DIGITS,
}
"""Every placeholder, with the one reading that it must be given."""

PURPOSES: Final[Mapping[str, Mapping[Purpose, str]]] = {
    "ja": {
        Purpose.LINK: "口座をつなぐ",
        Purpose.CHARGE: "お金を入れる",
        Purpose.CHANGE: "送る金額を変える",
        Purpose.REVERIFY: "口座をつないだままにする",
    },
    "en": {
        Purpose.LINK: "link your account",
        Purpose.CHARGE: "add money from your account",
        Purpose.CHANGE: "change the amount that is sent",
        Purpose.REVERIFY: "keep your account linked",
    },
}
"""What `{purpose}` says. Fixed words, so that the checker can prove that a question named its purpose.

They stand before the wallet: 「{wallet}に{purpose}お申し込み」, "a request to {purpose} to {wallet}".
"""

_MINUTE: Final = 60


def available(name: str, mode: Mode) -> bool:
    """Tell whether a placeholder exists in a mode: a passcode is spoken in `readout` only."""
    return name in READINGS and (name != PASSCODE_SLOT or mode is Mode.READOUT)


def values_of(
    verification: Verification, bank: Bank, wallet: Wallet, language: str, now: int
) -> dict[str, str]:
    """Return what the placeholders stand for in this call at the time `now`, all but the passcode."""
    return {
        "bank": bank.name[language],
        "wallet": wallet.name[language],
        "purpose": PURPOSES[language][verification.purpose],
        "life": _in_words(_seconds_left(verification, bank, now), language),
        "account_tail": "".join(filter(str.isdigit, verification.account))[-TAIL:],
        "desk": bank.desk_spoken,
    }


def _seconds_left(verification: Verification, bank: Bank, now: int) -> int:
    """Return how long the passcode is still good for."""
    if not verification.code_until:
        return bank.limits.passcode_life
    return max(0, (verification.code_until - now) // SECOND)


def _in_words(seconds: int, language: str) -> str:
    """Round a time down to what is easily said: whole minutes, or tens of seconds."""
    number, unit = (
        (seconds // _MINUTE, "minute")
        if seconds >= _MINUTE
        else (max(10, seconds // 10 * 10), "second")
    )
    if language == "ja":
        return f"{number}{'分' if unit == 'minute' else '秒'}"
    return f"{number} {unit}{'' if number == 1 else 's'}"
