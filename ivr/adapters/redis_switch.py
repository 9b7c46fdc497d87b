"""The switch between carriers in Redis: faults in a row, who is left alone, and what staff have said.

Shared by all workers, so that a carrier that fails is tried by one call at a time and not by one of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import redis

from ivr.adapters import redis_gate_scripts as scripts
from ivr.service.switch_port import CarrierState, Choice

_KEY: Final = "{gate}carriers"


class RedisSwitch:
    """The part of the store that chooses a carrier."""

    def __init__(self, client: redis.Redis) -> None:
        """Take the client; nothing is sent yet."""
        self._switch = client
        self._choose = client.register_script(scripts.CHOOSE)
        self._answered = client.register_script(scripts.ANSWERED)
        self._states = client.register_script(scripts.CARRIERS)

    def choose_carrier(self, carriers: Sequence[str]) -> Choice:
        """Choose the one that staff have named, else the first that is not left alone."""
        carrier, by_hand = self._choose(keys=[_KEY], args=list(carriers))
        return Choice(carrier=carrier.decode(), by_hand=bool(by_hand))

    def carrier_answered(self, carrier: str, *, fault: bool) -> None:
        """Count a fault, or forget them."""
        self._answered(keys=[_KEY], args=[carrier, int(fault)])

    def use_carrier(self, carrier: str) -> None:
        """Have all calls placed by this carrier; by rule again where it is empty."""
        if carrier:
            self._switch.hset(_KEY, "use", carrier)
        else:
            self._switch.hdel(_KEY, "use")

    def carrier_states(self, carriers: Sequence[str]) -> list[CarrierState]:
        """Return how the carriers do."""
        rows = self._states(keys=[_KEY], args=list(carriers))
        return [
            CarrierState(carrier=name, faults=faults, shut_for=shut_for, by_hand=bool(by_hand))
            for name, (faults, shut_for, by_hand) in zip(carriers, rows, strict=True)
        ]
