"""The board in Redis: a notice that says which releases are in force, and the files of each release.

Everything is sealed, and a release must have the name that follows from its files: whoever can write to
Redis, or breaks something in it, changes no word that a depositor hears. Works on one server, behind
Sentinel and on a cluster: each script touches one key.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final, cast

import redis

from ivr.adapters.redis_bell import Channel
from ivr.adapters.seal import Sealer
from ivr.domain.errors import Impossible
from ivr.domain.release import Content, Files, Posted
from ivr.service.release_port import Notice

_LOG: Final = logging.getLogger(__name__)
NOTICE: Final = "flows"
"""The notice's key, and the channel that rings when it changes."""
DAY_SECONDS: Final = 86_400
"""Longer than any call: so long files stay after their release was last in force."""
_REPLACE: Final = """
local now = redis.call('GET', KEYS[1])
if (now or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""


class RedisBoard:
    """Reads and writes the board; fulfils `Board`."""

    def __init__(self, client: redis.Redis, sealer: Sealer) -> None:
        """`client` returns bytes."""
        self._client = client
        self._sealer = sealer
        self._replace = client.register_script(_REPLACE)
        self._channel = Channel(client, NOTICE)

    def notice(self) -> Notice:
        """Return what hangs there."""
        sealed = cast("bytes | None", self._client.get(NOTICE)) or b""
        if not sealed:
            return Notice(mark=sealed, scopes=None)
        try:
            return Notice(mark=sealed, scopes=self._sealer.open(NOTICE, sealed, Posted).scopes)
        except Impossible as error:
            _LOG.error("flow_notice_unreadable", extra={"error": str(error)})
            return Notice(mark=sealed, scopes=None)

    def post(self, seen: bytes, scopes: Mapping[str, str]) -> bool:
        """Put another notice in place of the one with the mark `seen` and ring; False where that is gone."""
        sealed = self._sealer.seal(NOTICE, Posted(scopes=scopes))
        replaced = bool(self._replace(keys=[NOTICE], args=[seen, sealed]))
        if replaced:
            self._client.publish(NOTICE, NOTICE)
        return replaced

    def wait(self, seconds: float) -> None:
        """Return when the bell rings, or after `seconds`."""
        self._channel.listen()
        self._channel.wait_for(NOTICE, seconds, lambda: False)

    def keep(self, release: str) -> bool:
        """Keep a release's files for a day more; False where they are not there."""
        return bool(self._client.expire(_key(release), DAY_SECONDS))

    def put(self, scope: str, files: Files) -> None:
        """Put a release's files there, for a day."""
        content = Content(scope=scope, files=files)
        key = _key(content.name)
        self._client.set(key, self._sealer.seal(key, content), ex=DAY_SECONDS)

    def content(self, release: str) -> Content | None:
        """Return a release with its files; None where they are not there.

        What is there and is not that release is taken away, so that whoever holds the truth puts it anew.
        """
        key = _key(release)
        sealed = cast("bytes | None", self._client.get(key))
        if sealed is None:
            return None
        try:
            content = self._sealer.open(key, sealed, Content)
            if content.name == release:
                return content
            error = f"it holds release {content.name}"
        except Impossible as fault:
            error = str(fault)
        _LOG.error("flow_content_corrupt", extra={"release": release, "error": error})
        self._client.delete(key)
        return None


def _key(release: str) -> str:
    return f"flow:{release}"
