"""Each request as it is seen from outside: under which id, of which verification, how answered, how long it took.

Knows HTTP and what may be written down of it: names and ids, never a value that was sent. An id of a request
is taken from outside only where it can be nothing else: a UUID holds no account and no telephone number.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import Final

from flask import Flask, Response, g, request

from ivr.service.attending import attend_also, attended, begin_to_attend, leave
from ivr.service.meter_port import Meter
from ivr.service.trace_port import Traces

_LOG: Final = logging.getLogger(__name__)
HEADER: Final = "X-Request-Id"
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_VERIFICATION: Final = re.compile(r"v[a-z2-7]{26}", re.ASCII)
_ARGUMENTS: Final = ("verification", "verification_id")
_UNKNOWN: Final = "unknown"
_NANO: Final = 1_000_000_000
_UNSAID: Final = frozenset({"health.healthz", "health.readyz"})
"""Asked every few seconds by machines: counted, and not written down."""


def observe(app: Flask, meter: Meter, traces: Traces) -> None:
    """Have every request named, counted, traced and written down."""

    @app.before_request
    def begin() -> None:
        g.began = time.time_ns()
        names = {"request": _request_id()}
        for argument in _ARGUMENTS:
            verification = (request.view_args or {}).get(argument, "")
            if _VERIFICATION.fullmatch(verification):
                names["verification"] = verification
        begin_to_attend(**names)

    @app.after_request
    def end(response: Response) -> Response:
        names = attended()
        response.headers[HEADER] = names["request"]
        seconds = max(0, time.time_ns() - g.began) / _NANO
        endpoint = request.endpoint or _UNKNOWN
        meter.answered(endpoint, response.status_code, seconds)
        if endpoint not in _UNSAID:
            _say(endpoint, response.status_code, seconds)
            link = request.headers.get("traceparent", "")
            traces.span(
                endpoint, g.began, link=link, endpoint=endpoint, status=response.status_code
            )
        return response

    @app.teardown_request
    def forget(_: BaseException | None) -> None:
        leave()


def name_verification(verification_id: str) -> None:
    """Say which verification this request turned out to be of."""
    attend_also(verification=verification_id)


def _request_id() -> str:
    sent = request.headers.get(HEADER, "")
    return sent.lower() if _UUID.fullmatch(sent) else str(uuid.uuid4())


def _say(endpoint: str, status: int, seconds: float) -> None:
    extra = {"endpoint": endpoint, "status": status, "ms": round(seconds * 1000)}
    client = g.get("client")
    if client is not None:
        extra["client"] = client.id
    _LOG.info("request_answered", extra=extra)
