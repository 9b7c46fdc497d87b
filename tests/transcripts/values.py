"""What the placeholders stand for in the transcripts, by language."""

from typing import Final

from ivr.domain.callflow import Purpose
from ivr.domain.words import PURPOSES

PASSCODE: Final = "012345"
AMOUNT: Final = 30_000
_NAMES: Final = (
    ("ja", "ほんにん銀行", "クモペイ", "5分"),
    ("en", "Honnin Bank", "Kumo Pay", "5 minutes"),
    ("zh", "本人银行", "Kumo Pay", "5分钟"),
    ("ko", "혼닌은행", "쿠모페이", "5분"),
    ("vi", "Ngân hàng Honnin", "Kumo Pay", "5 phút"),
    ("pt", "Banco Honnin", "Kumo Pay", "5 minutos"),
)


def values_of(purpose: Purpose) -> dict[str, dict[str, str]]:
    """Return the values in a call about this purpose."""
    return {
        language: {
            "bank": bank,
            "wallet": wallet,
            "purpose": PURPOSES[language][purpose],
            "amount": str(AMOUNT),
            "life": life,
            "account_tail": "4567",
            "desk": "03-4567-8901",
            "passcode": PASSCODE,
        }
        for language, bank, wallet, life in _NAMES
    }


VALUES: Final = values_of(Purpose.LINK)
