"""The door for metrics: an address of its own, on which nothing else is served, and which serves nowhere else.

Knows WSGI, and by which socket a request came in. Does not know what is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_PATH: Final = "/metrics"
_MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class MetricsDoor:
    """Stands before the app. What comes in by the metrics' own port gets metrics; all else the app."""

    def __init__(self, app: WSGIApplication, port: int, expose: Callable[[], bytes]) -> None:
        """`port` is that of the metrics' own address; `expose` gives them as text."""
        self._app = app
        self._port = port
        self._expose = expose

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if _port_of(environ.get("gunicorn.socket")) != self._port:
            return self._app(environ, start_response)
        if environ["PATH_INFO"] != _PATH or environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"There is nothing but GET /metrics here.\n"]
        text = self._expose()
        length = ("Content-Length", str(len(text)))
        start_response("200 OK", [("Content-Type", _MEDIA_TYPE), length])
        return [text]


def _port_of(socket: Any) -> int:
    """Return the port by which a request really came in, whatever its Host header says."""
    name = socket.getsockname() if socket else None
    return name[1] if isinstance(name, tuple) else 0
