"""The API for banks: parse, do, say.

Knows HTTP. A poll may be held until something changes; held polls are counted, so that they never
take the threads that answer a depositor.
"""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Final

import msgspec
from flask import Blueprint, Response, g, request
from werkzeug.datastructures import ETags

from ivr.domain.policy import Request
from ivr.service.ports import Bell, Client
from ivr.service.starting import Starting
from ivr.service.verifications import Verifications
from ivr.service.views import View
from ivr.web.bodies import CheckBody, EmptyBody, read_body, read_idempotency_key, read_wait
from ivr.web.representation import represent

_LOOK_SECONDS: Final = 2.0
"""How often a held poll looks for itself: a missed bell, or a deadline that nobody was awake for."""


class Waiting:
    """Holds polls until something changes, a few at a time."""

    def __init__(self, verifications: Verifications, bell: Bell, most: int) -> None:
        """`most` is how many polls may be held at once in this process."""
        self._verifications = verifications
        self._bell = bell
        self._places = threading.BoundedSemaphore(most) if most else None

    def wait(
        self, client: Client, verification_id: str, seconds: float, seen: ETags
    ) -> tuple[View, bool]:
        """Return the verification when its tag is none of `seen`, or after `seconds`.

        The second value is False where no place was free, so that the poll was not held.
        """
        view = self._verifications.read(client, verification_id)
        seen = seen or ETags([tag_of(view)])
        if not seconds or view.record.verification.decided or not seen.contains_weak(tag_of(view)):
            return view, True
        if self._places is None or not self._places.acquire(blocking=False):
            return view, False
        try:
            return self._hold(client, view, time.monotonic() + seconds, seen), True
        finally:
            self._places.release()

    def _hold(self, client: Client, first: View, end: float, seen: ETags) -> View:
        verification_id = first.record.verification.id
        latest = [first]

        def is_changed() -> bool:
            latest[:] = [self._verifications.read(client, verification_id)]
            return not seen.contains_weak(tag_of(latest[0]))

        while (left := end - time.monotonic()) > 0:
            self._bell.wait_for_change(verification_id, min(left, _LOOK_SECONDS), is_changed)
            if not seen.contains_weak(tag_of(latest[0])) or is_changed():
                break
        return latest[0]


def tag_of(view: View) -> str:
    """Return the entity tag of a verification's representation without its passcode."""
    shown = msgspec.structs.replace(view, passcode=None)
    return hashlib.blake2b(msgspec.json.encode(represent(shown)), digest_size=9).hexdigest()


def client_api(starting: Starting, verifications: Verifications, waiting: Waiting) -> Blueprint:
    """Return the blueprint; its guard is attached where it is registered and sets `g.client`."""
    api = Blueprint("client_api", __name__, url_prefix="/v1/verifications")

    @api.post("")
    def start() -> Response:
        asked, raw = read_body(request, Request)
        key = read_idempotency_key(request, required=True) or ""
        view = starting.start(g.client, asked, hashlib.sha256(raw).digest(), key)
        response = say(view, 202)
        response.headers["Location"] = f"/v1/verifications/{view.record.verification.id}"
        return response

    @api.get("/<verification_id>")
    def read(verification_id: str) -> Response:
        seen = request.if_none_match
        view, was_held = waiting.wait(g.client, verification_id, read_wait(request), seen)
        response = say(view, 200)
        if not was_held:
            response.headers["Retry-After"] = "1"
        return response

    @api.post("/<verification_id>/check")
    def check(verification_id: str) -> Response:
        body, _ = read_body(request, CheckBody)
        key = read_idempotency_key(request, required=False)
        return say(verifications.check(g.client, verification_id, body.passcode, key), 200)

    @api.post("/<verification_id>/calls")
    def call_again(verification_id: str) -> Response:
        read_body(request, EmptyBody)
        key = read_idempotency_key(request, required=True) or ""
        return say(verifications.call_again(g.client, verification_id, key), 202)

    @api.delete("/<verification_id>")
    def cancel(verification_id: str) -> Response:
        return say(verifications.cancel(g.client, verification_id), 200)

    return api


def say(view: View, status: int) -> Response:
    """Answer with a verification; nobody may keep the answer."""
    response = Response(
        msgspec.json.encode(represent(view)), status=status, content_type="application/json"
    )
    response.set_etag(tag_of(view))
    response.headers["Cache-Control"] = "no-store"
    return response
