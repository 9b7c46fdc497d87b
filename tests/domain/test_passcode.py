import base64
import hashlib
import hmac
from typing import Any

import msgspec
import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ivr.domain.errors import Code, Refused
from ivr.domain.passcode import Binding, derive, matches, read_typed

SECRET = bytes(range(32))
BINDING = Binding(
    verification="vabcdefghijklmnop234567abcd",
    bank="honnin",
    wallet="kumopay",
    account="001-0123456",
    purpose="link",
    amount=None,
)
SECRET_OF_012345 = (961913).to_bytes(32, "big")
"""Found by trying numbers in order: the first whose first call has the passcode 012345."""

APPENDIX_D = [
    "755224",
    "287082",
    "359152",
    "969429",
    "338314",
    "254676",
    "287922",
    "162583",
    "399871",
    "520489",
]


def hotp(key: bytes, counter: int) -> str:
    """Work out RFC 4226, 5.3 and 5.4, by hand."""
    digest = hmac.digest(key, counter.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def refusal(text: str) -> Refused:
    with pytest.raises(Refused) as caught:
        read_typed(text)
    return caught.value


def test_pyotp_and_our_own_working_agree_with_rfc_4226_appendix_d() -> None:
    key = b"12345678901234567890"
    made = pyotp.HOTP(base64.b32encode(key).decode(), digits=6)
    assert [made.at(counter) for counter in range(10)] == APPENDIX_D
    assert [hotp(key, counter) for counter in range(10)] == APPENDIX_D


@given(secret=st.binary(min_size=32, max_size=32), call=st.integers(1, 3))
def test_a_passcode_is_hotp_over_the_encoded_binding_with_the_call_as_counter(
    secret: bytes, call: int
) -> None:
    key = hmac.digest(secret, msgspec.msgpack.encode(BINDING), hashlib.sha256)
    assert derive(secret, BINDING, call) == hotp(key, call)


@given(secret=st.binary(min_size=32, max_size=32), call=st.integers(1, 3))
def test_a_passcode_is_always_six_digits_and_matches_itself(secret: bytes, call: int) -> None:
    passcode = derive(secret, BINDING, call)
    assert len(passcode) == 6
    assert passcode.isdigit()
    assert matches(secret, BINDING, call, passcode)
    assert read_typed(passcode) == passcode


def test_a_leading_zero_is_kept_from_derivation_to_comparison() -> None:
    assert derive(SECRET_OF_012345, BINDING, 1) == "012345"
    assert matches(SECRET_OF_012345, BINDING, 1, read_typed("０１２ ３４５"))
    assert not matches(SECRET_OF_012345, BINDING, 1, "12345")


@pytest.mark.parametrize(
    "change",
    [
        {"verification": "vabcdefghijklmnop234567abce"},
        {"bank": "another"},
        {"wallet": "sorapay"},
        {"account": "001-0123457"},
        {"purpose": "charge"},
        {"amount": 0},
        {"amount": 1},
    ],
    ids=str,
)
def test_another_binding_has_another_passcode(change: dict[str, Any]) -> None:
    other = replace(BINDING, **change)
    passcodes = [derive(SECRET, BINDING, call) for call in (1, 2, 3)]
    assert [derive(SECRET, other, call) for call in (1, 2, 3)] != passcodes
    assert not matches(SECRET, other, 1, passcodes[0])


def test_fields_cannot_borrow_from_each_other() -> None:
    one = replace(BINDING, bank="honnin", wallet="kumopay")
    other = replace(BINDING, bank="honninkumo", wallet="pay")
    assert derive(SECRET, one, 1) != derive(SECRET, other, 1)


def test_another_call_or_another_secret_has_another_passcode() -> None:
    assert len({derive(SECRET, BINDING, call) for call in (1, 2, 3)}) == 3
    assert derive(SECRET, BINDING, 1) != derive(bytes(32), BINDING, 1)


@pytest.mark.parametrize(
    "typed",
    [
        "012345",
        "０１２３４５",
        "012 345",
        "012　345",
        "012-345",
        "０１２－３４５",
        "０１２ー３４５",
        "01 23 45",
        "  012345  ",
        "012\u2010345",
        "012\u00a0345",
        "0・1・2・3・4・5",
        "\t012345",
    ],
)
def test_what_a_person_means_is_read(typed: str) -> None:
    assert read_typed(typed) == "012345"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12345",
        "1234567",
        "12345a",
        "１２３４５六",
        "١٢٣٤٥٦",
        "12345\N{DEVANAGARI DIGIT SIX}",
        "-123456+",
        "0x1234",
        "123_456",
        "1e5000",
        "123456\n",
        "12\x003456",
        "      ",
    ],
)
def test_what_is_not_six_digits_is_malformed_and_is_not_repeated(typed: str) -> None:
    refused = refusal(typed)
    assert (refused.code, refused.field) == (Code.PASSCODE_MALFORMED, "passcode")
    assert not typed.strip() or typed not in refused.detail


@given(typed=st.text(max_size=40))
def test_whatever_is_typed_is_six_ascii_digits_or_malformed(typed: str) -> None:
    try:
        read = read_typed(typed)
    except Refused:
        assert refusal(typed).code == Code.PASSCODE_MALFORMED
    else:
        assert read.isascii()
        assert read.isdigit()
        assert len(read) == 6
