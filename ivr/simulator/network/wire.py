"""Hooks over a real network.

Knows HTTP with the carrier's time limits. Does not know signatures, retries or what a hook is
about.
"""

import http.client
import time
from urllib.parse import urlencode, urlsplit, urlunsplit

from ivr.simulator.network.reply import ConnectFailedError, Reply, TimedOutError

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
MOST_BYTES = 8 * 1024 * 1024


def send(method: str, url: str, form: list[tuple[str, str]], headers: dict[str, str]) -> Reply:
    """Send a form and wait for the answer; redirects are left to the caller.

    Raises:
        ConnectFailedError: when no connection came about, or it broke before an answer.
        TimedOutError: when the answer did not come within 15 seconds.

    """
    began = time.monotonic()
    connection = _connect(url)
    try:
        return _ask(connection, method, url, form, headers, began=began)
    except TimeoutError as slow:
        raise TimedOutError from slow
    except (OSError, ValueError, http.client.HTTPException) as broken:
        raise ConnectFailedError from broken
    finally:
        connection.close()


def _connect(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=CONNECT_SECONDS)
    try:
        connection.connect()
    except OSError as refused:
        connection.close()
        raise ConnectFailedError from refused
    connection.sock.settimeout(READ_SECONDS)
    return connection


def _ask(  # noqa: PLR0913 - one argument more than the request has: when it began
    connection: http.client.HTTPConnection,
    method: str,
    url: str,
    form: list[tuple[str, str]],
    headers: dict[str, str],
    *,
    began: float,
) -> Reply:
    parts = urlsplit(url)
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    body = urlencode(form).encode() if method == "POST" else None
    typed = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, target, body=body, headers=typed if body is not None else headers)
    answer = connection.getresponse()
    content = answer.read(MOST_BYTES)
    seconds = time.monotonic() - began
    return Reply(status=answer.status, headers=dict(answer.headers), body=content, seconds=seconds)
