"""Each request as it is seen from outside: under which id, of which verification, how answered, how long it took.

Knows HTTP and what may be written down of it: names and ids, never a value that was sent. An id of a request
is taken from outside only where it can be nothing else: a UUID holds no account and no telephone number.
"""

from __future__ import annotations

import logging
import random
import re
import time
from typing import Final

from flask import Flask, Response, g

from ivr.service.attending import attend_also, attended, begin_to_attend, leave
from ivr.service.meter_port import Meter
from ivr.service.ports import Client
from ivr.service.trace_port import Traces
from ivr.web.plain_flask import present_request

_LOG: Final = logging.getLogger(__name__)
HEADER: Final = "X-Request-Id"
_ENVIRON: Final = "HTTP_X_REQUEST_ID"
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_VERIFICATION: Final = re.compile(r"v[a-z2-7]{26}", re.ASCII)
_MARKS: Final = 4 << 76 | 0b10 << 62
"""Where a UUID says of which version and variant it is."""
_FREE: Final = ~(0b1111 << 76 | 0b11 << 62)
_ARGUMENTS: Final = ("verification", "verification_id")
_UNKNOWN: Final = "unknown"
_NANO: Final = 1_000_000_000
_UNSAID: Final = frozenset({"health.healthz", "health.readyz"})
"""Asked every few seconds by machines: counted, and not written down."""


def observe(app: Flask, meter: Meter, traces: Traces) -> None:
    """Have every request named, counted, traced and written down."""

    @app.before_request
    def begin() -> None:
        asked = present_request()
        arguments = asked.view_args or {}
        g.began = time.time_ns()
        names = {"request": _request_id(asked.environ.get(_ENVIRON))}
        for argument in _ARGUMENTS:
            verification = arguments.get(argument)
            if verification and _VERIFICATION.fullmatch(verification):
                names["verification"] = verification
        begin_to_attend(**names)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers.add(HEADER, attended()["request"])
        seen = g._get_current_object()  # noqa: SLF001 - each look through the proxy costs
        asked = present_request()
        seconds = max(0, time.time_ns() - seen.began) / _NANO
        endpoint = asked.endpoint or _UNKNOWN
        status = response.status_code
        meter.answered(endpoint, status, seconds)
        if endpoint not in _UNSAID:
            _say(endpoint, status, seconds, seen.get("client"))
            link = asked.environ.get("HTTP_TRACEPARENT", "")
            traces.span(endpoint, seen.began, link=link, endpoint=endpoint, status=status)
        return response

    @app.teardown_request
    def forget(_: BaseException | None) -> None:
        leave()


def name_verification(verification_id: str) -> None:
    """Say which verification this request turned out to be of."""
    attend_also(verification=verification_id)


def _request_id(sent: str | None) -> str:
    return sent.lower() if sent and _UUID.fullmatch(sent) else _new_id()


def _new_id() -> str:
    """Return a UUID of version 4 (RFC 9562, 5.4). It names a request and opens nothing: no secret chance is spent."""
    text = f"{random.getrandbits(128) & _FREE | _MARKS:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _say(endpoint: str, status: int, seconds: float, client: Client | None) -> None:
    extra = {"endpoint": endpoint, "status": status, "ms": round(seconds * 1000)}
    if client is not None:
        extra["client"] = client.id
    _LOG.info("request_answered", extra=extra)
