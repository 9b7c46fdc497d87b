"""The API for banks: parse, do, say.

Knows HTTP. What a poll waits for is in `long_poll.py`.
"""

from __future__ import annotations

import hashlib

import msgspec
from flask import Blueprint, Response, g, request

from ivr.domain.policy import Request
from ivr.service.starting import Starting
from ivr.service.verifications import Verifications
from ivr.service.views import View
from ivr.web.bodies import (
    CheckBody,
    EmptyBody,
    find_idempotency_key,
    read_body,
    read_idempotency_key,
    read_wait,
)
from ivr.web.long_poll import Waiting, tag_of, tag_of_bytes
from ivr.web.observation import name_verification
from ivr.web.plain_flask import PlainResponse
from ivr.web.representation import represent


def client_api(starting: Starting, verifications: Verifications, waiting: Waiting) -> Blueprint:
    """Return the blueprint; its guard is attached where it is registered and sets `g.client`."""
    api = Blueprint("client_api", __name__, url_prefix="/v1/verifications")

    @api.post("")
    def start() -> Response:
        asked, raw = read_body(request, Request)
        key = read_idempotency_key(request)
        view = starting.start(g.client, asked, hashlib.sha256(raw).digest(), key)
        started = view.record.verification.id
        name_verification(started)
        response = say(view, 202)
        response.headers["Location"] = f"/v1/verifications/{started}"
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
        key = find_idempotency_key(request)
        return say(verifications.check(g.client, verification_id, body.passcode, key), 200)

    @api.post("/<verification_id>/calls")
    def call_again(verification_id: str) -> Response:
        read_body(request, EmptyBody)
        key = read_idempotency_key(request)
        return say(verifications.call_again(g.client, verification_id, key), 202)

    @api.delete("/<verification_id>")
    def cancel(verification_id: str) -> Response:
        return say(verifications.cancel(g.client, verification_id), 200)

    return api


def say(view: View, status: int) -> Response:
    """Answer with a verification; nobody may keep the answer."""
    body = msgspec.json.encode(represent(view))
    response = PlainResponse(body, status=status, content_type="application/json")
    response.set_etag(tag_of_bytes(body) if view.passcode is None else tag_of(view))
    response.headers["Cache-Control"] = "no-store"
    return response
