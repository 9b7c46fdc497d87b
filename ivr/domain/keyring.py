"""The service's secrets: a few master keys with ids, and every other key derived from them.

Knows how keys are derived and which is current. Does not know where they come from.
Rotation: put a new master key first and keep the old ones until nothing they made is alive.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum

from ivr.domain.errors import Impossible


class Use(StrEnum):
    """What a derived key is for. Two uses never share a key."""

    PASSCODE = "passcode"
    SEAL = "seal"
    HOOK = "hook"
    RECEIPT = "receipt"
    WEBHOOK = "webhook"


class Keyring:
    """Master keys by id (the first is current) and the lasting key, which is never rotated."""

    def __init__(self, masters: Mapping[str, bytes], lasting_key: bytes) -> None:
        """Take 32-byte keys; the first of `masters` makes everything new."""
        self._masters = dict(masters)
        self._derived: dict[tuple[str, str], bytes] = {}
        self._lasting_key = lasting_key
        self.current = next(iter(self._masters))

    def __repr__(self) -> str:
        """Show key ids, never keys."""
        return f"Keyring({', '.join(self._masters)})"

    @property
    def ids(self) -> tuple[str, ...]:
        """All key ids, the current one first."""
        return tuple(self._masters)

    def key(self, key_id: str, use: Use, label: str = "") -> bytes:
        """Derive the 32-byte key of one use (and label) from the master key `key_id`.

        Raises:
            Impossible: the key id is not in the ring: it was retired too early.

        """
        if key_id not in self._masters:
            message = f"master key {key_id!r} is gone although something it made is still alive"
            raise Impossible(message)
        purpose = f"honnin/{use}/{label}"
        found = self._derived.get((key_id, purpose))
        if found is None:
            found = hmac.digest(self._masters[key_id], purpose.encode(), hashlib.sha256)
            if not label:
                self._derived[key_id, purpose] = found
        return found

    def lasting_digest(self, label: str, *parts: bytes) -> bytes:
        """Digest `parts` with the key that is never rotated: 32 bytes that name a place or a request.

        Nobody without the key can try values against it, so it may be stored where the parts may not.
        """
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in (label.encode(), *parts))
        return hmac.digest(self._lasting_key, framed, hashlib.sha256)
