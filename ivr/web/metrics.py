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
        self._port, self._said = port, str(port)
        self._expose = expose

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ["SERVER_PORT"] != self._said or not self._is_here(environ):
            return self._app(environ, start_response)
        if environ["PATH_INFO"] != _PATH or environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"There is nothing but GET /metrics here.\n"]
        text = self._expose()
        length = ("Content-Length", str(len(text)))
        start_response("200 OK", [("Content-Type", _MEDIA_TYPE), length])
        return [text]

    def _is_here(self, environ: WSGIEnvironment) -> bool:
        """Tell whether a request really came in by this door: what it says may be from its Host header."""
        socket: Any = environ.get("gunicorn.socket")
        name = socket.getsockname() if socket else None
        return isinstance(name, tuple) and name[1] == self._port
