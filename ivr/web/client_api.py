"""The API for banks: parse, do, say.

Knows HTTP. What a poll waits for is in `long_poll.py`.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec
from flask import Blueprint, Response, g
from werkzeug.datastructures import ETags

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
from ivr.web.plain_flask import PlainResponse, present_request
from ivr.web.representation import represent

_JSON: Final = ("Content-Type", "application/json")


def client_api(starting: Starting, verifications: Verifications, waiting: Waiting) -> Blueprint:
    """Return the blueprint; its guard is attached where it is registered and sets `g.client`."""
    api = Blueprint("client_api", __name__, url_prefix="/v1/verifications")

    @api.post("")
    def start() -> Response:
        sent = present_request()
        asked, raw = read_body(sent, Request)
        key = read_idempotency_key(sent)
        view = starting.start(g.client, asked, hashlib.sha256(raw).digest(), key)
        started = view.record.verification.id
        name_verification(started)
        response = say(view, 202)
        response.headers["Location"] = f"/v1/verifications/{started}"
        return response

    @api.get("/<verification_id>")
    def read(verification_id: str) -> Response:
        asked = present_request()
        wait = read_wait(asked)
        seen = asked.if_none_match if wait else ETags()
        view, was_held = waiting.wait(g.client, verification_id, wait, seen)
        response = say(view, 200)
        if not was_held:
            response.headers["Retry-After"] = "1"
        return response

    @api.post("/<verification_id>/check")
    def check(verification_id: str) -> Response:
        asked = present_request()
        body, _ = read_body(asked, CheckBody)
        key = find_idempotency_key(asked)
        return say(verifications.check(g.client, verification_id, body.passcode, key), 200)

    @api.post("/<verification_id>/calls")
    def call_again(verification_id: str) -> Response:
        asked = present_request()
        read_body(asked, EmptyBody)
        key = read_idempotency_key(asked)
        return say(verifications.call_again(g.client, verification_id, key), 202)

    @api.delete("/<verification_id>")
    def cancel(verification_id: str) -> Response:
        return say(verifications.cancel(g.client, verification_id), 200)

    return api


def say(view: View, status: int) -> Response:
    """Answer with a verification; nobody may keep the answer."""
    body = msgspec.json.encode(represent(view))
    tag = tag_of_bytes(body) if view.passcode is None else tag_of(view)
    return PlainResponse.of(
        status, body, _JSON, ("ETag", f'"{tag}"'), ("Cache-Control", "no-store")
    )
