"""Load by wrk: prepared requests replayed over kept connections, each answer's status counted.

Knows wrk and the form of its requests. Does not know what they ask or what they cost.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

SCRIPT = Path(__file__).with_name("replay.lua")
LOAD_CORE = 1
LONGEST = 60
"""Seconds; a load ends by itself much sooner, when every answer has come."""
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Load:
    """What came of a load: answers, seconds, latencies in ms."""

    answers: int
    seconds: float
    p50: float
    p99: float


def get(path: str, headers: Mapping[str, str]) -> bytes:
    """Return a GET as it is sent."""
    return _head("GET", path, headers) + b"\r\n"


def post(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return a POST as it is sent."""
    return _head("POST", path, {**headers, "Content-Length": str(len(body))}) + b"\r\n" + body


def post_form(path: str, headers: Mapping[str, str], form: Mapping[str, str]) -> bytes:
    """Return a form as it is sent."""
    return post(path, {**headers, "Content-Type": FORM}, urlencode(form).encode())


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    fields = {"Host": "127.0.0.1", "Accept": "*/*", **headers}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "".join(f"{line}\r\n" for line in lines).encode()


def replay(
    port: int,
    requests: Iterable[bytes],
    count: int,
    expected: int,
    *,
    connections: int = 8,
    pause: float = 0,
) -> Load:
    """Send `count` requests and return what came of them. Every answer must have the status `expected`.

    `pause` is the mean pause of each connection before a request, in ms.
    """
    with tempfile.NamedTemporaryFile(prefix="replay-") as file:
        for each in requests:
            file.write(f"{len(each):010d}".encode() + each)
        file.flush()
        arguments = (f"-c{connections}", f"-d{LONGEST}s", "--latency", "-s", str(SCRIPT))
        command = [
            "taskset", "-c", str(LOAD_CORE), program(), "-t1", *arguments,
            f"http://127.0.0.1:{port}", "--", file.name, str(count), str(pause),
        ]  # fmt: skip
        said = _run(command)
    answers, seconds, p50, p99, errors, *codes = said.split()[1:]
    if codes != [f"{expected}:{count}"]:
        raise SystemExit(
            f"bench: {count} answers of {expected} were expected, not {codes}, {errors} errors"
        )
    return Load(answers=int(answers), seconds=float(seconds), p50=float(p50), p99=float(p99))


def _run(command: list[str]) -> str:
    """Run wrk until it has every answer; return what the script says at the end."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said = ""
        for line in process.stdout or ():
            if line == "ALL\n":
                process.send_signal(signal.SIGINT)
            if line.startswith("REPLAY "):
                said = line
    return said


def program() -> str:
    """Return wrk's path."""
    found = shutil.which("wrk")
    if not found:
        raise SystemExit("bench: wrk is needed (Debian and Ubuntu: apt-get install wrk)")
    return found
