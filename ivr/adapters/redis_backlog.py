"""How much waits in the store: what is due and was not taken, and what was not archived.

Knows the keys and plain commands. Reads alone, and takes nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import redis

from ivr.adapters.names import Names
from ivr.domain.policy import SECOND


class Backlog(NamedTuple):
    """Counts, and the age in seconds of what was due first; 0 where nothing is due."""

    due: int
    oldest: float
    unarchived: int


class RedisBacklog:
    """Looks at all partitions."""

    def __init__(self, client: redis.Redis, names: Names) -> None:
        """Take a client and the names of the partitions."""
        self._client = client
        self._names = names

    def read(self) -> Backlog:
        """Count. Raises `redis.RedisError`."""
        now = self._now()
        tags = [self._names.tag(each) for each in range(self._names.partitions)]
        with self._client.pipeline(transaction=False) as pipe:
            for tag in tags:
                pipe.zcount(tag + "due", "-inf", now)
                pipe.zrange(tag + "due", 0, 0, withscores=True)
                pipe.xlen(tag + "story")
            found: list[Any] = pipe.execute()
        firsts = [score for first in found[1::3] for _, score in first]
        oldest = max(0.0, now - min(firsts, default=now)) / SECOND
        return Backlog(sum(found[0::3]), oldest, sum(found[2::3]))

    def _now(self) -> int:
        """Return the store's own time in ms: it is what says that something is due."""
        told: Any = self._client.time()
        seconds, microseconds = next(iter(told.values())) if isinstance(told, dict) else told
        return int(seconds) * SECOND + int(microseconds) // 1000
