"""The bell: who waits for work or for a change hears of it at once, through Redis' publish and subscribe.

Nothing depends on it: a missed bell costs a moment. Each process keeps one subscription, on a
connection of its own, and wakes the threads that wait.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

import redis

_LOG: Final = logging.getLogger(__name__)
_WORK: Final = "bell"
_RETRY_SECONDS: Final = 0.5
_POLL_SECONDS: Final = 1.0


class RedisBell:
    """One subscription for the whole process; threads wait on one condition."""

    def __init__(self, client: redis.Redis) -> None:
        """Take a client; the subscription takes one connection of its pool, when first needed."""
        self._client = client
        self._condition = threading.Condition()
        self._rung: set[int] = set()
        self._waiting: dict[str, int] = {}
        self._changes: dict[str, int] = {}
        self._subscription: redis.client.PubSub | None = None
        self._listens = False

    def wait_for_work(self, seconds: float) -> frozenset[int]:
        """Return the partitions in which something became due; none where `seconds` went by."""
        with self._condition:
            self._enter(_WORK)
            if not self._rung:
                self._condition.wait_for(lambda: bool(self._rung), seconds)
            rung, self._rung = frozenset(self._rung), set()
            self._waiting[_WORK] -= 1
            return rung

    def wait_for_change(
        self, verification_id: str, seconds: float, is_changed: Callable[[], bool]
    ) -> None:
        """Return when the verification was saved, or after `seconds`; ask `is_changed` once listening began."""
        channel = f"changed:{verification_id}"
        with self._condition:
            self._enter(channel)
            seen = self._changes.get(channel, 0)
        try:
            if is_changed():
                return
            with self._condition:
                self._condition.wait_for(lambda: self._changes.get(channel, 0) != seen, seconds)
        finally:
            self._leave(channel)

    def _enter(self, channel: str) -> None:
        is_new = channel not in self._waiting
        self._waiting[channel] = self._waiting.get(channel, 0) + 1
        if not self._listens:
            self._listens = True
            threading.Thread(target=self._listen, name="bell", daemon=True).start()
        elif is_new and self._subscription:
            self._subscription.subscribe(channel)

    def _leave(self, channel: str) -> None:
        with self._condition:
            self._waiting[channel] -= 1
            if self._waiting[channel]:
                return
            del self._waiting[channel]
            self._changes.pop(channel, None)
            if self._subscription:
                self._subscription.unsubscribe(channel)  # type: ignore[no-untyped-call]

    def _listen(self) -> None:
        while True:
            try:
                self._listen_once()
            except redis.RedisError as error:
                _LOG.warning("bell_lost", extra={"error": type(error).__name__})
                with self._condition:
                    self._subscription = None
                time.sleep(_RETRY_SECONDS)

    def _listen_once(self) -> None:
        subscription = self._client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        with self._condition:
            subscription.subscribe(_WORK, *self._waiting)
            self._subscription = subscription
        try:
            while True:
                message = subscription.get_message(timeout=_POLL_SECONDS)
                if message is not None:
                    self._hear(message["channel"].decode(), message["data"])
        finally:
            subscription.close()

    def _hear(self, channel: str, data: bytes) -> None:
        with self._condition:
            if channel == _WORK:
                self._rung.add(int(data))
            else:
                self._changes[channel] = self._changes.get(channel, 0) + 1
            self._condition.notify_all()
