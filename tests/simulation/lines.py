"""The lines between processes: to the store, where one message may be lost on either way; and requests.

Knows how a message fails and what its sender then sees. Does not know what the messages say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import redis

from tests.simulation.timeline import Process, Timeline
from tests.simulation.weather import Weather

_STORE_TIMEOUT: Final = 1_000
_SLOW: Final = (500, 4_000)


class NoAnswerError(Exception):
    """Nothing came back in time: the message, the receiver or the answer was lost."""


class Lines:
    """All lines of one run."""

    def __init__(self, timeline: Timeline, weather: Weather) -> None:
        self._timeline = timeline
        self._chance = timeline.chance
        self._weather = weather

    def travel(self) -> None:
        """Let a message travel: a few milliseconds, or seconds; its process may die meanwhile."""
        timeline = self._timeline
        timeline.check_alive()
        if self._chance.random() < self._weather.crash:
            process = timeline.present().process
            timeline.crash(process, self._chance.choice((200, 2_000, 20_000)))
            timeline.check_alive()
        is_slow = self._chance.random() < self._weather.slow
        timeline.wait(self._chance.randint(*_SLOW) if is_slow else self._chance.randint(0, 3))

    def to_store(self, effect: Callable[[], Any]) -> Any:
        """Do something at the store, and return its answer.

        Raises:
            redis.RedisError: it was not done, or it was and nobody can tell.

        """
        weather, chance = self._weather, self._chance
        self.travel()
        if weather.is_store_down(self._timeline.now) or chance.random() < weather.lost:
            self._timeline.wait(_STORE_TIMEOUT)
            raise redis.ConnectionError("simulated: the message was lost")
        try:
            return effect()
        finally:
            self.travel()
            if chance.random() < weather.unanswered:
                raise redis.TimeoutError("simulated: the answer was lost")

    def ask(self, process: Process, what: str, answer: Callable[[], Any], patience: int) -> Any:
        """Ask another process, and wait for its answer for `patience` milliseconds.

        Raises:
            NoAnswerError: nothing came back.

        """
        timeline = self._timeline
        asker = timeline.present()
        found: list[Any] = []

        def work() -> None:
            timeline.wait(self._chance.randint(0, 5))
            found.append(answer())
            timeline.wake(asker)

        if process.is_up:
            timeline.begin(process, what, work)
        timeline.wait(patience)
        if not found:
            raise NoAnswerError
        return found[0]


class Far:
    """Something at the store's end of the line: every method of it takes the way there and back."""

    def __init__(self, near: Any, lines: Lines) -> None:
        self._near = near
        self._lines = lines

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._near, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._lines.to_store(lambda: method(*args, **kwargs))

        return call
