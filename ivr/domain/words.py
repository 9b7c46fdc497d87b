"""The values that a call flow's placeholders stand for.

Knows which placeholders exist, in which flows each is available, and by which words a purpose is named.
Does not know how values are read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from ivr.domain.callflow import PASSCODE_SLOT, REFERENCE_SLOT, WITH_PASSCODE, Mode, Purpose, Reading
from ivr.domain.policy import ASKED_MODES, PURPOSES_WITH_AMOUNT, SECOND, Bank, Wallet
from ivr.domain.record import Verification

TAIL: Final = 4
READINGS: Final = {
    "bank": Reading.PLAIN,
    "wallet": Reading.PLAIN,
    "purpose": Reading.PLAIN,
    "life": Reading.PLAIN,
    "amount": Reading.YEN,
    "account_tail": Reading.DIGITS,
    "desk": Reading.DIGITS,
    PASSCODE_SLOT: Reading.DIGITS,
    REFERENCE_SLOT: Reading.DIGITS,
}
"""Every placeholder, with the one reading that it must be given."""

PURPOSES: Final[Mapping[str, Mapping[Purpose, str]]] = {
    "ja": {
        Purpose.LINK: "口座をつなぐ",
        Purpose.CHARGE: "お金を入れる",
        Purpose.CHANGE: "送る金額を変える",
        Purpose.REVERIFY: "口座をつないでおく",
    },
    "en": {
        Purpose.LINK: "link your account",
        Purpose.CHARGE: "add money from your account",
        Purpose.CHANGE: "change the amount that is sent",
        Purpose.REVERIFY: "keep your account linked",
    },
    "zh": {
        Purpose.LINK: "绑定您的账户",
        Purpose.CHARGE: "用您的账户充值",
        Purpose.CHANGE: "更改转账金额",
        Purpose.REVERIFY: "继续绑定您的账户",
    },
    "ko": {
        Purpose.LINK: "계좌를 연결해 달라는",
        Purpose.CHARGE: "계좌의 돈을 충전해 달라는",
        Purpose.CHANGE: "보내는 금액을 바꿔 달라는",
        Purpose.REVERIFY: "계좌를 계속 연결해 두는",
    },
    "vi": {
        Purpose.LINK: "liên kết tài khoản của quý khách với",
        Purpose.CHARGE: "nạp tiền từ tài khoản của quý khách vào",
        Purpose.CHANGE: "thay đổi số tiền chuyển vào",
        Purpose.REVERIFY: "tiếp tục liên kết tài khoản của quý khách với",
    },
    "pt": {
        Purpose.LINK: "vincular a sua conta ao",
        Purpose.CHARGE: "colocar dinheiro da sua conta no",
        Purpose.CHANGE: "mudar o valor enviado ao",
        Purpose.REVERIFY: "manter a sua conta vinculada ao",
    },
}
"""What `{purpose}` says. Fixed words, so that the checker can prove that a question named its purpose.

They stand beside the wallet, after it in ja (「{wallet}に{purpose}、お申し込み」), zh
(「申请在{wallet}{purpose}」) and ko (「{wallet}에 {purpose} 신청」), before it in en ("to {purpose} to
{wallet}"), vi ("yêu cầu {purpose} {wallet}") and pt ("um pedido para {purpose} {wallet}"): there with
their preposition, which depends on the verb.
"""

_MINUTE: Final = 60
_UNITS: Final[Mapping[str, tuple[str, str, str]]] = {
    "ja": ("分", "分", "秒"),
    "en": (" minute", " minutes", " seconds"),
    "zh": ("分钟", "分钟", "秒"),
    "ko": ("분", "분", "초"),
    "vi": (" phút", " phút", " giây"),
    "pt": (" minuto", " minutos", " segundos"),
}
"""One minute, several minutes, several seconds."""


def available(name: str, mode: Mode, purposes: Collection[Purpose]) -> bool:
    """Tell whether a placeholder has a value in every call of a flow for this mode and these purposes.

    The reference is for the staff of the desk, never for a depositor.
    """
    match name:
        case "passcode":
            return mode is Mode.READOUT
        case "life":
            return mode in WITH_PASSCODE
        case "amount":
            return bool(purposes) and PURPOSES_WITH_AMOUNT.issuperset(purposes)
        case "reference":
            return False
        case "wallet" | "purpose" | "account_tail":
            return mode in ASKED_MODES
        case _:
            return name in READINGS


def values_of(
    verification: Verification, bank: Bank, wallet: Wallet, language: str, now: int
) -> dict[str, str]:
    """Return what the placeholders stand for in this call at the time `now`, all but the passcode."""
    return {
        "bank": name_in(language, bank.name, bank),
        "wallet": name_in(language, wallet.name, bank),
        "purpose": PURPOSES[language][verification.purpose],
        "life": _in_words(_seconds_left(verification, bank, now), language),
        "amount": str(verification.amount or ""),
        "account_tail": "".join(filter(str.isdigit, verification.account))[-TAIL:],
        "desk": bank.desk_spoken,
    }


def values_of_bank(bank: Bank, language: str) -> dict[str, str]:
    """Return what the placeholders stand for in a call to us: who calls is nobody's to know."""
    return {"bank": name_in(language, bank.name, bank), "desk": bank.desk_spoken}


def name_in(language: str, name: Mapping[str, str], bank: Bank) -> str:
    """Return a name as a call in `language` says it.

    Requests are refused in a language without names, but a key can change to it: then the English
    name is said, which every voice can read, or where there is none that in the bank's own language.
    """
    return name.get(language) or name.get("en") or name[bank.language]


def _seconds_left(verification: Verification, bank: Bank, now: int) -> int:
    """Return how long the passcode is still good for."""
    if not verification.code_until:
        return bank.limits.passcode_life
    return max(0, (verification.code_until - now) // SECOND)


def _in_words(seconds: int, language: str) -> str:
    """Round a time down to what is easily said: whole minutes, or tens of seconds."""
    minute, minutes, several = _UNITS[language]
    if seconds < _MINUTE:
        return f"{max(10, seconds // 10 * 10)}{several}"
    number = seconds // _MINUTE
    return f"{number}{minute if number == 1 else minutes}"
