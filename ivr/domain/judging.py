"""Whether a bank takes a request at all: its modes, purposes, wallets, amounts and languages; and a number's age.

Knows banks, wallets and requests as values. Does not know where they come from.
"""

from __future__ import annotations

from ivr.domain.errors import Code, Refused
from ivr.domain.policy import ASKED_MODES, PURPOSES_OF, PURPOSES_WITH_AMOUNT, Bank, Request, Wallet


def judge(request: Request, bank: Bank, wallet: Wallet | None) -> None:
    """Decide whether this bank takes this request at all.

    Raises:
        Refused: `mode_not_allowed`, `purpose_not_allowed`, `unknown_wallet`, `amount_not_allowed`,
            `amount_missing` or `language_not_offered`.

    """
    _judge_purpose(request)
    if wallet is None or wallet.id not in bank.wallets:
        raise Refused(
            Code.UNKNOWN_WALLET,
            "This bank has no such wallet; use the id under which the wallet is configured.",
            field="wallet",
        )
    has_amount = request.purpose in PURPOSES_WITH_AMOUNT
    if request.amount is not None and not has_amount:
        raise Refused(
            Code.AMOUNT_NOT_ALLOWED,
            f"The purpose {request.purpose} has no amount; leave the field out.",
            field="amount",
        )
    if request.amount is None and has_amount:
        raise Refused(
            Code.AMOUNT_MISSING,
            f"The purpose {request.purpose} needs the amount that the depositor hears, in yen.",
            field="amount",
        )
    if request.language is not None and not (
        request.language in bank.name and request.language in wallet.name
    ):
        raise Refused(
            Code.LANGUAGE_NOT_OFFERED,
            f"This bank and wallet speak {', '.join(sorted(bank.name.keys() & wallet.name.keys()))}.",
            field="language",
        )


def _judge_purpose(request: Request) -> None:
    """Refuse a purpose that the mode cannot be asked for: a key alone must never approve anything."""
    if request.mode not in ASKED_MODES:
        raise Refused(
            Code.MODE_NOT_ALLOWED,
            f"Nobody can ask for {request.mode}; ask for {', '.join(ASKED_MODES)}.",
            field="mode",
        )
    allowed = PURPOSES_OF[request.mode]
    if request.purpose not in allowed:
        raise Refused(
            Code.PURPOSE_NOT_ALLOWED,
            f"The mode {request.mode} is for {', '.join(sorted(allowed))} only.",
            field="purpose",
        )


def check_number_age(bank: Bank, registered_days: int | None) -> None:
    """Refuse a number that was registered so lately that a thief may have changed it.

    Raises:
        Refused: `number_too_new`; `registered_days` is None where the bank keeps no date.

    """
    if registered_days is not None and registered_days < bank.cooling_off_days:
        raise Refused(
            Code.NUMBER_TOO_NEW,
            f"The registered number was changed less than {bank.cooling_off_days} days ago and is not trusted yet.",
            field="account",
        )
