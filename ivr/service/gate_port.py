"""What the service needs to keep a pace: a gate that all workers go through before they place a call.

Knows buckets by their names, and wishes by whose they are. Does not know carriers, banks or wallets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """How many calls may begin in a second, and how many may be on at once. 0: no limit."""

    per_second: int = 0
    at_once: int = 0

    @property
    def is_limited(self) -> bool:
        """There is a limit at all."""
        return bool(self.per_second or self.at_once)


class Bucket(msgspec.Struct, frozen=True):
    """One thing that has a rate."""

    name: str
    rate: Rate


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is to be placed. Those of one `owner` wait for each other, and for no other owner's.

    `hold` is the longest, in milliseconds, that the call can be on: so long it counts where nobody says
    that it is over. One that `can_wait` goes after all that cannot.
    """

    name: str
    owner: str
    can_wait: bool
    hold: int


class Gate(Protocol):
    """Lets calls through, by the clock of the server."""

    def enter(self, wish: Wish, buckets: Sequence[Bucket]) -> int:
        """Let a wish through all of its buckets, or through none; once let through it stays so until `hold` ends.

        Return 0, or the milliseconds after which to ask again, at most a second. Who does not ask
        again loses his place. Buckets are asked in the order given: the most particular first.
        """

    def leave(self, name: str, buckets: Sequence[str]) -> None:
        """Say that a call is over, or is not to be placed: it counts neither as on nor as waiting."""

    def stop_waiting(self, name: str, buckets: Sequence[str]) -> None:
        """Give up places among those that wait. Whoever was let through meanwhile stays on."""
