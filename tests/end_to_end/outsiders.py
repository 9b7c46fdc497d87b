"""Outsiders over a real network: a carrier or a bank's receiver that answers, hangs, or drips.

Knows HTTP. Does not know who asks.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

from tests.redis_servers import until

DRIP_SECONDS = 0.3


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


Answer = Callable[["Outsider", "_Handler", Asked], None]


class Outsider:
    """A server; `answer` says what it does, and may be changed while it runs."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.let_go = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.outsider = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()

    def forget(self, answer: Answer) -> None:
        """Begin anew, and answer differently."""
        self.answer = answer
        self.asked.clear()
        self.let_go.clear()

    def until_asked(self, times: int) -> None:
        until(lambda: len(self.asked) >= times, f"it is asked {times} times")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    outsider: Outsider


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(path=self.path, headers=dict(self.headers), body=body)
        outsider = self.server.outsider
        outsider.asked.append(asked)
        outsider.answer(outsider, self, asked)

    def say(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Write nothing: what was asked is the log."""


def take(outsider: Outsider, handler: _Handler, asked: Asked) -> None:
    """Answer as a carrier that takes an order, or a receiver that takes news."""
    number = outsider.asked.index(asked)
    handler.say(201, {"sid": f"CA{number:032x}", "status": "queued"})


def take_late(outsider: Outsider, handler: _Handler, asked: Asked) -> None:
    """Say nothing until let go; then take it."""
    outsider.let_go.wait(60)
    take(outsider, handler, asked)


def drip(outsider: Outsider, handler: _Handler, asked: Asked) -> None:
    """Answer byte by byte, for ever: no time-out between two bytes ever ends that."""
    del asked
    handler.connection.sendall(b"HTTP/1.1 201 Created\r\nX-Slow: ")
    try:
        while not outsider.let_go.is_set():
            handler.connection.sendall(b".")
            time.sleep(DRIP_SECONDS)
    except OSError:
        return  # who asked has gone
