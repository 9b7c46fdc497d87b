"""What the service needs to choose among carriers: a switch that all workers and staff share.

Knows carriers by their ids. Does not know how a carrier is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Which carrier to ask (empty: none now), and whether staff said so."""

    carrier: str
    by_hand: bool = False


class CarrierState(msgspec.Struct, frozen=True, kw_only=True):
    """How a carrier does: its faults in a row, and for how many ms it is left alone (0: it is not)."""

    carrier: str
    faults: int
    shut_for: int
    by_hand: bool


class Switch(Protocol):
    """Says which carrier is asked."""

    def choose_carrier(self, carriers: Sequence[str]) -> Choice:
        """Choose the one that staff have named, else the first that is not left alone.

        One that was left alone for long enough is tried by one call at a time, until it takes one.
        """

    def carrier_answered(self, carrier: str, *, fault: bool) -> None:
        """Count a fault; after some in a row the carrier is left alone for a while. An answer forgets them."""

    def use_carrier(self, carrier: str) -> None:
        """Have all calls placed by this carrier from now on; by rule again where it is empty."""

    def carrier_states(self, carriers: Sequence[str]) -> list[CarrierState]:
        """Return how the carriers do, in this order."""
