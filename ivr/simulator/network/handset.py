"""The far end of a line: what it is told, and what it can do.

Knows the port between a phone and its line, and what was said when. Does not know hooks or
documents.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ivr.simulator.network.clock import Timer
from ivr.simulator.network.events import Event
from ivr.simulator.network.speech import Spoken


class CalleeLine(Protocol):
    """What a phone can do with its line."""

    def now(self) -> float:
        """Give the time in seconds since 1970."""

    def after(self, seconds: float, act: Callable[[], object]) -> Timer:
        """Do something in a while, if the call goes on until then."""

    def answer(self) -> None:
        """Pick up."""

    def decline(self) -> None:
        """Refuse the call while it rings."""

    def hang_up(self) -> None:
        """End the call."""

    def shown(self) -> str:
        """Give the keys that a page shows to whoever holds the phone; empty where none does."""

    def press(self, key: str) -> bool:
        """Press one key; False when nobody listened."""

    def tell(self, event: Callable[..., Event], **fields: object) -> None:
        """Write down what happened."""


class Handset:
    """A phone that does nothing by itself: a person drives it through the control API."""

    def __init__(self, line: CalleeLine) -> None:
        self.line = line

    def rings(self) -> None:
        """Be called."""

    def answered(self) -> None:
        """Be connected."""

    def hears(self, spoken: Spoken) -> None:
        """Hear the call begin to say something."""

    def cut(self) -> None:
        """Hear it stop in the middle."""

    def asked(self) -> None:
        """Hear it fall silent and wait for keys."""

    def ended(self) -> None:
        """Be disconnected."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """Something said from a moment on; words are as far along as their place in the text."""

    spoken: Spoken
    began: float

    def moment_of(self, words: str) -> float | None:
        """Say when these words are over, or None when they are not among it."""
        place = self.spoken.text.find(words)
        if place < 0:
            return None
        share = (place + len(words)) / len(self.spoken.text)
        return self.began + share * self.spoken.seconds

    def part(self, start: float, end: float) -> str:
        """Give what could be heard between two moments."""
        return self.spoken.text[self._place(start) : self._place(end)]

    def _place(self, moment: float) -> int:
        length = len(self.spoken.text)
        share = (moment - self.began) / self.spoken.seconds if self.spoken.seconds else 1.0
        return round(min(max(share, 0.0), 1.0) * length)
