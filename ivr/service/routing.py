"""Which carrier is asked for a call: by rule, or by what staff have said.

A call goes to another carrier only where the one that was asked surely did not place it; what is
ambiguous is never asked about again, there or anywhere. Knows carriers by their ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ivr.domain.events import CallEnd
from ivr.domain.record import Call, Verification
from ivr.service.carrier_port import Carrier, NotPlaced, Placing, Postponed, Unsure
from ivr.service.pacing import Pacing
from ivr.service.switch_port import Switch

_ASK_AGAIN = 1_000


class Route(msgspec.Struct, frozen=True):
    """The way to a carrier."""

    carrier: Carrier


class Routing:
    """Chooses among the routes, the preferred one first. With one there is nothing to choose or to ask."""

    def __init__(self, routes: Mapping[str, Route], switch: Switch, pacing: Pacing) -> None:
        """Take the routes by the carriers' ids."""
        self._routes = routes
        self._switch = switch
        self._pacing = pacing
        self._ids = list(routes)
        self.asks_nobody = len(routes) == 1 and not pacing.is_on

    @property
    def first(self) -> str:
        """The carrier that is preferred."""
        return self._ids[0]

    def of(self, call: Call) -> Route:
        """Return the route of a call that was placed; the first where it is on no record."""
        return self._routes.get(call.carrier) or self._routes[self.first]

    def find(self, verification: Verification) -> tuple[str, int]:
        """Return a carrier that may be asked now; or none (empty), and the ms after which to look again."""
        waits, asked = [_ASK_AGAIN], list[str]()
        for carrier in self._candidates(verification.call):
            wait = self._pacing.enter(verification, carrier)
            if not wait:
                for other in asked:
                    self._pacing.withdraw(verification, other)
                return carrier, 0
            asked.append(carrier)
            waits.append(wait)
        return "", min(waits)

    def _candidates(self, call: Call) -> Iterator[str]:
        """Yield the carriers in order; the one that turned this call away last of all."""
        if len(self._ids) == 1:
            yield self.first
            return
        left = sorted(self._ids, key=lambda each: each == call.carrier)
        while left:
            choice = self._switch.choose_carrier(left)
            if not choice.carrier:
                return
            yield choice.carrier
            if choice.by_hand:
                return
            left.remove(choice.carrier)

    def heard(self, call: Call, placing: Placing) -> Placing:
        """Take in what a carrier answered; return what it means where another can be asked."""
        if len(self._ids) == 1:
            return placing
        is_fault = isinstance(placing, Unsure) or getattr(placing, "fault", False)
        self._switch.carrier_answered(call.carrier, fault=is_fault)
        if call.postponed + 1 >= len(self._ids):
            return placing
        match placing:
            case Postponed(_, code) | NotPlaced(CallEnd.CARRIER_BUSY, code):
                return Postponed(0.0, code)
            case other:
                return other
