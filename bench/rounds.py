"""The main table: each kind of request against the floor, interleaved, round after round.

Knows what is compared with what. A round measures everything once, so that a slow spell of the
machine falls on both sides; a ratio is taken within its round, and the median over the rounds.
"""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPResponse
from pathlib import Path

import redis

from bench.kinds import Kind, Requests
from bench.load import LOAD_CORE, Load, replay
from bench.servers import Server, cpu_of, start
from bench.world import ROOT, Filling, World, create_world
from ivr.adapters.embedded_server import EmbeddedServer
from ivr.cli.demo import free_port

MICRO = 1e6
Answers = Mapping[str, Mapping[str, object]]
CONNECTIONS = 8


@dataclass
class Costs:
    """CPU in us per request, round by round, by what was measured; Redis' own apart."""

    server: dict[str, list[float]] = field(default_factory=dict)
    redis: dict[str, list[float]] = field(default_factory=dict)
    loads: dict[str, list[Load]] = field(default_factory=dict)

    def add(self, name: str, server: float, store: float, load: Load) -> None:
        """Note one measurement."""
        self.server.setdefault(name, []).append(server)
        self.redis.setdefault(name, []).append(store)
        self.loads.setdefault(name, []).append(load)

    def median(self, name: str) -> float:
        """Return the median over the rounds."""
        return statistics.median(self.server[name])

    def ratio(self, name: str, other: str) -> tuple[float, float, float]:
        """Return median, least and most of the ratios within each round."""
        found = [a / b for a, b in zip(self.server[name], self.server[other], strict=True)]
        return statistics.median(found), min(found), max(found)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A store, a world in it, and what makes requests for it."""

    folder: Path
    store: EmbeddedServer
    client: redis.Redis
    world: World
    requests: Requests

    def measure(
        self, server: Server, requests: Sequence[bytes], count: int, status: int
    ) -> tuple[float, float, Load]:
        """Replay requests; return the server's and Redis' CPU in us for each, and the load."""
        before, before_redis = server.cpu(), cpu_of(self.store.pid)
        load = replay(server.port, requests, count, status, connections=CONNECTIONS)
        used, used_redis = server.cpu() - before, cpu_of(self.store.pid) - before_redis
        return used / count * MICRO, used_redis / count * MICRO, load

    def clear(self) -> None:
        """Empty the store but for what a server prepared."""
        for pattern in ("{*", "n*"):
            for keys in _batches(self.client.scan_iter(pattern, count=2000)):
                self.client.unlink(*keys)


def _batches(keys: Iterator[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for key in keys:
        batch.append(key)
        if len(batch) == 2000:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """Yield a stage on a store of its own, as the product starts it."""
    with EmbeddedServer(folder / "valkey", tcp_port=free_port()) as store:
        _pin(store.pid, LOAD_CORE)
        client = redis.Redis.from_url(store.url)
        world = create_world(folder / "world", store.url)
        requests = Requests(world, Filling(world, client))
        yield Stage(folder=folder, store=store, client=client, world=world, requests=requests)


def _pin(pid: int, core: int) -> None:
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})


def gunicorn(python: str, app: str, folder: Path, *more: str) -> list[str]:
    """Return gunicorn's command line, with the configuration that ships."""
    config = str(ROOT / "config" / "gunicorn.py")
    return [python, "-m", "gunicorn", "--chdir", str(folder), "--config", config, *more, app]


def ours(stage: Stage, command: Sequence[str] = (), name: str = "ours") -> Server:
    """Start the product's web process in production settings."""
    port = free_port()
    environment = {
        **stage.world.environment,
        **gunicorn_environment(port),
        "IVR_METRICS_BIND": f"127.0.0.1:{free_port()}",
    }
    command = _at(command, port) or gunicorn(sys.executable, "wsgi:app", ROOT)
    return start(name, port, command, environment, ready="/readyz", folder=stage.folder)


def floor(
    stage: Stage, answers: Answers, command: Sequence[str] = (), name: str = "floor"
) -> Server:
    """Start the floor under the same server."""
    port = free_port()
    environment = {
        **gunicorn_environment(port),
        "FLOOR_REDIS_URL": stage.store.url,
        "FLOOR_ANSWERS": json.dumps(answers),
    }
    command = _at(command, port) or gunicorn(sys.executable, "bench.floor:app", ROOT)
    return start(name, port, command, environment, ready="/floor/ready", folder=stage.folder)


def _at(command: Sequence[str], port: int) -> list[str]:
    return [each.replace("{port}", str(port)) for each in command]


def gunicorn_environment(port: int) -> dict[str, str]:
    """Return what `config/gunicorn.py` reads: one process on the one core."""
    return {"IVR_BIND": f"127.0.0.1:{port}", "IVR_WEB_PROCESSES": "1", "IVR_WEB_THREADS": "16"}


def answers_of(stage: Stage, server: Server, kinds: Sequence[Kind]) -> dict[str, dict[str, object]]:
    """Return what the product answers to each kind: status, type and bytes."""
    found: dict[str, dict[str, object]] = {}
    for kind in kinds:
        status, content_type, body = ask(server.port, stage.requests.batch(kind, 1)[0])
        if status != kind.status:
            raise SystemExit(f"bench: {kind.name} was answered with {status}: {body[:300]!r}")
        found[kind.name] = {
            "status": status,
            "content_type": content_type,
            "body": base64.b64encode(body).decode(),
        }
    return found


def ask(port: int, request: bytes) -> tuple[int, str, bytes]:
    """Send one prepared request; return status, content type and body."""
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(request)
        response = HTTPResponse(line)
        response.begin()
        return response.status, response.getheader("Content-Type", ""), response.read()


_PATH = re.compile(rb"^([A-Z]+) \S+")


def floored(requests: Sequence[bytes], kind: str, trips: int) -> list[bytes]:
    """Return the same requests, sent to the floor."""
    path = f"/floor/{kind}/{trips}".encode()
    return [_PATH.sub(rb"\1 " + path, each, count=1) for each in requests]


def compare(stage: Stage, kinds: Sequence[Kind], rounds: int, count: int) -> Costs:
    """Measure every kind and its floors, round after round."""
    costs = Costs()
    with ExitStack() as stack:
        product = ours(stage)
        stack.callback(product.stop)
        bare = floor(stage, answers_of(stage, product, kinds))
        stack.callback(bare.stop)
        for number in range(rounds + 1):
            for kind in kinds:
                requests = stage.requests.batch(kind, count)
                warming = number == 0
                measured = [(kind.name, product, requests)]
                measured += [
                    (f"{kind.name}/{trips}", bare, floored(requests[:200], kind.name, trips))
                    for trips in sorted({0, kind.trips} | ({1} if kind.name == "hook" else set()))
                ]
                for name, server, sent in measured:
                    server_cpu, store_cpu, load = stage.measure(server, sent, count, kind.status)
                    if not warming:
                        costs.add(name, server_cpu, store_cpu, load)
            stage.clear()
    return costs
