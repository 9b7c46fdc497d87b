"""The gate in memory, for tests and simulations: what the script of `redis_gate.py` does, in Python."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ivr.domain.policy import SECOND
from ivr.service.gate_port import Bucket, Rate, Wish

_LINE_BUSY = 500
_SHORTEST, _LONGEST = 20, 1_000
_GRACE = 1_500
_NOTHING = 0.01


@dataclass(frozen=True)
class _Place:
    """A wish's place among those that wait."""

    order: tuple[bool, int, str]
    owner: str
    until: int


@dataclass
class _State:
    """One bucket: when it is empty of calls that began, how far it came, who is on and who waits."""

    free_at: float = 0
    served: int = 0
    on: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, _Place] = field(default_factory=dict)

    def queue(self, wish: Wish, now: int) -> int:
        """Let a wish wait where it does not yet; return how many are before it."""
        self.on = {name: until for name, until in self.on.items() if until > now}
        self.waiting = {
            name: place
            for name, place in self.waiting.items()
            if place.until > now or name == wish.name
        }
        if wish.name not in self.waiting:
            own = sum(place.owner == wish.owner for place in self.waiting.values())
            order = (wish.can_wait, self.served + own + 1, wish.name)
            self.waiting[wish.name] = _Place(order, wish.owner, now)
        mine = self.waiting[wish.name].order
        return sum(place.order < mine for place in self.waiting.values())

    def wait(self, rate: Rate, before: int, now: int) -> int:
        """Return for how long one with so many before him has to wait."""
        wait = 0.0
        if rate.per_second:
            free_at = max(self.free_at, now)
            wait = free_at + (before + 1) * SECOND / rate.per_second - SECOND - now
        if rate.at_once and before >= rate.at_once - len(self.on):
            wait = max(wait, _LINE_BUSY)
        return min(max(math.ceil(wait), _SHORTEST), _LONGEST) if wait > _NOTHING else 0

    def stay(self, wish: Wish, until: int) -> None:
        """Keep a wish's place for a while."""
        place = self.waiting[wish.name]
        self.waiting[wish.name] = _Place(place.order, place.owner, until)

    def let_through(self, wish: Wish, rate: Rate, now: int) -> None:
        """Count a wish that goes through."""
        self.served = max(self.served, self.waiting.pop(wish.name).order[1])
        if rate.per_second:
            self.free_at = max(self.free_at, now) + SECOND / rate.per_second
        self.on[wish.name] = now + wish.hold


class MemoryGate:
    """The part of the store in memory that keeps the pace."""

    def __init__(self, clock: Callable[[], int]) -> None:
        """`clock` returns milliseconds since the epoch."""
        self._gate_clock = clock
        self._gate_lock = threading.Lock()
        self._buckets: dict[str, _State] = {}

    def enter(self, wish: Wish, buckets: Sequence[Bucket]) -> int:
        """Let a wish through all of its buckets, or through none; return 0, or the milliseconds to wait."""
        with self._gate_lock:
            now = self._gate_clock()
            states = [self._buckets.setdefault(bucket.name, _State()) for bucket in buckets]
            if states[-1].on.get(wish.name, now) > now:
                return 0
            for number, (bucket, state) in enumerate(zip(buckets, states, strict=True)):
                wait = state.wait(bucket.rate, state.queue(wish, now), now)
                if wait:
                    state.stay(wish, now + wait + _GRACE)
                    for earlier in states[:number]:
                        del earlier.waiting[wish.name]
                    return wait
            for bucket, state in zip(buckets, states, strict=True):
                state.let_through(wish, bucket.rate, now)
            return 0

    def leave(self, name: str, buckets: Sequence[str]) -> None:
        """Say that a call is not on any more, and does not wait."""
        with self._gate_lock:
            for bucket in buckets:
                state = self._buckets.setdefault(bucket, _State())
                state.on.pop(name, None)
                state.waiting.pop(name, None)

    def stop_waiting(self, name: str, buckets: Sequence[str]) -> None:
        """Give up places among those that wait."""
        with self._gate_lock:
            for bucket in buckets:
                self._buckets.setdefault(bucket, _State()).waiting.pop(name, None)
