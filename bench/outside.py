"""Everybody outside of the product in whole verifications: banks, a carrier that takes every call, a receiver.

Knows the API, the carrier's orders and hooks, and callbacks, as their users do. Reads the passcode from
what was said, and nothing from the store.
"""

from __future__ import annotations

import itertools
import json
import re
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs

from bench.whole import Line
from bench.world import PUBLIC, World, body_of
from ivr.simulator.story_digits import passcodes_in

PATIENCE = 60.0
CALLBACKS = "/callbacks"
_MARKUP = re.compile("<[^>]*>")


class _Server(ThreadingHTTPServer):
    request_queue_size = 256  # many come at once, and nobody is to wait for a place
    daemon_threads = True


class Outside:
    """One server that is the carrier's REST API and the bank's receiver of callbacks."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self._heard = threading.Condition()
        self._orders: dict[str, tuple[str, str]] = {}
        self._told: set[str] = set()
        outside = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path.startswith(CALLBACKS):
                    outside._callback(json.loads(body)["data"]["id"])
                    self._answer(204, b"")
                else:
                    sid = outside._order(parse_qs(body.decode())["Url"][0])
                    self._answer(201, json.dumps({"sid": sid, "status": "queued"}).encode())

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.callbacks = f"http://127.0.0.1:{self.port}{CALLBACKS}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def order_for(self, verification: str) -> tuple[str, str]:
        """Wait for the order to call, and return the path of its hooks and the call's id."""
        self._await(lambda: verification in self._orders, "no call was asked for")
        return self._orders[verification]

    def await_callback(self, verification: str) -> None:
        """Wait until the verdict was delivered."""
        self._await(lambda: verification in self._told, "no callback came")

    def _await(self, is_so: object, what: str) -> None:
        with self._heard:
            if not self._heard.wait_for(is_so, PATIENCE):  # type: ignore[arg-type]
                raise SystemExit(f"bench: {what} within {PATIENCE:.0f} s")

    def _order(self, url: str) -> str:
        path = url.partition("#")[0].removeprefix(PUBLIC).removesuffix("/0")
        sid = f"CA{secrets.token_hex(16)}"
        with self._heard:
            self._orders[path.split("/")[2]] = (path, sid)
            self._heard.notify_all()
        return sid

    def _callback(self, verification: str) -> None:
        with self._heard:
            self._told.add(verification)
            self._heard.notify_all()


class Banks:
    """Banks that go through verification after verification, several at once."""

    def __init__(self, world: World, port: int, outside: Outside) -> None:
        """Take where the product listens."""
        self._world, self._port, self._outside = world, port, outside
        self._accounts = itertools.count(1)
        self.passed = 0

    def verify(self, count: int, at_once: int) -> None:
        """Have `count` verifications pass and be called back. Raises SystemExit where one does not."""
        lines = [Line(self._world, self._port) for _ in range(at_once)]
        shares = [count // at_once + (place < count % at_once) for place in range(at_once)]
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(self._go_through, lines, shares))
        self.passed += count

    def _go_through(self, line: Line, count: int) -> None:
        for _ in range(count):
            account = f"101-{next(self._accounts):07d}"
            found = line.start(body_of(account, callback_url=self._outside.callbacks))
            voice, sid = self._outside.order_for(found)
            said = line.call(voice, sid)
            line.finish(found, passcodes_in([_MARKUP.sub(" ", said)])[-1])
            self._outside.await_callback(found)
