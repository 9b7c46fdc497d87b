"""The callback that a client is owed: how often it was tried, and when it is tried next.

Knows when to try again and when to stop. Does not know what a callback says or how it is carried.
"""

from __future__ import annotations

import zlib
from typing import Final

import msgspec

from ivr.domain.policy import SECOND

_DELAYS: Final = (5, 30, 120, 600, 1800, 3600, 7200, 14_400)
"""Seconds between attempts; the last of them again and again, for as long as it is tried."""
_JITTER: Final = 0.2


class Delivery(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The callback that is owed: how often it was tried and when it is tried next; 0 is never."""

    attempts: int = 0
    next_at: int = 0
    delivered: bool = False

    @property
    def is_parked(self) -> bool:
        """It was tried for as long as it is, in vain."""
        return bool(self.attempts and not self.delivered and not self.next_at)

    def arrived(self) -> Delivery:
        """Note an attempt that succeeded."""
        return Delivery(attempts=self.attempts + 1, delivered=True)

    def failed(self, at: int, verification_id: str, until: int) -> Delivery:
        """Note an attempt that failed at `at`; parked where the next would come at `until` or later.

        Waits are spread by a fifth either way, so that what failed together is not tried together
        again; by the id and not by chance, so that everybody who asks gets the same.
        """
        attempts = self.attempts + 1
        seconds = _DELAYS[min(attempts, len(_DELAYS)) - 1]
        drawn = zlib.crc32(f"{verification_id}/{attempts}".encode()) / 2**32
        next_at = at + round(seconds * SECOND * (1 - _JITTER + 2 * _JITTER * drawn))
        return Delivery(attempts=attempts, next_at=next_at if next_at < until else 0)
