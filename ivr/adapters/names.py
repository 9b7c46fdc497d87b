"""The names of things in the store: partitions, ids and keys.

An account's name is a keyed hash, and a verification's id begins with it: whoever has an id knows
the partition, and nobody without the key learns the account. All keys of a verification and its
account share one hash tag, so that one script reaches them on a cluster.
"""

from __future__ import annotations

import base64
import os
import re
from typing import Final

from ivr.domain.keyring import Keyring

_ID: Final = re.compile(r"v([a-z2-7]{16})[a-z2-7]{10}", re.ASCII)
_NAME_BYTES: Final = 10
_LENGTH_OF_RANDOM: Final = 10
AS_BASE_32: Final = str.maketrans(
    "abcdefghijklmnopqrstuvwxyz234567", "0123456789abcdefghijklmnopqrstuv"
)
"""What Python reads as a number of base 32; seven letters and 35 bits hold the first four bytes."""
PACKED_ID: Final = 17
"""Bytes of an id's 26 letters, which are 130 bits; six are left."""
_SPARE: Final = 6
_LETTERS: Final = 26
_NAME_ENDS: Final = 17
"""Where an account's name ends in an id."""


class Names:
    """Makes and reads names. `partitions` is fixed when the product is installed."""

    def __init__(self, keyring: Keyring, partitions: int) -> None:
        """Take the keyring (its lasting key) and the number of partitions."""
        self._keyring = keyring
        self.partitions = partitions

    def house_mark(self) -> bytes:
        """Return what tells this house's store from another's: partitions and lasting key, digested."""
        return self._keyring.lasting_digest("house", str(self.partitions).encode())[:_NAME_BYTES]

    def account_name(self, bank: str, account: str) -> str:
        """Name an account: 16 characters of base32."""
        digest = self._keyring.lasting_digest("account", bank.encode(), account.encode())
        return _base32(digest[:_NAME_BYTES])

    def number_name(self, number: str) -> str:
        """Name a telephone number, for its limits."""
        return "n" + _base32(self._keyring.lasting_digest("number", number.encode())[:_NAME_BYTES])

    def new_id(self, account_name: str) -> str:
        """Make a verification's id: `v`, the account's name, 50 random bits."""
        return f"v{account_name}{_base32(os.urandom(7))[:_LENGTH_OF_RANDOM]}"

    def account_of(self, verification_id: str) -> str | None:
        """Return the account's name in an id; None where it is no id of ours."""
        match = _ID.fullmatch(verification_id)
        return match.group(1) if match else None

    def partition_of(self, account_name: str) -> int:
        """Return the partition of an account and all its verifications."""
        return (int(account_name[:7].translate(AS_BASE_32), 32) >> 3) % self.partitions

    def tag(self, partition: int) -> str:
        """Return the hash tag of a partition."""
        return f"{{p{partition:02d}}}"


def pack_id(verification_id: str) -> bytes:
    """Return an id as bytes; none where it is no id of ours."""
    if not _ID.fullmatch(verification_id):
        return b""
    return (int(verification_id[1:].translate(AS_BASE_32), 32) << _SPARE).to_bytes(PACKED_ID)


def unpack_id(packed: bytes) -> str:
    """Return the id that was packed."""
    return "v" + base64.b32encode(packed).decode().lower()[:_LETTERS]


def number_of(verification_id: str) -> int | None:
    """Return what tells an id from the others of its account, a number of 50 bits; None where it is no id."""
    if not _ID.fullmatch(verification_id):
        return None
    return int(verification_id[_NAME_ENDS:].translate(AS_BASE_32), 32)


def id_of(account_name: str, number: int) -> str:
    """Return the id of an account that has this number."""
    letters = _base32((number << _SPARE).to_bytes(7))
    return f"v{account_name}{letters[:_LENGTH_OF_RANDOM]}"


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().lower().rstrip("=")
