"""A tap in the line: passes HTTP on to where it is meant to go, and writes down all of it.

Knows requests and answers. Does not know who speaks through it, nor what is looked for.
"""

import http.client
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

PATIENCE = 40.0  # seconds; a poll may be held for 25
HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding"}
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request as it was sent, and its answer."""

    method: str
    url: str  # as in the request line: path and query
    asked: Headers
    body: bytes
    status: int
    told: Headers
    answer: bytes

    @property
    def path(self) -> str:
        """The address without its query."""
        return self.url.partition("?")[0]


class Tap:
    """Listens on a port of its own and speaks with one server."""

    def __init__(self, server: str) -> None:
        """`server` is the address behind the tap."""
        self.exchanges: list[Exchange] = []
        self._listening = _Listening(("127.0.0.1", 0), _Handler)
        self._listening.server = urlsplit(server).netloc
        self._listening.exchanges = self.exchanges
        self.url = f"http://127.0.0.1:{self._listening.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._listening.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listening.shutdown()
        self._listening.server_close()


class _Listening(ThreadingHTTPServer):
    daemon_threads = True
    server: str
    exchanges: list[Exchange]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listening

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status, told, answer = self._ask(body)
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return
        self.server.exchanges.append(
            Exchange(
                method=self.command,
                url=self.path,
                asked=tuple(self.headers.items()),
                body=body,
                status=status,
                told=told,
                answer=answer,
            )
        )
        self.send_response_only(status)
        for name, value in told:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_DELETE = _pass_on  # noqa: N815 - the library's names

    def _ask(self, body: bytes) -> tuple[int, Headers, bytes]:
        line = http.client.HTTPConnection(self.server.server, timeout=PATIENCE)
        try:
            line.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                line.putheader(name, value)
            line.endheaders(body)
            answer = line.getresponse()
            return answer.status, tuple(answer.getheaders()), answer.read()
        finally:
            line.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Write nothing: the exchanges are the log."""
