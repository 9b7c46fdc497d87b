"""Polls that are held until something changes.

Held polls are counted, so that they never take the threads that answer a depositor. Knows views and
their tags; does not know routes.
"""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Final

import msgspec
from werkzeug.datastructures import ETags

from ivr.service.meter_port import Meter, Unmetered
from ivr.service.ports import Bell, Client
from ivr.service.verifications import Verifications
from ivr.service.views import View
from ivr.web.representation import represent

_LOOK_SECONDS: Final = 2.0
"""How often a held poll looks for itself: a missed bell, or a deadline that nobody was awake for."""


class Waiting:
    """Holds polls until something changes, a few at a time."""

    def __init__(
        self, verifications: Verifications, bell: Bell, most: int, meter: Meter | None = None
    ) -> None:
        """`most` is how many polls may be held at once in this process; `meter` is told of each."""
        self._verifications = verifications
        self._bell = bell
        self._meter = meter or Unmetered()
        self._places = threading.BoundedSemaphore(most) if most else None
        self._is_leaving = False

    def let_go(self) -> None:
        """Answer everybody who is held, and hold nobody any more: this process is leaving."""
        self._is_leaving = True
        self._bell.let_go()

    def wait(
        self, client: Client, verification_id: str, seconds: float, seen: ETags
    ) -> tuple[View, bool]:
        """Return the verification when its tag is none of `seen`, or after `seconds`.

        The second value is False where the poll was not held, or not to its end: where no place was free,
        or this process is leaving.
        """
        view = self._verifications.read(client, verification_id)
        if not seconds or view.record.verification.decided:
            return view, True
        seen = seen or ETags([tag_of(view)])
        if not seen.contains_weak(tag_of(view)):
            return view, True
        if self._is_leaving or self._places is None or not self._places.acquire(blocking=False):
            return view, False
        self._meter.polls_held(1)
        try:
            held = self._hold(client, view, time.monotonic() + seconds, seen)
            return held, not self._is_leaving
        finally:
            self._meter.polls_held(-1)
            self._places.release()

    def _hold(self, client: Client, first: View, end: float, seen: ETags) -> View:
        latest = _Latest(first, seen)

        def is_changed() -> bool:
            return latest.see(self._verifications.read(client, first.record.verification.id))

        while (left := end - time.monotonic()) > 0 and not (latest.is_new or self._is_leaving):
            at_most = min(left, _LOOK_SECONDS)
            self._bell.wait_for_change(first.record.verification.id, at_most, is_changed)
            if not latest.is_new:
                is_changed()
        return latest.view


class _Latest:
    """The view that was read last, and whether it is one that the client has not seen."""

    def __init__(self, view: View, seen: ETags) -> None:
        self.view = view
        self.is_new = False
        self._seen = seen

    def see(self, view: View) -> bool:
        """Take a view in; tell whether it is new."""
        self.view = view
        self.is_new = not self._seen.contains_weak(tag_of(view))
        return self.is_new


def tag_of(view: View) -> str:
    """Return the entity tag of a verification's representation without its passcode."""
    shown = msgspec.structs.replace(view, passcode=None)
    return tag_of_bytes(msgspec.json.encode(represent(shown)))


def tag_of_bytes(body: bytes) -> str:
    """Return the entity tag of a representation that shows no passcode."""
    return hashlib.blake2b(body, digest_size=9).hexdigest()
