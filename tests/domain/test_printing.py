"""Nothing of the domain prints a passcode, a number or an account, however it is printed."""

import traceback
from typing import Any

import pytest
from msgspec.structs import replace

from ivr.domain.callflow import Mode, Pace, Purpose
from ivr.domain.errors import Refused
from ivr.domain.keyring import Keyring
from ivr.domain.passcode import read_typed
from ivr.domain.phone import NumberClass, parse
from ivr.domain.policy import Bank, Limits, Request
from ivr.domain.reading import Spoken
from tests.domain.lives import ACCOUNT, CALLBACK, NUMBER, Life

PASSCODE = "012345"
SECRETS = (PASSCODE, "ゼロ", ACCOUNT, "0123456", NUMBER, "9012345678", "client-reference", "s" * 32)

LIFE = Life(callback_url=CALLBACK, reference="client-reference").hear()
CALLED = frozenset({NumberClass.MOBILE})
PRINTED: list[Any] = [
    LIFE.verification,
    LIFE.record,
    LIFE.account,
    LIFE.verification.call,
    LIFE.verification.binding(),
    LIFE.check(right=True).record,
    parse(NUMBER, callable_classes=CALLED),
    Keyring({"k1": b"s" * 32}, b"s" * 32),
    Spoken(parts=("ゼロ", "イチ"), language="ja", pace=Pace.NORMAL),
    Request(
        mode=Mode.READOUT,
        purpose=Purpose.LINK,
        bank="honnin",
        wallet="kumopay",
        account=ACCOUNT,
        reference="client-reference",
    ),
    Bank(
        id="honnin",
        name={"ja": "ほんにん銀行"},
        caller_number=NUMBER,
        desk_spoken=NUMBER,
        language="ja",
        wallets=frozenset(),
        limits=Limits(),
        number_classes=CALLED,
        cooling_off_days=7,
        test_numbers=frozenset({NUMBER}),
    ),
]


def ways_to_print(value: Any) -> list[str]:
    return [str(value), repr(value), f"{value}", f"{value!r}", f"{[value]}", f"{ {'x': value} }"]


@pytest.mark.parametrize("value", PRINTED, ids=lambda value: type(value).__name__)
def test_no_value_prints_what_it_must_not(value: Any) -> None:
    for text in ways_to_print(value):
        assert not [secret for secret in SECRETS if secret in text]


def test_a_refusal_of_what_was_typed_does_not_repeat_it_even_in_a_traceback() -> None:
    with pytest.raises(Refused) as caught:
        read_typed(PASSCODE + "7")
    assert PASSCODE not in "".join(traceback.format_exception(caught.value))


def test_a_refused_number_is_not_repeated_even_in_a_traceback() -> None:
    for text in ("０９０１２３４５６７８", "+815012345678", "+81 90 1234 5678", "+8190123456789"):
        with pytest.raises(Refused) as caught:
            parse(text, callable_classes=CALLED)
        assert text not in "".join(traceback.format_exception(caught.value))


def test_a_record_that_cannot_be_compared_does_not_show_its_difference() -> None:
    other = replace(LIFE.verification, number="+819087654321")
    assert other != LIFE.verification
    assert repr(other) == repr(LIFE.verification)
