"""The switch between carriers in memory, for tests and simulations: what `redis_switch.py` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ivr.service.switch_port import CarrierState, Choice

_FAULTS = 3
_LEFT_ALONE = 15_000
_PROBE = 10_000


class MemorySwitch:
    """The part of the store in memory that chooses a carrier."""

    def __init__(self, clock: Callable[[], int]) -> None:
        """`clock` returns milliseconds since the epoch."""
        self._switch_clock = clock
        self._used = ""
        self._faults: dict[str, int] = {}
        self._shut_until: dict[str, int] = {}

    def choose_carrier(self, carriers: Sequence[str]) -> Choice:
        """Choose the one that staff have named, else the first that is not left alone."""
        if self._used in carriers:
            return Choice(carrier=self._used, by_hand=True)
        now = self._switch_clock()
        for each in carriers:
            if self._shut_until.get(each, 0) <= now:
                if each in self._shut_until:
                    self._shut_until[each] = now + _PROBE
                return Choice(carrier=each)
        return Choice(carrier="")

    def carrier_answered(self, carrier: str, *, fault: bool) -> None:
        """Count a fault, or forget them."""
        if not fault:
            self._faults.pop(carrier, None)
            self._shut_until.pop(carrier, None)
            return
        self._faults[carrier] = self._faults.get(carrier, 0) + 1
        if self._faults[carrier] >= _FAULTS:
            self._shut_until[carrier] = self._switch_clock() + _LEFT_ALONE

    def use_carrier(self, carrier: str) -> None:
        """Have all calls placed by this carrier; by rule again where it is empty."""
        self._used = carrier

    def carrier_states(self, carriers: Sequence[str]) -> list[CarrierState]:
        """Return how the carriers do."""
        now = self._switch_clock()
        return [
            CarrierState(
                carrier=each,
                faults=self._faults.get(each, 0),
                shut_for=max(self._shut_until.get(each, 0) - now, 0),
                by_hand=each == self._used,
            )
            for each in carriers
        ]
