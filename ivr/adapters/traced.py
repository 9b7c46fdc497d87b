"""The carrier and the courier, with a span for each time that they are asked.

Knows what of an order or a callback may be told: how it was answered, never to whom it went.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from ivr.service.carrier_port import CallOrder, Carrier, Placing
from ivr.service.ports import Courier
from ivr.service.trace_port import Traces


class TracedCarrier:
    """A carrier; fulfils `Carrier`."""

    def __init__(self, carrier: Carrier, traces: Traces) -> None:
        """Take who is asked, and who is told of it."""
        self._carrier = carrier
        self._traces = traces

    def place(self, order: CallOrder) -> Placing:
        """Ask once for a call."""
        began = time.time_ns()
        placing = self._carrier.place(order)
        self._traces.span(
            "carrier.place",
            began,
            answer=type(placing).__name__,
            code=str(getattr(placing, "code", "")),
        )
        return placing

    def hang_up(self, sid: str) -> bool:
        """Hang up a call; True when it is over for certain."""
        began = time.time_ns()
        is_over = self._carrier.hang_up(sid)
        self._traces.span("carrier.hang_up", began, over=int(is_over))
        return is_over


class TracedCourier:
    """A courier; fulfils `Courier`."""

    def __init__(self, courier: Courier, traces: Traces) -> None:
        """Take who carries, and who is told of it."""
        self._courier = courier
        self._traces = traces

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, private_allowed: bool
    ) -> int:
        """Post once and return the HTTP status; 0 where no answer came."""
        began = time.time_ns()
        status = self._courier.post(url, body, headers, private_allowed=private_allowed)
        self._traces.span("callback", began, status=status)
        return status
