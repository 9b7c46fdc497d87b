"""Values as they lie in the store: encoded with a format version, and sealed.

AES-256-GCM with one of 256 keys derived from a master key, chosen by the name, and the name as associated
data, so that a value moved to another name does not open. NIST SP 800-38D, 8.3, allows 2^32 messages with
random nonces for a key: so a master key seals 10^12 values. The random nonce doubles as the version's mark.

An account of which nothing is known but its live verification lies as that one's number, in clear: the
names of keys say as much.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from typing import Any, Final, TypeVar
from zlib import crc32

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ivr.adapters.packed import FIXED, pack_verification, unpack_verification
from ivr.adapters.packed_account import (
    account_of_number,
    number_of_live,
    pack_account,
    unpack_account,
)
from ivr.domain.errors import Impossible, SettingsFault
from ivr.domain.keyring import Keyring, Use
from ivr.domain.record import Account, Verification
from ivr.domain.release import Content, Posted

FORMAT: Final = 2
_NONCE: Final = 12
_TAG: Final = 16
_KEY_MARK: Final = 3
_HEADER: Final = 1 + _KEY_MARK
_MARK: Final = _HEADER + _NONCE
_KEYS: Final = 256
Sealed = Verification | Account | Content | Posted
Value = TypeVar("Value", Verification, Account, Content, Posted)


class Sealer:
    """Seals and opens values under the keyring."""

    def __init__(self, keyring: Keyring) -> None:
        """Take the keyring; its current key seals.

        Raises:
            SettingsFault: two of its keys have the same mark; one needs another id.

        """
        self._keyring = keyring
        self._marks = {key_mark(key_id): key_id for key_id in keyring.ids}
        if len(self._marks) < len(keyring.ids):
            fault = (
                "IVR_MASTER_KEYS: two of its ids cannot be told apart by their marks; rename one"
            )
            raise SettingsFault((fault,))
        self._header = bytes((FORMAT,)) + key_mark(keyring.current)
        self._cipher = cache(self._derive)
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder().decode

    def _derive(self, key_id: str, number: int) -> AESGCM:
        return AESGCM(self._keyring.key(key_id, Use.SEAL, str(number)))

    def seal(self, name: str, value: Sealed) -> bytes:
        """Seal a value under its name: format, mark of the key, nonce, ciphertext."""
        if isinstance(value, Account) and (number := number_of_live(name, value)):
            return number
        key_id, bound = self._keyring.current, name.encode()
        nonce = os.urandom(_NONCE)
        cipher = self._cipher(key_id, crc32(bound) % _KEYS)
        encoded = self._pack(value, key_id)
        return self._header + nonce + cipher.encrypt(nonce, encoded, self._header + bound)

    def is_current(self, lying: bytes) -> bool:
        """Tell whether a value is sealed with the current key, or with none."""
        return lying.isdigit() or lying[1:_HEADER] == self._header[1:]

    def open(self, name: str, lying: bytes, kind: type[Value]) -> Value:
        """Open what `seal` returned.

        Raises:
            Impossible: written by a later release, sealed with a key that is gone, or tampered with.

        """
        if kind is Account and lying.isdigit():
            return account_of_number(name, lying)
        key_id = self._key_id(name, lying)
        bound = name.encode()
        cipher = self._cipher(key_id, crc32(bound) % _KEYS)
        try:
            encoded = cipher.decrypt(lying[_HEADER:_MARK], lying[_MARK:], lying[:_HEADER] + bound)
        except InvalidTag as error:
            raise Impossible(
                f"the value of {name} does not open: it was changed or moved"
            ) from error
        try:
            opened: Value = self._unpack(name, encoded, key_id, kind)
        except (KeyError, ValueError, msgspec.MsgspecError) as error:
            raise Impossible(f"the value of {name} was written by a later release") from error
        return opened

    def _pack(self, value: Sealed, key_id: str) -> bytes:
        if isinstance(value, Verification):
            fixed, row = pack_verification(value, key_id)
            return fixed + self._encode(row)
        return self._encode(pack_account(value) if isinstance(value, Account) else value)

    def _unpack(self, name: str, encoded: bytes, key_id: str, kind: type[Any]) -> Any:
        if kind is Verification:
            row = self._decode(encoded[FIXED:])
            return unpack_verification(name, encoded[:FIXED], row, key_id)
        row = self._decode(encoded)
        return unpack_account(row) if kind is Account else msgspec.convert(row, kind)

    def _key_id(self, name: str, lying: bytes) -> str:
        if lying[:1] != self._header[:1]:
            found = lying[0] if lying else "none"
            raise Impossible(f"the value of {name} has format {found}; this release reads {FORMAT}")
        if len(lying) < _MARK + _TAG:
            raise Impossible(f"the value of {name} does not open: it was cut short")
        key_id = self._marks.get(lying[1:_HEADER])
        if key_id is None:
            known = ", ".join(self._keyring.ids)
            raise Impossible(f"the master key that sealed {name} is gone; there is {known}")
        return key_id


def key_mark(key_id: str) -> bytes:
    """Return what stands for a key's id in what it seals."""
    return hashlib.sha256(key_id.encode()).digest()[:_KEY_MARK]


def mark_of(lying: bytes | None) -> bytes:
    """Return what tells this version of a value from every other; empty where there is none.

    Of a sealed one that is all before the ciphertext; a number of a live verification is no longer.
    """
    return lying[:_MARK] if lying else b""
