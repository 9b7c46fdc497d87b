"""News of one phone, for those who watch it.

Knows how far a watcher has read, and waits for more. A new watcher hears of a call in progress from
its beginning. Does not know HTTP.
"""

import msgspec

from ivr.simulator.network.calls import Call
from ivr.simulator.network.carrier import Carrier
from ivr.simulator.network.events import Event

HEARTBEAT_SECONDS = 10.0


class Feed:
    """What one watcher has yet to be told."""

    def __init__(self, carrier: Carrier, phone_id: str) -> None:
        self._carrier = carrier
        self._phone_id = phone_id
        self._read = 0
        self._call = carrier.latest_call(phone_id)
        if self._call is not None and self._call.status.over:
            self._read = len(self._call.events)

    def wait(self, seconds: float) -> list[bytes]:
        """Give what is new as JSON, after waiting up to `seconds` of real time for something."""
        lock = self._carrier.clock.lock
        with lock:
            news = self._unread()
            if not news:
                lock.wait(seconds)
                news = self._unread()
            return [self._as_heard(event) for event in news]

    def _unread(self) -> list[Event]:
        news = self._rest_of(self._call)
        latest = self._carrier.latest_call(self._phone_id)
        if latest is not None and latest is not self._call:
            self._call, self._read = latest, 0
            news += self._rest_of(latest)
        return news

    def _rest_of(self, call: Call | None) -> list[Event]:
        if call is None:
            return []
        news = call.events[self._read :]
        self._read += len(news)
        return news

    def _as_heard(self, event: Event) -> bytes:
        """Write an event down; `seconds` become those of the watcher, who lives in real time."""
        fields = msgspec.to_builtins(event)
        if "seconds" in fields:
            fields["seconds"] = fields["seconds"] / self._carrier.clock.speed
        return msgspec.json.encode(fields)
