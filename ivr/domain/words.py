"""The values that a call flow's placeholders stand for.

Knows which placeholders exist and where a passcode is available. Does not know how they are read.
"""

from __future__ import annotations

from typing import Final

from ivr.domain.callflow import PASSCODE_SLOT, Mode, Reading
from ivr.domain.policy import Bank, Wallet
from ivr.domain.record import Verification

TAIL: Final = 4
READINGS: Final = {
    "bank": Reading.PLAIN,
    "wallet": Reading.PLAIN,
    "account_tail": Reading.DIGITS,
    "desk": Reading.DIGITS,
    PASSCODE_SLOT: Reading.DIGITS,
}
"""Every placeholder, with the one reading that it must be given."""


def available(name: str, mode: Mode) -> bool:
    """Tell whether a placeholder exists in a mode: a passcode is spoken in `readout` only."""
    return name in READINGS and (name != PASSCODE_SLOT or mode is Mode.READOUT)


def values_of(verification: Verification, bank: Bank, wallet: Wallet, language: str) -> dict[str, str]:
    """Return what the placeholders stand for in this call, all but the passcode."""
    return {
        "bank": bank.name[language],
        "wallet": wallet.name[language],
        "account_tail": "".join(filter(str.isdigit, verification.account))[-TAIL:],
        "desk": bank.desk_spoken,
    }
