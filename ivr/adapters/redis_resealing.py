"""What lies in the store under an older master key is sealed anew under the current one, while all goes on.

Knows accounts and verifications by the form of their keys. A value that somebody changes meanwhile is left to him:
what is saved is sealed with the current key anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import redis

from ivr.adapters.seal import Sealer, mark_of
from ivr.domain.record import Account, Verification

_KEY: Final = re.compile(rb"\{p\d+\}(v[a-z2-7]{26}|[a-z2-7]{16})")
_SWAP: Final = """
if redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""
"""KEYS: the value. ARGV: the mark that must still stand, the same value sealed anew."""
_AT_ONCE: Final = 500
_ACCOUNT: Final = 16
"""Letters in an account's name; a verification's is longer."""


class Resealing:
    """Seals anew."""

    def __init__(self, client: redis.Redis, sealer: Sealer) -> None:
        """`sealer` knows the older keys and the current one."""
        self._client = client
        self._sealer = sealer
        self._swap = client.register_script(_SWAP)

    def run(self) -> int:
        """Seal everything anew that an older key sealed; return how much that was. Safe to repeat.

        Raises:
            Impossible: something was sealed by a key that is not in the ring.

        """
        return sum(self._reseal(key, name) for key, name in self._values())

    def _values(self) -> Iterator[tuple[bytes, str]]:
        for key in self._client.scan_iter(match="{p*", count=_AT_ONCE):
            if found := _KEY.fullmatch(key):
                yield key, found[1].decode()

    def _reseal(self, key: bytes, name: str) -> int:
        sealed: Any = self._client.get(key)
        if not sealed or self._sealer.is_current(sealed):
            return 0
        value: Account | Verification
        if len(name) == _ACCOUNT:
            value = self._sealer.open(name, sealed, Account)
        else:
            value = self._sealer.open(name, sealed, Verification)
        anew = self._sealer.seal(name, value)
        return int(self._swap(keys=[key], args=[mark_of(sealed), anew]))
