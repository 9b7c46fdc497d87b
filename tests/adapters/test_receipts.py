"""Receipts as PyJWT reads and writes them: what a bank's developer checks them with, or something like it."""

import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ivr.adapters.receipts import Ed25519Receipts
from ivr.domain.keyring import Use
from tests.web.small_house import KEYRING

CLAIMS = {
    "iss": "https://verify.example",
    "sub": "v" + "a" * 26,
    "iat": 1,
    "bank": "honnin",
    "reference": "link/2026:01-15_0042.a",
    "amount": None,
}
KEY_ID = KEYRING.current


def test_a_receipt_is_what_pyjwt_would_write() -> None:
    key = Ed25519PrivateKey.from_private_bytes(KEYRING.key(KEY_ID, Use.RECEIPT))
    wanted = jwt.encode(CLAIMS, key, algorithm="EdDSA", headers={"kid": KEY_ID})
    assert Ed25519Receipts(KEYRING).sign(KEY_ID, CLAIMS) == wanted


def test_a_receipt_is_checked_with_the_published_key() -> None:
    receipts = Ed25519Receipts(KEYRING)
    signed = receipts.sign(KEY_ID, CLAIMS)
    published = jwt.PyJWKSet.from_json(json.dumps(receipts.published()))
    key = published[jwt.get_unverified_header(signed)["kid"]]
    assert jwt.decode(signed, key, algorithms=["EdDSA"]) == CLAIMS


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_receipt_of_which_anything_was_changed_is_refused(part: int) -> None:
    receipts = Ed25519Receipts(KEYRING)
    parts = receipts.sign(KEY_ID, CLAIMS).split(".")
    parts[part] = ("f" if parts[part][8] == "e" else "e").join((parts[part][:8], parts[part][9:]))
    key = jwt.PyJWKSet.from_json(json.dumps(receipts.published())).keys[0]
    with pytest.raises(jwt.InvalidTokenError):
        jwt.decode(".".join(parts), key, algorithms=["EdDSA"])
