"""The part of the store that is about telephone numbers: how often each was called, and for whom.

Each number has a slot of its own, named by a keyed hash. Knows ids of verifications and how wishes
for calls are counted. Knows no number in clear, and nothing of what a verification is.
"""

from __future__ import annotations

import hashlib

import redis

from ivr.adapters import redis_stamped_scripts as scripts
from ivr.adapters.names import PACKED_ID, Names, pack_id, unpack_id
from ivr.adapters.redis_line import Lines
from ivr.domain.policy import LONGEST_LIFE


class RedisNumbers:
    """The calls of numbers in Redis: counted, taken back, and found again."""

    def __init__(self, client: redis.Redis, names: Names, replicas: int = 0) -> None:
        """`client` returns bytes (no `decode_responses`)."""
        self._client = client
        self._names = names
        self._lines = Lines(client, replicas)
        self._reserve = self._lines.script(scripts.RESERVE)
        self._release = client.register_script(scripts.RELEASE)
        self._lately = client.register_script(scripts.LATELY)

    def reserve_call(self, number: str, wish: str, *, per_hour: int, per_day: int) -> int:
        """Count a call to a number, once per wish; return the seconds to wait where it is too many."""
        seconds: int = self._reserve(
            keys=[self._names.number_name(number)], args=[_short(wish), per_hour, per_day]
        )
        return seconds

    def release_call(self, number: str, wish: str) -> None:
        """Take a reservation back."""
        self._release(keys=[self._names.number_name(number)], args=[_short(wish)])

    def called_lately(self, number: str) -> list[str]:
        """Return whose calls to a number were counted lately, ids of verifications, the latest first."""
        wishes: list[bytes] = self._lately(
            keys=[self._names.number_name(number)], args=[LONGEST_LIFE]
        )
        return list(dict.fromkeys(map(_owner_of, wishes)))


def _short(wish: str) -> bytes:
    """Keep whose wish it is, to be found by, and of the rest what tells it from others."""
    verification_id, _, rest = wish.partition("/")
    packed = pack_id(verification_id)
    if packed and not rest:
        return packed
    digest = hashlib.blake2b(rest.encode() if packed else wish.encode(), digest_size=8).digest()
    return (packed or bytes(PACKED_ID)) + digest


def _owner_of(short: bytes) -> str:
    return unpack_id(short[:PACKED_ID])
