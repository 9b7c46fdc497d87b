"""Hooks over a real network.

Knows HTTP with the carrier's time limits. Does not know signatures, retries or what a hook is
about.
"""

import http.client
import time
from urllib.parse import urlencode, urlsplit, urlunsplit

from ivr.simulator.network.messages import ConnectFailedError, Reply, Request, TimedOutError

CONNECT_SECONDS = 5.0
MOST_BYTES = 8 * 1024 * 1024


def send(request: Request) -> Reply:
    """Send a form and wait for the answer; redirects are left to the caller.

    Raises:
        ConnectFailedError: when no connection came about, or it broke before an answer.
        TimedOutError: when the answer did not come within the request's seconds.

    """
    began = time.monotonic()
    connection = _connect(request)
    try:
        answer = _ask(connection, request)
        body = answer.read(MOST_BYTES)
    except TimeoutError as slow:
        raise TimedOutError from slow
    except (OSError, http.client.HTTPException) as broken:
        raise ConnectFailedError from broken
    finally:
        connection.close()
    seconds = time.monotonic() - began
    return Reply(status=answer.status, headers=dict(answer.headers), body=body, seconds=seconds)


def _connect(request: Request) -> http.client.HTTPConnection:
    parts = urlsplit(request.url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=CONNECT_SECONDS)
    try:
        connection.connect()
    except OSError as refused:
        connection.close()
        raise ConnectFailedError from refused
    connection.sock.settimeout(request.seconds)
    return connection


def _ask(connection: http.client.HTTPConnection, request: Request) -> http.client.HTTPResponse:
    parts = urlsplit(request.url)
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    headers = dict(request.headers)
    body = None
    if request.method == "POST":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(request.form).encode()
    connection.request(request.method, target, body=body, headers=headers)
    return connection.getresponse()
