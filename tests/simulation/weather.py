"""What goes wrong in a run, how often, drawn once from its seed: calm runs and stormy ones.

Knows probabilities and lengths. Does not know what they happen to.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final

_LEVELS: Final = (0.0, 0.0, 0.002, 0.01, 0.05)


@dataclass
class Weather:
    """How likely each fault is, each time that it could happen."""

    lost: float = 0.0
    """A message to the store never arrives."""
    unanswered: float = 0.0
    """A message to the store arrives, and its answer does not."""
    crash: float = 0.0
    """A process dies between two steps."""
    slow: float = 0.0
    """A message takes seconds."""
    carrier: float = 0.0
    """The carrier answers with an error, or not at all, having placed the call or not."""
    hooks: float = 0.0
    """A hook is lost, doubled, or late by up to a minute."""
    requests: float = 0.0
    """A bank's request or its answer is lost."""
    receiver: float = 0.0
    """A bank's receiver fails."""
    store_down: list[tuple[int, int]] = field(default_factory=list)
    """When nobody reaches the store, from and to."""
    receiver_down: list[tuple[int, int]] = field(default_factory=list)
    """When the banks' receiver is down."""
    carrier_down: dict[str, tuple[int, int]] = field(default_factory=dict)
    """When a carrier refuses connections."""
    per_second: int = 0
    at_once: int = 0
    """The pace of the first carrier; 0: no limit."""

    retries: bool = False
    """Banks have calls tried again by rule."""

    @property
    def is_calm(self) -> bool:
        """Nothing happens to processes and the store."""
        return not (self.lost or self.unanswered or self.crash or self.slow or self.store_down)

    def is_store_down(self, now: int) -> bool:
        """Tell whether the store is out of reach."""
        return any(begin <= now < end for begin, end in self.store_down)

    def is_receiver_down(self, now: int) -> bool:
        """Tell whether the banks' receiver is down."""
        return any(begin <= now < end for begin, end in self.receiver_down)


def draw(chance: random.Random, start: int) -> Weather:
    """Draw a run's weather."""
    weather = Weather(
        lost=chance.choice(_LEVELS),
        unanswered=chance.choice(_LEVELS),
        crash=chance.choice((0.0, 0.0, 0.001, 0.005, 0.02)),
        slow=chance.choice(_LEVELS),
        carrier=chance.choice((0.0, 0.05, 0.3)),
        hooks=chance.choice((0.0, 0.05, 0.3)),
        requests=chance.choice((0.0, 0.02, 0.1)),
        receiver=chance.choice((0.0, 0.2)),
    )
    if chance.random() < 0.3:
        begin = start + chance.randrange(120_000)
        weather.store_down = [(begin, begin + chance.choice((500, 5_000, 40_000)))]
    if chance.random() < 0.3:
        begin = start + chance.randrange(300_000)
        weather.receiver_down = [(begin, begin + 600_000)]
    if chance.random() < 0.4:
        begin = start + chance.randrange(120_000)
        name = chance.choice(("main", "main", "second"))
        weather.carrier_down = {name: (begin, begin + chance.choice((2_000, 20_000, 60_000)))}
    if chance.random() < 0.25:
        weather.lost = weather.unanswered = weather.crash = weather.slow = 0.0
        weather.store_down = []
    weather.retries = chance.random() < 0.2
    weather.per_second = chance.choice((0, 0, 0, 2))
    weather.at_once = chance.choice((0, 0, 0, 3))
    return weather
