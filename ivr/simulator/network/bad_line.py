"""A network that loses hooks and answers, and brings hooks twice or late.

Knows which share of hooks meets which trouble, and counts them. Does not know what a hook is about, nor
how it is sent. A hook that is late or whose answer is lost does arrive; the carrier has then given it up.
"""

import random
import threading
from collections import Counter
from typing import Annotated

import msgspec
from msgspec import Meta

from ivr.simulator.network.messages import (
    ConnectFailedError,
    Reply,
    Request,
    Send,
    TimedOutError,
)

LATE_SECONDS = 60.0

Share = Annotated[float, Meta(ge=0, le=1)]


class Shares(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which share of hooks meets each trouble; together at most all of them."""

    lost: Share = 0.0
    """It never arrives."""
    unanswered: Share = 0.0
    """It arrives, and the answer is lost."""
    doubled: Share = 0.0
    """It arrives twice at the same time; one of the answers counts."""
    late: Share = 0.0
    """It arrives a minute after the carrier has given it up."""

    def __post_init__(self) -> None:
        """Check the sum. Raises: ValueError."""
        if sum(msgspec.structs.astuple(self)) > 1:
            raise ValueError("the shares are more than 1 together")

    def draw(self, rng: random.Random) -> str:
        """Draw what a hook meets; empty where nothing."""
        drawn = rng.random()
        for trouble, share in msgspec.structs.asdict(self).items():
            if drawn < share:
                return str(trouble)
            drawn -= share
        return ""


class BadLine:
    """Stands between the carrier and the network, `speed` times as fast as life."""

    def __init__(
        self,
        send: Send,
        *,
        shares: Shares,
        rng: random.Random,
        speed: float,
        troubles: Counter[str],
    ) -> None:
        self._send, self._shares, self._rng = send, shares, rng
        self._late = LATE_SECONDS / speed
        self._troubles = troubles
        self._drawing = threading.Lock()

    def send(self, request: Request) -> Reply:
        """Send a hook, or do with it what was drawn.

        Raises:
            ConnectFailedError: it was lost, or as `send` raises it.
            TimedOutError: no answer came, or as `send` raises it.

        """
        with self._drawing:
            trouble = self._shares.draw(self._rng)
            self._troubles.update([f"hook_{trouble}"] if trouble else [])
        match trouble:
            case "lost":
                raise ConnectFailedError
            case "unanswered":
                self._send(request)
                raise TimedOutError
            case "doubled":
                self._begin(0.0, request)
                return self._send(request)
            case "late":
                self._begin(self._late, request)
                raise TimedOutError
            case _:
                return self._send(request)

    def _begin(self, after: float, request: Request) -> None:
        timer = threading.Timer(after, self._unheard, [request])
        timer.daemon = True
        timer.start()

    def _unheard(self, request: Request) -> None:
        """Send a hook whose answer nobody waits for."""
        try:
            self._send(request)
        except (ConnectFailedError, TimedOutError):
            with self._drawing:
                self._troubles["hook_unheard_failed"] += 1
