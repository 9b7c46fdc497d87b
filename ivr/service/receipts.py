"""The verdict as a signed document, made from the record alone: the same record, the same receipt.

Knows the claims of a receipt. Does not know how it is signed.
"""

from __future__ import annotations

import base64
from typing import Final

from ivr.domain.keyring import Keyring
from ivr.domain.policy import SECOND
from ivr.domain.record import Record
from ivr.service.ports import ReceiptSigner
from ivr.service.tokens import receipt_id, receipt_id_key

LIFE_SECONDS: Final = 90_000
"""Longer than a callback is tried: whoever gets one late can still check its receipt."""


class Receipts:
    """Makes receipts for decided verifications."""

    def __init__(self, signer: ReceiptSigner, keyring: Keyring, issuer: str) -> None:
        """`issuer` is the public base URL of this service."""
        self._signer = signer
        self._keyring = keyring
        self._id_keys = {key_id: receipt_id_key(keyring, key_id) for key_id in keyring.ids}
        self._issuer = issuer

    def receipt_for(self, record: Record) -> str | None:
        """Return the compact JWS of a verdict; None while there is none.

        Claims (RFC 7519): `iss`, `aud` (the client), `sub` (the verification), `jti` (single use),
        `iat` (the time of the verdict) and `exp` in seconds; and `verdict`, `reason`, `mode`,
        `purpose`, `bank`, `wallet`, `amount` where there is one, `reference` where there is one,
        and `request_sha256`: the SHA-256 of the start request's body as received, in base64url.
        """
        verification = record.verification
        if not verification.decided or verification.reason is None:
            return None
        key_id = verification.key_id
        id_key = self._id_keys.get(key_id) or receipt_id_key(self._keyring, key_id)
        decided = verification.decided_at // SECOND
        digest = base64.urlsafe_b64encode(verification.request_digest).rstrip(b"=").decode()
        claims: dict[str, object] = {
            "iss": self._issuer,
            "aud": verification.client,
            "sub": verification.id,
            "jti": receipt_id(id_key, verification.id),
            "iat": decided,
            "exp": decided + LIFE_SECONDS,
            "verdict": verification.verdict,
            "reason": verification.reason,
            "mode": verification.mode,
            "purpose": verification.purpose,
            "bank": verification.bank,
            "wallet": verification.wallet,
            "request_sha256": digest,
        }
        if verification.amount is not None:
            claims["amount"] = verification.amount
        if verification.reference is not None:
            claims["reference"] = verification.reference
        return self._signer.sign(key_id, claims)
