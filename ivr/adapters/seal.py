"""Values as they lie in the store: encoded with a format version, and sealed.

AES-256-GCM with a key derived for each name, so that no key seals more than one record's few
versions (NIST SP 800-38D, 8.3, bounds messages per key), and the name as associated data, so that
a value moved to another name does not open. The random nonce doubles as the version's mark.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Final, TypeVar, get_args

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ivr.domain.errors import Impossible
from ivr.domain.keyring import Keyring, Use
from ivr.domain.record import Account, Verification
from ivr.domain.release import Content, Posted

FORMAT: Final = 1
_NONCE: Final = 12
_TAG: Final = 16
_CIPHERS: Final = 256
"""How many derived ciphers are kept at hand: what is opened is mostly sealed again at once."""
Sealed = Verification | Account | Content | Posted
Value = TypeVar("Value", Verification, Account, Content, Posted)


class Sealer:
    """Seals and opens values under the keyring."""

    def __init__(self, keyring: Keyring) -> None:
        """Take the keyring; its current key seals."""
        self._keyring = keyring
        self._cipher = lru_cache(_CIPHERS)(self._derive)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoders: dict[type, msgspec.msgpack.Decoder[Any]] = {
            kind: msgspec.msgpack.Decoder(kind) for kind in get_args(Sealed)
        }

    def _derive(self, key_id: str, name: str) -> AESGCM:
        return AESGCM(self._keyring.key(key_id, Use.SEAL, name))

    def seal(self, name: str, value: Sealed) -> bytes:
        """Seal a value under its name: format, key id, nonce, ciphertext."""
        key_id = self._keyring.current
        header = bytes((FORMAT, len(key_id))) + key_id.encode()
        nonce = os.urandom(_NONCE)
        cipher = self._cipher(key_id, name)
        return (
            header
            + nonce
            + cipher.encrypt(nonce, self._encoder.encode(value), header + name.encode())
        )

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether a value is sealed with the current key."""
        return sealed[2 : 2 + sealed[1]] == self._keyring.current.encode()

    def open(self, name: str, sealed: bytes, kind: type[Value]) -> Value:
        """Open a sealed value.

        Raises:
            Impossible: written by a later release, sealed with a key that is gone, or tampered with.

        """
        if sealed[:1] != bytes((FORMAT,)):
            found = sealed[0] if sealed else "none"
            raise Impossible(f"the value of {name} has format {found}; this release reads {FORMAT}")
        start = 2 + sum(sealed[1:2])
        header, nonce = sealed[:start], sealed[start : start + _NONCE]
        key_id = header[2:].decode("ascii", "replace")
        if len(sealed) < start + _NONCE + _TAG:
            raise Impossible(f"the value of {name} does not open: it was cut short")
        cipher = self._cipher(key_id, name)
        try:
            encoded = cipher.decrypt(nonce, sealed[start + _NONCE :], header + name.encode())
        except InvalidTag as error:
            raise Impossible(
                f"the value of {name} does not open: it was changed or moved"
            ) from error
        opened: Value = self._decoders[kind].decode(encoded)
        return opened


def mark_of(sealed: bytes | None) -> bytes:
    """Return what tells this version of a value from every other; empty where there is none."""
    if not sealed:
        return b""
    return sealed[: 2 + sealed[1] + _NONCE]
