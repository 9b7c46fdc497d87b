"""Requests to the product's own web app, without a socket: what was asked in, what was answered out."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import msgspec
from flask import Flask


class Answer:
    """An answer."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body

    @cached_property
    def json(self) -> Any:
        """Return what the body says."""
        return msgspec.json.decode(self.body)

    @property
    def text(self) -> str:
        """Return the body's text."""
        return self.body.decode()


def ask(
    app: Flask, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
) -> Answer:
    """Have a request answered by an app."""
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "simulated",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    status: list[int] = []

    def start_response(line: str, _headers: object, _error: object = None, /) -> Any:
        status.append(int(line.split(maxsplit=1)[0]))

    chunks: Iterable[bytes] = app.wsgi_app(environ, start_response)
    return Answer(status[0], b"".join(chunks))


def form(fields: Mapping[str, str]) -> bytes:
    """Encode a form."""
    return urlencode(fields).encode()
