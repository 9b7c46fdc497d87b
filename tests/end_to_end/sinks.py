"""Every place in which a house can leave a trace, and how each is read: whole.

Knows Valkey, SQLite, files, processes and HTTP exchanges. Does not know what is looked for.
"""

import json
import os
import re
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

import redis
import urllib3

from tests.end_to_end.tap import Exchange, Headers
from tests.end_to_end.traces import Trace

_ROUTES = {  # where an address begins -> how the request and the answer are called here
    "/hooks/": ("hook", "document"),
    "/2010-04-01/": ("order", "order answer"),
    "/bank/callback": ("callback", "callback answer"),
    "/": ("request", "answer"),
}


# Valkey.


def valkey_traces(client: redis.Redis) -> Iterator[Trace]:
    """Give every key with its value, and what the server itself remembers of commands."""
    for key in client.scan_iter(count=1000):
        yield _valkey("key", key, key)
        for part in _flat(_value(client, key)):
            yield _valkey("value", key, part)
    for slow in client.slowlog_get(128):
        yield _valkey("memory", b"SLOWLOG", slow["command"])


def _value(client: Any, key: bytes) -> Any:
    match client.type(key):
        case b"string":
            return client.get(key)
        case b"zset":
            return client.zrange(key, 0, -1, withscores=True)
        case b"stream":
            return client.xrange(key)
        case b"hash":
            return client.hgetall(key)
        case b"list":
            return client.lrange(key, 0, -1)
        case b"set":
            return client.smembers(key)
        case other:
            raise AssertionError(f"a type that is not read yet: {other!r}")


def _flat(value: Any) -> Iterator[bytes]:
    match value:
        case bytes():
            yield value
        case dict():
            yield from _flat([*value, *value.values()])
        case list() | tuple() | set():
            for each in value:
                yield from _flat(each)
        case other:
            yield str(other).encode()


def _valkey(part: str, key: bytes, data: bytes) -> Trace:
    return Trace(sink="valkey", part=part, place=key.decode(errors="replace"), data=data)


class Monitor:
    """Listens to every command that the server carries out, scripts and messages included."""

    def __init__(self, socket_path: str) -> None:
        """Begin to listen."""
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(socket_path)
        self._line.sendall(b"MONITOR\r\n")
        self._heard = bytearray()
        self._listener = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._listener.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.shutdown(socket.SHUT_RDWR)
        self._listener.join()
        self._line.close()

    def forget(self) -> None:
        """Begin anew."""
        self._heard.clear()

    def traces(self) -> Iterator[Trace]:
        """Give every command so far, without the time that the server puts before it."""
        lines = bytes(self._heard).split(b"\r\n")
        commands = dict.fromkeys(line.partition(b" ")[2] for line in lines)
        for command in commands:
            yield Trace(sink="valkey", part="command", place="MONITOR", data=_plain_bytes(command))

    def _listen(self) -> None:
        while data := self._line.recv(1 << 16):
            self._heard += data


_ESCAPED = re.compile(rb"\\(x[0-9a-f]{2}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}


def _plain_bytes(shown: bytes) -> bytes:
    """Undo the server's way of showing bytes."""
    return _ESCAPED.sub(
        lambda found: (
            bytes.fromhex(found[1][1:].decode())
            if len(found[1]) > 1
            else _LETTERS.get(found[1], found[1])
        ),
        shown,
    )


# The archive, and everything else on disk.


def archive_traces(file: Path) -> Iterator[Trace]:
    """Give every field of every table."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as archive:
        tables = archive.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            rows = archive.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a name of its own
            columns = [column[0] for column in rows.description]
            for row in rows:
                for column, field in zip(columns, row, strict=True):
                    data = field if isinstance(field, bytes) else str(field).encode()
                    yield Trace(sink="archive", part=column, place=table, data=data)


def file_traces(folder: Path) -> Iterator[Trace]:
    """Give the name and the whole content of every file: settings, logs, archive, append-only file."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        yield Trace(sink="file name", part="name", place=name, data=os.fsencode(name))
        if path.is_file():
            yield Trace(sink="file", part="content", place=name, data=path.read_bytes())


# Processes.


def process_traces(parent: int) -> Iterator[Trace]:
    """Give the arguments of every process below `parent`, and its environment where the system shows it."""
    for pid, shown in _processes_below(parent):
        arguments, environment = shown, b""
        with suppress(OSError):  # another system than Linux, or a process that has just ended
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        yield Trace(sink="process", part="arguments", place=str(pid), data=arguments)
        yield Trace(sink="process", part="environment", place=str(pid), data=environment)


def _processes_below(parent: int) -> list[tuple[int, bytes]]:
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, check=True
    )
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    below, found = {parent}, 0
    while len(below) > found:
        found = len(below)
        below |= {int(pid) for pid, above, *_ in rows if int(above) in below}
    return [(int(row[0]), row[-1]) for row in rows if int(row[0]) in below - {parent}]


# Metrics.


def metrics_traces(environment: Mapping[str, str]) -> Iterator[Trace]:
    """Give what web processes and worker show of their metrics."""
    for name in ("IVR_METRICS_BIND", "IVR_WORKER_METRICS_BIND"):
        answer = urllib3.request("GET", f"http://127.0.0.1:{environment[name]}/metrics")
        assert b"honnin_" in answer.data, answer.data
        yield Trace(sink="metrics", part="text", place=name, data=answer.data)


# HTTP.


def exchange_traces(exchanges: Iterable[Exchange]) -> Iterator[Trace]:
    """Give every part of what was said: addresses, headers, and each field of the bodies."""
    for exchange in exchanges:
        asked, told = next(
            names for start, names in _ROUTES.items() if exchange.path.startswith(start)
        )
        place = f"{exchange.method} {exchange.path}"
        url = exchange.url.encode(errors="surrogateescape")
        yield Trace(sink=asked, part="url", place=place, data=url)
        yield from message_traces(asked, place, exchange.asked, exchange.body)
        yield from message_traces(told, place, exchange.told, exchange.answer)


def message_traces(sink: str, place: str, headers: Headers, body: bytes) -> Iterator[Trace]:
    """Give headers and body of a message; a form's and a document's fields each for itself."""
    kind = ""
    for name, value in headers:
        data = f"{name}: {value}".encode(errors="surrogateescape")
        yield Trace(sink=sink, part=f"header {name.lower()}", place=place, data=data)
        kind = value if name.lower() == "content-type" else kind
    for part, data in _fields(kind, body):
        yield Trace(sink=sink, part=part, place=place, data=data)


def _fields(kind: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    if kind.startswith("application/x-www-form-urlencoded"):
        for name, value in parse_qsl(body.decode(), keep_blank_values=True):
            yield name, f"{name}={value}".encode()
    elif "json" in kind:
        for name, value in _members(json.loads(body)):
            yield name, f"{name}: {value}".encode()
    else:
        yield "body", body


def _members(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            for inner, each in value.items():
                yield from _members(each, f"{name}.{inner}" if name else inner)
        case list():
            for each in value:
                yield from _members(each, name)
        case _:
            yield name, value
