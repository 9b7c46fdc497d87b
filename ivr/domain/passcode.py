"""The passcode: derived when it is needed, compared, and never kept.

Knows RFC 4226 (through pyotp) and what a passcode is bound to. Does not know who asks.
A passcode is a string of six digits from birth to comparison: `012345` keeps its zero.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import Final

import msgspec
import pyotp

from ivr.domain.errors import Code, Refused

DIGITS: Final = 6
_SEPARATORS: Final = str.maketrans("", "", " -‐‑–—−ー・.\u3000\u00a0\t")


class Binding(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a passcode is good for, and nothing else: change one field and the passcode changes."""

    verification: str
    bank: str
    wallet: str
    account: str
    purpose: str
    amount: int | None

    def __repr__(self) -> str:
        """Show no account number."""
        return f"Binding({self.verification})"


class _Hotp(pyotp.HOTP):
    """HOTP over a key as it is. pyotp takes one in base32, as apps are given it, and decodes it at once."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        super().__init__("", digits=DIGITS)

    def byte_secret(self) -> bytes:
        return self._key


def derive(secret: bytes, binding: Binding, call_number: int) -> str:
    """Derive the passcode of one call: HOTP (RFC 4226) with the call's number as counter.

    `secret` is 32 bytes. The HOTP key is HMAC-SHA-256 over the encoded binding, so that a
    passcode for one wallet, account or amount says nothing about any other.
    """
    key = hmac.digest(secret, msgspec.msgpack.encode(binding), hashlib.sha256)
    return _Hotp(key).at(call_number)


def matches(secret: bytes, binding: Binding, call_number: int, guess: str) -> bool:
    """Compare a guess with the call's passcode in constant time."""
    return hmac.compare_digest(derive(secret, binding, call_number), guess)


def read_typed(text: str) -> str:
    """Read what a person typed: full-width digits, spaces and hyphens are what they mean.

    Raises:
        Refused: `passcode_malformed` when six digits do not remain. Not counted as a try.

    """
    digits = unicodedata.normalize("NFKC", text).translate(_SEPARATORS)
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        raise Refused(
            Code.PASSCODE_MALFORMED,
            f"A passcode has {DIGITS} digits; this was not counted as a try.",
            field="passcode",
        )
    return digits
