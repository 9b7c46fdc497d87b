"""What all calls of the network share.

Knows the clock, the way out to web servers, the phones and which of them are engaged.
"""

import random
from dataclasses import dataclass, field

from ivr.simulator.network.clock import Clock
from ivr.simulator.network.hooks import Messenger
from ivr.simulator.network.phones import PhoneBook


@dataclass(frozen=True, kw_only=True)
class Switch:
    """The exchange in which all lines end. All chance comes from `rng`, so that a run repeats."""

    clock: Clock
    messenger: Messenger
    phones: PhoneBook
    rng: random.Random
    engaged: set[str] = field(default_factory=set)

    def new_call_sid(self) -> str:
        """Draw the name of a call."""
        return f"CA{self.rng.getrandbits(128):032x}"
