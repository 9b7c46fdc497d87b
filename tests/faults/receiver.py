"""The bank's receiver of callbacks: writes each down before it answers, and can be down.

Knows the Standard Webhooks signature and which callbacks it does not answer. A callback that is not
genuine is written down apart.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from ivr.simulator.bank_callbacks import is_genuine
from tests.redis_servers import free_port

FAILS: Final = "fails"
IS_MUTE: Final = "mute"


class Receiver:
    """A server at a port of its own. `manner_of(reference)` says how the first callback is answered."""

    def __init__(
        self,
        post: Callable[[str, dict[str, Any]], None],
        manner_of: Callable[[str], str],
    ) -> None:
        self.port = free_port()
        self.forged = 0
        self.refused: dict[str, int] = {FAILS: 0, IS_MUTE: 0}
        self._post, self._manner_of = post, manner_of
        self._secrets: list[str] = []
        self._known: set[str] = set()
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/callbacks"

    def trust(self, secrets: list[str]) -> None:
        """Take what is signed with these."""
        self._secrets = secrets

    def open(self) -> None:
        """Take callbacks."""
        if self._server is None:
            self._server = _Server(("127.0.0.1", self.port), _handler_of(self))
            threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def close(self) -> None:
        """Be down: connections are refused."""
        server, self._server = self._server, None
        if server:
            server.shutdown()
            server.server_close()

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Write a callback down; return the status that it is answered with, 0 for none."""
        if not is_genuine(headers, body, secrets=self._secrets, now=time.time()):
            with self._lock:
                self.forged += 1
            return 400
        data = json.loads(body)["data"]
        self._post(data["reference"], data)
        with self._lock:
            manner = "" if data["reference"] in self._known else self._manner_of(data["reference"])
            self._known.add(data["reference"])
            if manner:
                self.refused[manner] += 1
        return {FAILS: 500, IS_MUTE: 0}.get(manner, 204)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.take(headers, body)
            if status:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Write nothing."""

    return Handler
