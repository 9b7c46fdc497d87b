"""A small balancer: whoever it asks in vain to be let in, it leaves for another; nothing else is tried again.

Knows HTTP and who said lately that he is ready. Does not know what is asked.
"""

import http.client
import itertools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import urllib3

PATIENCE = 40.0  # seconds; a poll may be held for 25
LOOK_SECONDS = 0.3
HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding"}


class Balancer:
    """Listens at the house's address, and asks those that serve it in turn."""

    def __init__(self, port: int) -> None:
        self.cut: list[str] = []
        """Requests that were sent and not answered: each is a loss."""
        self.faults: list[tuple[int, str]] = []
        """Answers that say that a server failed."""
        self.answered: dict[str, int] = {}
        """How many answers came from whom."""
        self._servers: dict[str, bool] = {}
        self._turn = itertools.count()
        self._over = threading.Event()
        self._listening = _Listening(("127.0.0.1", port), _Handler)
        self._listening.balancer = self

    def __enter__(self) -> Self:
        for work in (self._look, lambda: self._listening.serve_forever(0.05)):
            threading.Thread(target=work, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._listening.shutdown()
        self._listening.server_close()

    def add(self, url: str) -> None:
        """Send requests to this server too, from now on."""
        self._servers = {**self._servers, url: True}

    def leave_out(self, url: str) -> None:
        """Forget a server that is gone."""
        self._servers = {name: ready for name, ready in self._servers.items() if name != url}

    def ask(self, method: str, path: str, headers: Any, body: bytes) -> http.client.HTTPResponse:
        """Ask one of the servers. Raises `OSError` or `HTTPException` where it was asked and did not answer."""
        for url in self._in_turn():
            line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
            try:
                line.connect()
            except ConnectionRefusedError:
                continue
            line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                if name.lower() != "connection":
                    line.putheader(name, value)
            line.putheader("Connection", "close")
            line.endheaders(body)
            answer = line.getresponse()
            self.answered[url] = self.answered.get(url, 0) + 1
            return answer
        raise ConnectionRefusedError

    def _in_turn(self) -> list[str]:
        ready = [url for url, is_ready in self._servers.items() if is_ready]
        first = next(self._turn) % max(len(ready), 1)
        others = [url for url in self._servers if url not in ready]
        return ready[first:] + ready[:first] + others

    def _look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            for url in self._servers:
                ready = _is_ready(url)
                if url in self._servers:
                    self._servers[url] = ready


def _is_ready(url: str) -> bool:
    try:
        return urllib3.request("GET", f"{url}/readyz", retries=False, timeout=5.0).status == 200
    except urllib3.exceptions.HTTPError:
        return False


class _Listening(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    balancer: Balancer


class _Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True
    server: _Listening

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        balancer = self.server.balancer
        try:
            answer = balancer.ask(self.command, self.path, self.headers.items(), body)
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            balancer.cut.append(f"{self.command} {error!r}")
            self.close_connection = True
            return
        if answer.status >= 500:
            balancer.faults.append((answer.status, content.decode(errors="replace")))
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = _pass_on  # noqa: N815 - the library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Write nothing: what went wrong is kept."""
