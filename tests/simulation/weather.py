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
    dawdles: float = 0.0
    """The carrier answers seconds after it began to ring."""
    lies: float = 0.0
    """The carrier takes a call and never rings, or tells an end that is not so."""
    hooks: float = 0.0
    """A hook is lost, doubled, or late by up to a minute."""
    requests: float = 0.0
    """A bank's request or its answer is lost."""
    receiver: float = 0.0
    """A bank's receiver fails."""
    store_down: list[tuple[int, int]] = field(default_factory=list)
    """When nobody reaches the store, from and to."""
    cut_off: dict[str, tuple[int, int]] = field(default_factory=dict)
    """When a process does not reach the store, though others do."""
    resends: int = 0
    """How often a message to the store is sent again where no answer came."""
    replicas: bool = False
    """The store has a replica, and the product is told to wait for it."""
    unlinked: list[tuple[int, int]] = field(default_factory=list)
    """When the replica hears nothing of its primary."""
    failovers: list[int] = field(default_factory=list)
    """When the primary is lost, with all that the replica has not heard of."""
    clocks: int = 0
    """How many minutes the clocks of processes are off, at most."""
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
        is_line_calm = not (self.lost or self.unanswered or self.slow or self.cut_off)
        return is_line_calm and not (self.crash or self.store_down or self.replicas)

    def is_store_down(self, now: int) -> bool:
        """Tell whether the store is out of reach."""
        return bool(self.store_down) and any(begin <= now < end for begin, end in self.store_down)

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
    if chance.random() < 0.2:
        begin = start + chance.randrange(120_000)
        name = chance.choice(("web-1", "web-2", "worker-1", "worker-2"))
        weather.cut_off = {name: (begin, begin + chance.choice((5_000, 60_000)))}
    weather.resends = chance.choice((0, 0, 2))
    if chance.random() < 0.25:
        weather.lost = weather.unanswered = weather.crash = weather.slow = 0.0
        weather.store_down, weather.cut_off = [], {}
    weather.retries = chance.random() < 0.2
    weather.per_second = chance.choice((0, 0, 0, 2))
    weather.at_once = chance.choice((0, 0, 0, 3))
    weather.clocks = chance.choice((0, 1, 5))
    weather.dawdles = chance.choice((0.0, 0.0, 0.3))
    if not weather.at_once:
        weather.lies = chance.choice((0.0, 0.0, 0.05))
    if chance.random() < 0.4:
        _draw_replica(weather, chance, start)
    return weather


def _draw_replica(weather: Weather, chance: random.Random, start: int) -> None:
    """Let the replica be out of touch now and then, and take over now and then."""
    weather.replicas = True
    for _ in range(chance.randrange(4)):
        begin = start + chance.randrange(300_000)
        end = begin + chance.choice((300, 3_000, 20_000))
        weather.unlinked.append((begin, end))
        if chance.random() < 0.7:
            weather.failovers.append(chance.randrange(begin, end))
    if chance.random() < 0.3:
        weather.failovers.append(start + chance.randrange(300_000))
    weather.unlinked.sort()
    weather.failovers.sort()
    for at in weather.failovers:
        weather.store_down.append((at, at + chance.choice((1_000, 5_000, 15_000))))
