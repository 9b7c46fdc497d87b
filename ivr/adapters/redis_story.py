"""The part of the store that is about stories: what happened, told as streams that the archive empties.

Each partition has one. Knows streams; does not know what a note means.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

import redis

from ivr.adapters import redis_scripts as scripts
from ivr.adapters import story
from ivr.adapters.names import Names
from ivr.adapters.redis_due import RedisDue
from ivr.adapters.redis_numbers import RedisNumbers
from ivr.service.ports import Note
from ivr.service.store_faults import UnkeptError

HOUSE: Final = "house"
"""Whose story it is when it is no verification's."""
_OPS_PARTITION: Final = 0
_READING_MS: Final = 5_000


class RedisStories(RedisNumbers, RedisDue):
    """Stories in Redis."""

    def __init__(self, client: redis.Redis, names: Names, replicas: int = 0) -> None:
        """`client` returns bytes (no `decode_responses`)."""
        RedisNumbers.__init__(self, client, names, replicas)
        RedisDue.__init__(self, client, names, self._lines)
        self._read_story = self._lines.script(scripts.READ_STORY)
        self._trim_story = self._lines.script(scripts.TRIM_STORY)
        self._reader = secrets.token_urlsafe(6)

    def note(self, verification_id: str | None, notes: Sequence[Note]) -> None:
        """Append to a story without changing a value; without an id, to the story of the house."""
        name = self._names.account_of(verification_id or "")
        tag = self._tag(name) if name else self._names.tag(_OPS_PARTITION)
        owner = verification_id if verification_id and name else HOUSE
        self._client.xadd(tag + "story", {"": story.pack(owner, notes)})

    def read_notes(self, limit: int) -> list[tuple[int, str, str, list[Note]]]:
        """Return (partition, stream id, verification id, notes), oldest first within a partition.

        Of a partition that another reads, nothing: until he has trimmed it, or for a few seconds if he died.

        Raises:
            UnkeptError: no replica has them, so they may never have been: the archive must not tell of them.

        """
        stories = [self._story_of(partition) for partition in range(self._names.partitions)]
        args = [limit, self._reader, _READING_MS]
        rows: list[tuple[int, str, str, list[Note]]] = []
        told = self._lines.run(*((self._read_story, keys, args) for keys in stories))
        for partition, entries in enumerate(told):
            for stream_id, fields in entries:
                rows.append((partition, stream_id.decode(), *story.unpack(fields[1])))
        told_of = [keys[0] for keys, entries in zip(stories, told, strict=True) if entries]
        for key in self._lines.one_for_each_server(told_of):
            if not self._lines.assure(key):
                raise UnkeptError
        return rows

    def trim_notes(self, partition: int, stream_id: str) -> None:
        """Forget a partition's notes up to and with `stream_id`."""
        milliseconds, sequence = stream_id.split("-")
        after = f"{milliseconds}-{int(sequence) + 1}"
        self._trim_story(keys=self._story_of(partition), args=[after, self._reader])

    def _story_of(self, partition: int) -> list[str]:
        tag = self._names.tag(partition)
        return [tag + "story", tag + "reader"]

    def _tag(self, account_name: str) -> str:
        return self._names.tag(self._names.partition_of(account_name))
