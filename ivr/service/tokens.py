"""Tokens and digests that are derived, so that nothing has to be kept for them.

Knows the keyring. The token in a hook's address belongs to one call of one verification; it is not
a secret that opens anything by itself (the signature does that), but nobody can guess it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from ivr.domain.keyring import Keyring, Use


def call_token(keyring: Keyring, key_id: str, verification_id: str, call: int) -> str:
    """Derive the token of one call: 26 characters of base32, 130 bits."""
    return _token(keyring, key_id, f"{verification_id}/{call}")


def desk_token(keyring: Keyring, key_id: str, verification_id: str, call: int) -> str:
    """Derive the token of a call's transfer, which opens nothing else; as long as the call's own."""
    return _token(keyring, key_id, f"{verification_id}/{call}/desk")


def _token(keyring: Keyring, key_id: str, name: str) -> str:
    digest = hmac.digest(keyring.key(key_id, Use.HOOK), name.encode(), hashlib.sha256)
    return base64.b32encode(digest[:20]).decode().lower()[:26]


def replay_name(keyring: Keyring, client: str, key: str | None, body: bytes) -> bytes:
    """Name a request that may be sent again: 8 bytes for its idempotency key, 8 for its body.

    Empty without a key. The body's digest is keyed, so that it gives no passcode away.
    """
    if key is None:
        return b""
    key_digest = keyring.lasting_digest("idempotency", client.encode(), key.encode())
    return key_digest[:8] + keyring.lasting_digest("body", body)[:8]


def webhook_secrets(keyring: Keyring, client: str) -> list[bytes]:
    """Derive a client's callback secrets, 32 bytes each, the current one first (at most two)."""
    return [keyring.key(key_id, Use.WEBHOOK, client) for key_id in keyring.ids[:2]]


def receipt_id_key(keyring: Keyring, key_id: str) -> bytes:
    """Return what the ids of receipts are derived with."""
    return keyring.key(key_id, Use.RECEIPT, "jti")


def receipt_id(key: bytes, verification_id: str) -> str:
    """Derive the single-use id of a verification's receipt."""
    return hmac.digest(key, verification_id.encode(), hashlib.sha256)[:16].hex()


def inbound_name(keyring: Keyring, sid: str) -> bytes:
    """Name a call that somebody made to us: 8 bytes."""
    return keyring.lasting_digest("inbound", sid.encode())[:8]
