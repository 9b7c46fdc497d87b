"""Opening the store and the archive for a command at the terminal.

Knows that `ivr serve` on its embedded server leaves the server's address in its data folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import redis

from ivr.adapters.redis_client import connect
from ivr.adapters.redis_store import RedisStore
from ivr.assembly import Parts, assemble, followed_book, redis_parts
from ivr.domain.errors import SettingsFault
from ivr.settings import Settings

ADDRESS_FILE: Final = "redis.url"


def open_store(settings: Settings) -> RedisStore:
    """Open the store of the configured server, or of the embedded one of a running `ivr serve`.

    Raises:
        SettingsFault: there is neither, or it does not answer.

    """
    return redis_parts(open_client(settings), settings)[0]


def open_parts(settings: Settings) -> Parts:
    """Open the store, and wire around it what everything is built from. Raises `SettingsFault`."""
    client = open_client(settings)
    store, bell = redis_parts(client, settings)
    book = followed_book(client, settings)
    book.refresh()
    return assemble(settings, store, bell, book)


def address_of(settings: Settings) -> str:
    """Return the URL of the configured server, or of the embedded one. Raises `SettingsFault`."""
    return settings.redis_url or _embedded(settings.data_dir)


def open_client(settings: Settings) -> redis.Redis:
    """Connect to that server. Raises `SettingsFault` where it does not answer."""
    client = connect(address_of(settings))
    try:
        client.ping()
    except redis.RedisError as error:
        why = f"does not answer ({type(error).__name__}); is `ivr serve` running?"
        raise SettingsFault((f"IVR_REDIS_URL: the server {why}",)) from error
    return client


def _embedded(data_dir: Path) -> str:
    try:
        return (data_dir / ADDRESS_FILE).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsFault(
            (
                f"IVR_REDIS_URL: is not set, and no `ivr serve` with an embedded server runs on {data_dir}",
            )
        ) from error
