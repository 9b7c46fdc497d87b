"""Names and lives as a call says them, in each language."""

from pathlib import Path

import pytest

from ivr.adapters.flows.files import load_book
from ivr.domain.callflow import Mode, Purpose
from ivr.domain.phone import NumberClass
from ivr.domain.policy import Bank, Limits, Wallet
from ivr.rehearsal.values import values_for

FLOW = load_book(Path("callflows")).find(Mode.READOUT, Purpose.LINK, "honnin")


def bank(name: dict[str, str], life: int = 300) -> Bank:
    return Bank(
        id="honnin",
        name=name,
        caller_number="+81345678900",
        desk_spoken="03-4567-8901",
        language="ja",
        wallets=frozenset({"kumopay"}),
        limits=Limits(passcode_life=life),
        number_classes=frozenset(NumberClass),
        cooling_off_days=7,
    )


def said(spoken: str, asked: Bank, wallet: Wallet) -> dict[str, str]:
    assert FLOW
    return dict(values_for(FLOW, asked, wallet)[spoken])


KUMO = Wallet(id="kumopay", name={"ja": "クモペイ"})


@pytest.mark.parametrize(
    ("names", "language", "spoken"),
    [
        ({"ja": "銀行", "en": "Bank", "zh": "银行"}, "zh", "银行"),
        ({"ja": "銀行", "en": "Bank"}, "zh", "Bank"),
        ({"ja": "銀行"}, "zh", "銀行"),
        ({"ja": "銀行", "en": "Bank"}, "ja", "銀行"),
    ],
)
def test_a_call_changed_to_a_language_without_a_name_says_another(
    names: dict[str, str], language: str, spoken: str
) -> None:
    values = said(language, bank(names), KUMO)
    assert (values["bank"], values["wallet"]) == (spoken, "クモペイ")


@pytest.mark.parametrize(
    ("seconds", "language", "words"),
    [
        (300, "ja", "5分"),
        (60, "en", "1 minute"),
        (119, "pt", "1 minuto"),
        (120, "pt", "2 minutos"),
        (59, "zh", "50秒"),
        (3, "ko", "10초"),
        (45, "vi", "40 giây"),
        (240, "vi", "4 phút"),
    ],
)
def test_a_time_is_said_in_whole_minutes_or_tens_of_seconds(
    seconds: int, language: str, words: str
) -> None:
    assert said(language, bank({"ja": "銀行"}, seconds), KUMO)["life"] == words
