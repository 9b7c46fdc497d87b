"""The lines between processes: to the store, where one message may be lost on either way; and requests.

Knows how a message fails and what its sender then sees. Does not know what the messages say.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import redis

from tests.simulation.timeline import Process, Timeline, Work
from tests.simulation.weather import Weather

_STORE_TIMEOUT: Final = 1_000
_SLOW: Final = (500, 4_000)
_QUICK: Final = 4
_NEAR: Final = 6


class NoAnswerError(Exception):
    """Nothing came back in time: the message, the receiver or the answer was lost."""


class Lines:
    """All lines of one run."""

    def __init__(self, timeline: Timeline, weather: Weather) -> None:
        self._timeline = timeline
        self._chance = timeline.chance
        self._random = timeline.chance.random
        self._weather = weather

    def travel(self) -> None:
        """Let a message travel: a few milliseconds, or seconds; its process may die meanwhile."""
        timeline, weather, random = self._timeline, self._weather, self._random
        timeline.check_alive()
        if weather.crash and random() < weather.crash:
            process = timeline.present().process
            timeline.crash(process, self._chance.choice((200, 2_000, 20_000)))
            timeline.check_alive()
        is_slow = weather.slow and random() < weather.slow
        timeline.wait(self._chance.randint(*_SLOW) if is_slow else int(random() * _QUICK))

    def present(self) -> Work:
        """Return who speaks."""
        return self._timeline.present()

    def to_store(self, effect: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Do something at the store, and return its answer; it may be asked for again, and done twice.

        Raises:
            redis.RedisError: it was not done, or it was and nobody can tell.

        """
        for _ in range(self._weather.resends):
            try:
                return self.to_store_once(effect, args, kwargs)
            except redis.RedisError:
                continue
        return self.to_store_once(effect, args, kwargs)

    def to_store_once(self, effect: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        weather, random = self._weather, self._random
        self.travel()
        if (weather.lost and random() < weather.lost) or self._is_cut_off():
            self._timeline.wait(_STORE_TIMEOUT)
            raise redis.ConnectionError("simulated: the message was lost")
        try:
            return effect(*args, **kwargs)
        finally:
            self.travel()
            if weather.unanswered and random() < weather.unanswered:
                raise redis.TimeoutError("simulated: the answer was lost")

    def _is_cut_off(self) -> bool:
        weather, now = self._weather, self._timeline.now
        if weather.cut_off and self._timeline.present().process.name in weather.cut_off:
            begin, end = weather.cut_off[self._timeline.present().process.name]
            if begin <= now < end:
                return True
        return bool(weather.store_down) and weather.is_store_down(now)

    def ask(self, process: Process, what: str, answer: Callable[[], Any], patience: int) -> Any:
        """Ask another process, and wait for its answer for `patience` milliseconds.

        Raises:
            NoAnswerError: nothing came back.

        """
        timeline = self._timeline
        asker = timeline.present()
        found: list[Any] = []
        is_asking = True

        def work() -> None:
            timeline.wait(int(self._random() * _NEAR))
            found.append(answer())
            if is_asking:
                timeline.wake(asker)

        if process.is_up:
            timeline.begin(process, what, work)
        timeline.wait(patience)
        is_asking = False
        if not found:
            raise NoAnswerError
        return found[0]


class Far:
    """Something at the store's end of the line: every method of it takes the way there and back."""

    def __init__(self, near: Any, lines: Lines) -> None:
        self.attach(near, lines)

    def attach(self, near: Any, lines: Lines) -> None:
        """Lead to something else from now on."""
        self.__dict__.clear()
        self._near = near
        self._lines = lines

    def _send(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return self._lines.to_store(getattr(self._near, name), *args, **kwargs)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = self.__dict__[name] = partial(self._lines.to_store, getattr(self._near, name))
        return call
