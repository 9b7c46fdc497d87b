"""What the placeholders of a flow stand for when nobody is called.

Knows how to make up a verification that never was. Does not know the configuration: bank and wallet
are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ivr.domain.callflow import PASSCODE_SLOT, CallFlow, Mode, Pace, Purpose
from ivr.domain.policy import SECOND, Bank, Wallet
from ivr.domain.record import Call, Verification
from ivr.domain.words import values_of

ACCOUNT: Final = "101-1234567"
PASSCODE: Final = "012345"
AMOUNT: Final = 30_000
Values = Mapping[str, Mapping[str, str]]
"""What each placeholder stands for, by language."""


def values_for(
    flow: CallFlow,
    bank: Bank,
    wallet: Wallet,
    *,
    account: str = ACCOUNT,
    amount: int = AMOUNT,
    purpose: Purpose | None = None,
    passcode: str = PASSCODE,
) -> Values:
    """Return what a call of this flow would be told, by language.

    Amount in yen. `purpose` is the flow's first where none is named; an inbound flow has none, and says none.
    """
    asked = purpose or next(iter(flow.purposes), Purpose.LINK)
    return {
        language: {
            **values_of(
                _unreal(flow.mode, asked, language, account, amount), bank, wallet, language, 0
            ),
            PASSCODE_SLOT: passcode,
        }
        for language in flow.voices
    }


def _unreal(mode: Mode, purpose: Purpose, language: str, account: str, amount: int) -> Verification:
    return Verification(
        id="",
        client="",
        bank="",
        wallet="",
        account=account,
        number="",
        mode=mode,
        purpose=purpose,
        language=language,
        pace=Pace.NORMAL,
        key_id="",
        request_digest=b"",
        created_at=0,
        expires_at=600 * SECOND,
        call=Call(number=1, wished_at=0),
        amount=amount,
    )
