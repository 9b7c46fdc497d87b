"""Receipts signed with Ed25519 (RFC 8037) by PyJWT, and the public keys to check them with.

EdDSA is deterministic: the same claims give the same receipt, so that poll and callback agree to
the letter. Each master key has its signing key, derived; all of them are published.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ivr.domain.keyring import Keyring, Use


class Ed25519Receipts:
    """Signs receipts and publishes the keys."""

    def __init__(self, keyring: Keyring) -> None:
        """Derive a signing key for each master key."""
        self._keys = {
            key_id: Ed25519PrivateKey.from_private_bytes(keyring.key(key_id, Use.RECEIPT))
            for key_id in keyring.ids
        }

    def sign(self, key_id: str, claims: Mapping[str, object]) -> str:
        """Return a compact JWS (RFC 7515) with the key's id in its header."""
        return jwt.encode(
            dict(claims), self._keys[key_id], algorithm="EdDSA", headers={"kid": key_id}
        )

    def published(self) -> dict[str, object]:
        """Return the JWK set (RFC 7517)."""
        return {"keys": [_jwk(key_id, key) for key_id, key in self._keys.items()]}


def _jwk(key_id: str, key: Ed25519PrivateKey) -> dict[str, str]:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key_id, "x": x}
