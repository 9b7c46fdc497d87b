from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ivr.domain.callflow import Mode, Purpose
from ivr.domain.errors import Code, Refused
from ivr.domain.judging import check_number_age, judge
from ivr.domain.phone import NumberClass
from ivr.domain.policy import (
    Bank,
    Limits,
    Request,
    Wallet,
)

BANK = Bank(
    id="honnin",
    name={"ja": "ほんにん銀行", "en": "Honnin Bank"},
    caller_number="+81345678900",
    desk_spoken="03-4567-8901",
    language="ja",
    wallets=frozenset({"kumopay"}),
    limits=Limits(),
    number_classes=frozenset({NumberClass.MOBILE}),
    cooling_off_days=7,
)
WALLET = Wallet(id="kumopay", name={"ja": "クモペイ", "en": "Kumo Pay"})
REQUEST = Request(
    mode=Mode.READOUT,
    purpose=Purpose.LINK,
    bank="honnin",
    wallet="kumopay",
    account="001-0123456",
)


def refusal(wallet: Wallet | None = WALLET, bank: Bank = BANK, **fields: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        judge(replace(REQUEST, **fields), bank, wallet)
    return caught.value


def body(**fields: Any) -> bytes:
    return msgspec.json.encode({**msgspec.to_builtins(REQUEST), **fields})


@pytest.mark.parametrize("purpose", Purpose)
def test_a_purpose_has_an_amount_or_it_has_none(purpose: Purpose) -> None:
    with_amount = purpose in {Purpose.CHARGE, Purpose.CHANGE}
    judge(replace(REQUEST, purpose=purpose, amount=5000 if with_amount else None), BANK, WALLET)
    refused = refusal(purpose=purpose, amount=None if with_amount else 5000)
    expected = Code.AMOUNT_MISSING if with_amount else Code.AMOUNT_NOT_ALLOWED
    assert (refused.code, refused.field) == (expected, "amount")


def test_a_wallet_that_does_not_exist_or_is_not_the_banks_is_unknown() -> None:
    assert refusal(wallet=None).code == Code.UNKNOWN_WALLET
    other = Wallet(id="sorapay", name=WALLET.name)
    assert refusal(wallet=other).code == Code.UNKNOWN_WALLET


def test_a_language_must_be_spoken_by_bank_and_wallet() -> None:
    judge(replace(REQUEST, language="en"), BANK, WALLET)
    assert refusal(language="fr").code == Code.LANGUAGE_NOT_OFFERED
    japanese_wallet = Wallet(id="kumopay", name={"ja": "クモペイ"})
    assert refusal(japanese_wallet, language="en").code == Code.LANGUAGE_NOT_OFFERED
    japanese_bank = replace(BANK, name={"ja": "ほんにん銀行"})
    assert refusal(bank=japanese_bank, language="en").code == Code.LANGUAGE_NOT_OFFERED


@pytest.mark.parametrize(("days", "is_trusted"), [(0, False), (6, False), (7, True), (None, True)])
def test_a_number_that_was_changed_lately_is_not_trusted(
    days: int | None, *, is_trusted: bool
) -> None:
    if is_trusted:
        check_number_age(BANK, days)
        return
    with pytest.raises(Refused) as caught:
        check_number_age(BANK, days)
    assert caught.value.code == Code.NUMBER_TOO_NEW


@pytest.mark.parametrize(
    "fields",
    [
        {"mode": "shout"},
        {"purpose": "steal"},
        {"bank": "Honnin"},
        {"wallet": ""},
        {"account": "123"},
        {"account": "0" * 35},
        {"account": "001-0123456\n"},
        {"bank": "honnin\n"},
        {"language": "ja\n"},
        {"reference": "a\n"},
        {"account": "001/0123456"},
        {"account": "００１－０１２３４５６"},
        {"amount": 0},
        {"amount": -1},
        {"amount": 1.5},
        {"amount": "5000"},
        {"amount": 100_000_001},
        {"language": "日本"},
        {"language": "ja-JP"},
        {"pace": "fast"},
        {"reference": "a b"},
        {"reference": "x" * 65},
        {"callback_url": ""},
        {"callback_url": "https://bank.example/" + "x" * 500},
        {"number": "+819012345678"},
    ],
    ids=str,
)
def test_what_is_no_request_is_not_read_as_one(fields: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body(**fields), type=Request)


def test_a_request_is_read_whole() -> None:
    read = msgspec.json.decode(body(pace="slow", reference="a.b/c:1", amount=1), type=Request)
    assert (read.pace, read.reference, read.amount) == ("slow", "a.b/c:1", 1)


def test_the_defaults_are_within_bounds() -> None:
    assert Limits().faults() == []


NONE_IS_NO_LIMIT = {"calls_per_second", "calls_at_once", "retry_busy", "retry_no_answer"}


@pytest.mark.parametrize("name", Limits.__struct_fields__)
def test_every_limit_has_bounds_and_is_named_when_it_is_beyond_them(name: str) -> None:
    for value in (-1, 10**9) if name in NONE_IS_NO_LIMIT else (-1, 0, 10**9):
        changed = replace(Limits(), **{name: value})
        assert [fault[0] for fault in changed.faults()] == [name]


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("verification_life", 600),
        ("tries", 5),
        ("account_failures", 10),
        ("account_failures_for_good", 100),
        ("calls", 3),
    ],
)
def test_ops_cannot_be_laxer_than_what_is_promised(name: str, most: int) -> None:
    assert replace(Limits(), **{name: most}).faults() == []
    assert [fault[0] for fault in replace(Limits(), **{name: most + 1}).faults()] == [name]
