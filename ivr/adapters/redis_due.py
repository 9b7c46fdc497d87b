"""The part of the store that is about work: what is due, under a lease, and when it is looked at again.

Knows ids and partitions. Does not know what is owed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import redis

from ivr.adapters import redis_scripts as scripts
from ivr.adapters.names import Names, pack_id, unpack_id
from ivr.adapters.redis_line import Lines


class RedisDue:
    """The lists of what is due, one for each partition."""

    def __init__(self, client: redis.Redis, names: Names, lines: Lines) -> None:
        """`client` returns bytes (no `decode_responses`)."""
        self._client = client
        self._names = names
        self._lines = lines
        self._take = lines.script(scripts.TAKE)
        self._hand_back = lines.script(scripts.HAND_BACK)
        self._overdue = lines.script(scripts.OVERDUE)

    def take_due(
        self, *, lease_ms: int, limit: int, partitions: Iterable[int] | None = None
    ) -> list[str]:
        """Take ids that are due, under a lease, from some partitions or from all."""
        wanted = range(self._names.partitions) if partitions is None else partitions
        keys = [self._names.tag(partition) + "due" for partition in wanted]
        taken = self._lines.run(*((self._take, [key], [lease_ms, limit]) for key in keys))
        return [unpack_id(each) for ids in taken for each in ids]

    def look_again(self, verification_id: str, at: int) -> None:
        """Have something that is due looked at sooner than its lease ends."""
        name = self._names.account_of(verification_id)
        if name:
            self._client.zadd(self._due_of(name), {pack_id(verification_id): at}, xx=True, lt=True)

    def hand_back(self, ids: Sequence[str]) -> None:
        """Give leases back: those that are still on the list are due again now."""
        together: dict[int, list[bytes]] = {}
        for each in ids:
            if name := self._names.account_of(each):
                together.setdefault(self._names.partition_of(name), []).append(pack_id(each))
        for partition, own in together.items():
            self._hand_back(keys=[self._names.tag(partition) + "due"], args=[partition, *own])

    def forget_due(self, verification_id: str) -> None:
        """Take an id off the list of what is due."""
        name = self._names.account_of(verification_id)
        if name:
            self._client.zrem(self._due_of(name), pack_id(verification_id))

    def overdue(self) -> int:
        """Return how many ids are due and taken by nobody."""
        keys = [self._names.tag(partition) + "due" for partition in range(self._names.partitions)]
        return sum(self._lines.run(*((self._overdue, [key], []) for key in keys)))

    def _due_of(self, account_name: str) -> str:
        return self._names.tag(self._names.partition_of(account_name)) + "due"
