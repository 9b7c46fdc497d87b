"""Where the time of a request goes, within the product: each kind driven through its WSGI callable.

Knows the product's app and the profiler. No server is in it: what gunicorn costs is the floor's.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pyinstrument import Profiler

from bench.kinds import KINDS
from bench.rounds import Stage, staged
from ivr.app import create_app_from_environment

COUNT = 1000


def environ_of(raw: bytes) -> dict[str, Any]:
    """Return the WSGI environment of a prepared request."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *fields = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "RAW_URI": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for field in fields:
        name, _, value = field.partition(": ")
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    return environ


def drive(app: Callable[..., Any], requests: Sequence[bytes], status: int) -> float:
    """Serve requests one after the other; return CPU seconds."""
    environs = [environ_of(each) for each in requests]
    seen: list[str] = []

    def begin(line: str, _headers: list[tuple[str, str]]) -> None:
        seen.append(line)

    began = time.thread_time()
    for each in environs:
        answer = app(each, begin)
        b"".join(answer)
        getattr(answer, "close", int)()
    used = time.thread_time() - began
    if {line[:3] for line in seen} != {str(status)}:
        raise SystemExit(f"bench: answered with {set(seen)}")
    return used


def app_of(stage: Stage) -> Any:
    """Return the product's WSGI callable on the stage's store."""
    os.environ.update(stage.world.environment)
    return create_app_from_environment()


def look_at(app: Any, requests: Sequence[bytes], status: int, page: Path) -> None:
    """Write a page that shows where the time went; its parts can be opened and closed."""
    profiler = Profiler(interval=0.0002)
    with profiler:
        drive(app, requests, status)
    page.write_text(profiler.output_html(), encoding="utf-8")


def main() -> None:
    """Write a page for each kind of request into the folder that is named."""
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, staged(Path(folder)) as stage:
        app = app_of(stage)
        for kind in KINDS:
            drive(app, stage.requests.batch(kind, 200), kind.status)
            used = drive(app, stage.requests.batch(kind, COUNT), kind.status)
            page = target / f"{kind.name}.html"
            look_at(app, stage.requests.batch(kind, COUNT), kind.status, page)
            print(f"{kind.title}: {used / COUNT * 1e6:.0f} us of CPU without a server; {page}")


if __name__ == "__main__":
    main()
