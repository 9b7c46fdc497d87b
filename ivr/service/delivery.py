"""The bank learns: the verdict, signed by the Standard Webhooks specification, posted to its callback.

Knows what a callback says and how it is signed. Does not know sockets: a courier carries it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

import msgspec

from ivr.domain.bookkeeping import callback_tried
from ivr.domain.delivery import Delivery
from ivr.domain.keyring import Keyring
from ivr.domain.moments import iso_time
from ivr.domain.policy import SECOND
from ivr.domain.record import Record
from ivr.service.attending import attended
from ivr.service.ports import Client, Courier
from ivr.service.receipts import Receipts
from ivr.service.records import Change, Records
from ivr.service.tokens import webhook_secrets

_SUCCESS = range(200, 300)


class Deliveries:
    """Delivers callbacks for the worker."""

    def __init__(
        self, *, records: Records, receipts: Receipts, keyring: Keyring, courier: Courier
    ) -> None:
        """Take the ports."""
        self._records = records
        self._receipts = receipts
        self._keyring = keyring
        self._courier = courier

    def deliver(self, verification_id: str, client: Client | None) -> None:
        """Try the callback that is owed once, and note how it went.

        `client` is None where the client no longer exists; then nobody is entitled to the callback.
        """
        record, now = self._records.read(verification_id)
        verification = record.verification
        if not (
            verification.callback_url and verification.delivery and verification.delivery.next_at
        ):
            return
        status = 0
        if client is not None:
            status = self._post(record, client, now // SECOND)

        def step(change: Change) -> None:
            present = change.record.verification
            if present.disputed_at != verification.disputed_at:
                return  # there is other news by now, and it is owed
            if present.delivery and present.delivery.delivered:
                return  # by another worker, while we were at it
            delivered = status in _SUCCESS
            if not delivered and present.delivery != verification.delivery:
                return  # tried by another at the same time, and that counts as one attempt
            change.record = callback_tried(
                change.record, change.now, change.limits, delivered=delivered
            )
            delivery = change.record.verification.delivery or Delivery()
            kind = "callback_parked" if delivery.is_parked else "callback_failed"
            change.note(
                "callback_delivered" if delivered else kind,
                status=status,
                attempts=delivery.attempts,
            )

        self._records.change(verification_id, step)

    def _post(self, record: Record, client: Client, now_seconds: int) -> int:
        verification = record.verification
        body = self._body(record)
        message_id = f"{verification.id}.{'disputed' if verification.disputed_at else 'decided'}"
        headers = sign(message_id, now_seconds, body, webhook_secrets(self._keyring, client.id))
        if request := attended().get("request"):
            headers["x-request-id"] = request
        return self._courier.post(
            verification.callback_url or "",
            body,
            headers,
            private_allowed=client.private_callbacks,
        )

    def _body(self, record: Record) -> bytes:
        verification = record.verification
        data = {
            "id": verification.id,
            "mode": verification.mode,
            "verdict": verification.verdict,
            "reason": verification.reason,
            "reference": verification.reference,
            "receipt": self._receipts.receipt_for(record),
        }
        kind, at = "verification.decided", verification.decided_at
        if verification.disputed_at:
            kind, at = "verification.disputed", verification.disputed_at
        return msgspec.json.encode({"type": kind, "timestamp": iso_time(at), "data": data})


def sign(message_id: str, timestamp: int, body: bytes, secrets: list[bytes]) -> dict[str, str]:
    """Sign a callback by the Standard Webhooks specification, once with each live secret.

    `timestamp` in seconds. Returns the three headers and the content type.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = [
        base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode() for secret in secrets
    ]
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
