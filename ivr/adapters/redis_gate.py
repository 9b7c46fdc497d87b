"""The gate in Redis: one script in one slot of its own, so that every worker keeps the same pace.

Knows names of buckets and wishes. A place in the gate is no state of a call: whatever is lost here
costs a moment or a token, and rings nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import redis

from ivr.adapters import redis_gate_scripts as scripts
from ivr.service.gate_port import Bucket, Wish

_TAG: Final = "{gate}"
_WAITING: Final = ("+waiting", "+until")


class RedisGate:
    """The part of the store that keeps the pace."""

    def __init__(self, client: redis.Redis) -> None:
        """Take the client; nothing is sent yet."""
        self._enter = client.register_script(scripts.ENTER)
        self._leave = client.register_script(scripts.LEAVE)

    def enter(self, wish: Wish, buckets: Sequence[Bucket]) -> int:
        """Let a wish through all of its buckets, or through none; return 0, or the milliseconds to wait."""
        keys = [
            f"{_TAG}{bucket.name}{part}"
            for bucket in buckets
            for part in ("", "+on", "+waiting", "+until", f"+of+{wish.owner}")
        ]
        rates = [(bucket.rate.per_second, bucket.rate.at_once) for bucket in buckets]
        numbers = [number for rate in rates for number in rate]
        wait: int = self._enter(
            keys=keys, args=[wish.name, int(wish.can_wait), wish.hold, *numbers]
        )
        return wait

    def leave(self, name: str, buckets: Sequence[str]) -> None:
        """Say that a call is not on any more, and does not wait."""
        self._remove(name, buckets, ("+on", *_WAITING))

    def stop_waiting(self, name: str, buckets: Sequence[str]) -> None:
        """Give up places among those that wait."""
        self._remove(name, buckets, _WAITING)

    def _remove(self, name: str, buckets: Sequence[str], parts: Sequence[str]) -> None:
        keys = [f"{_TAG}{bucket}{part}" for bucket in buckets for part in parts]
        self._leave(keys=keys, args=[name])
