"""What anybody may read: the keys that check receipts, health, and the description of the API.

Knows nothing of any verification.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from flask import Blueprint, Response

from ivr.web.plain_flask import PlainResponse

_HOUR = "public, max-age=3600"


def health(is_ready: Callable[[], bool], is_leaving: Callable[[], bool]) -> Blueprint:
    """Return `/healthz` (this process lives) and `/readyz` (it can work: the store answers, and it stays)."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return _json({"status": "alive"}, 200)

    @blueprint.get("/readyz")
    def readyz() -> Response:
        if is_leaving():
            return _json({"status": "leaving"}, 503)
        ready = is_ready()
        return _json({"status": "ready" if ready else "store_unavailable"}, 200 if ready else 503)

    return blueprint


def jwks(published: Mapping[str, object]) -> Blueprint:
    """Return the JWK set with which receipts are checked (RFC 7517)."""
    blueprint = Blueprint("jwks", __name__)

    @blueprint.get("/.well-known/jwks.json")
    def keys() -> Response:
        response = _json(published, 200)
        response.headers["Cache-Control"] = _HOUR
        return response

    return blueprint


def _json(body: Mapping[str, object], status: int) -> Response:
    json = ("Content-Type", "application/json")
    return PlainResponse.of(status, msgspec.json.encode(body), json)
