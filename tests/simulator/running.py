"""The stand-in as a process, and a product behind a real socket for it to ask."""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

SID, TOKEN = "AC" + "1" * 32, "token-of-a-process"


SPEED = 50


ROOT = Path(__file__).parents[2]


class Product:
    """A product behind a real socket, which keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.documents: dict[str, str] = {}
        product = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                form = dict(parse_qsl(body, keep_blank_values=True))
                product.asked.append((self.path, form, dict(self.headers)))
                document = product.documents.get(self.path, "<Response/>").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(document)))
                self.end_headers()
                self.wfile.write(document)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@contextmanager
def started(tmp_path: Path, **more: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    environment = {
        "PATH": os.environ["PATH"],
        "SIM_PORT": "0",
        "SIM_ACCOUNT_SID": SID,
        "SIM_AUTH_TOKEN": TOKEN,
        "SIM_SPEED": str(SPEED),
        "SIM_SEED": "1",
        **more,
    }
    with (tmp_path / "err").open("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "ivr.simulator"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            yield process, line.rpartition(" ")[2].strip()
        finally:
            process.terminate()
            process.communicate(timeout=60)


def client(url: str) -> Client:
    made = Client(SID, TOKEN, http_client=TwilioHttpClient(timeout=60))
    made.api.base_url = url
    return made


def ask(method: str, url: str, content: object = None) -> Any:
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(url, data=body, method=method)  # noqa: S310 - our own server
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def until(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.02)
    raise AssertionError("it did not happen within a minute")
