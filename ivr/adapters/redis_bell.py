"""The bell: who waits for work or for a change hears of it at once, through Redis' publish and subscribe.

Nothing depends on it: a missed bell costs a moment. Each kind of news has one channel and, in a
process that waits for it, one thread that alone uses the subscription: redis-py's is not for sharing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

import redis

_LOG: Final = logging.getLogger(__name__)
WORK: Final = "bell"
CHANGES: Final = "changed"
_RETRY_SECONDS: Final = 0.5
_POLL_SECONDS: Final = 1.0


class Channel:
    """One channel: a thread that listens, and what it heard and nobody has taken yet."""

    def __init__(self, client: redis.Redis, name: str) -> None:
        """Take a client; the subscription takes one connection of its pool, when first needed."""
        self._client = client
        self._name = name
        self._condition = threading.Condition()
        self._wanted: dict[str, int] = {}
        self._heard: dict[str, int] = {}
        self._keeps_all = name == WORK
        self._listening = threading.Event()
        self._began = False
        self._lets_go = False

    def listen(self) -> None:
        """Begin to listen, once; return when the subscription stands, or soon after where it cannot."""
        with self._condition:
            if not self._began:
                self._began = True
                threading.Thread(target=self._listen, name=self._name, daemon=True).start()
        self._listening.wait(_RETRY_SECONDS)

    def take_all(self, seconds: float) -> frozenset[str]:
        """Return what was heard since the last time; where that is nothing, wait for it."""
        with self._condition:
            self._condition.wait_for(lambda: bool(self._heard) or self._lets_go, seconds)
            heard = frozenset(self._heard)
            self._heard.clear()
            return heard

    def wait_for(self, word: str, seconds: float, is_there: Callable[[], bool]) -> None:
        """Return when `word` is heard, or `is_there` from the start, or after `seconds`."""

        def is_over() -> bool:
            return self._lets_go or self._heard.get(word, 0) != seen

        with self._condition:
            self._wanted[word] = self._wanted.get(word, 0) + 1
            seen = self._heard.get(word, 0)
        try:
            if not is_there():
                with self._condition:
                    self._condition.wait_for(is_over, seconds)
        finally:
            with self._condition:
                self._wanted[word] -= 1
                if not self._wanted[word]:
                    del self._wanted[word]
                    self._heard.pop(word, None)

    def let_go(self) -> None:
        """Let everybody who waits return at once, now and from now on."""
        with self._condition:
            self._lets_go = True
            self._condition.notify_all()

    def _listen(self) -> None:
        while True:
            try:
                self._listen_once()
            except Exception as error:  # noqa: BLE001 - a broken line raises many things; this thread must go on
                _LOG.warning(
                    "bell_lost", extra={"channel": self._name, "error": type(error).__name__}
                )
            self._listening.clear()
            time.sleep(_RETRY_SECONDS)

    def _listen_once(self) -> None:
        subscription = self._client.pubsub()  # type: ignore[no-untyped-call]
        try:
            subscription.subscribe(self._name)
            while True:
                message = subscription.get_message(timeout=_POLL_SECONDS)
                if message is None:
                    continue
                self._listening.set()
                if message["type"] == "message":
                    self._hear(message["data"].decode())
        finally:
            subscription.close()

    def _hear(self, word: str) -> None:
        with self._condition:
            if self._keeps_all or word in self._wanted:
                self._heard[word] = self._heard.get(word, 0) + 1
                self._condition.notify_all()


class RedisBell:
    """Both channels of a process, each listened to from when somebody first waits."""

    def __init__(self, client: redis.Redis) -> None:
        """Take a client."""
        self._work = Channel(client, WORK)
        self._changes = Channel(client, CHANGES)

    def wait_for_work(self, seconds: float) -> frozenset[int]:
        """Return the partitions in which something became due; none where `seconds` went by."""
        self._work.listen()
        return frozenset(map(int, self._work.take_all(seconds)))

    def wait_for_change(
        self, verification_id: str, seconds: float, is_changed: Callable[[], bool]
    ) -> None:
        """Return when the verification was saved, or after `seconds`; ask `is_changed` once listening began."""
        self._changes.listen()
        self._changes.wait_for(verification_id, seconds, is_changed)

    def let_go(self) -> None:
        """Let everybody who waits return at once, now and from now on."""
        self._work.let_go()
        self._changes.let_go()
