"""What grows: time per operation and bytes as verifications become many, held polls, and idling.

Knows how to fill a store through the product's own encoder. Times are of the web process and of
Redis, each by its own accounting.
"""

from __future__ import annotations

import selectors
import shutil
import socket
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import redis

from bench.kinds import BY_NAME
from bench.load import get
from bench.rounds import MICRO, Stage, gunicorn, ours
from bench.servers import Server, start
from bench.world import ROOT, Filling, Originals, World, create_world
from ivr.adapters.names import Names
from ivr.adapters.redis_store import RedisStore
from ivr.adapters.seal import Sealer
from ivr.cli.demo import free_port
from ivr.domain.record import State

Row = dict[str, float]
HELD_SECONDS = 10
SETTLE_SECONDS = 3
"""What a process does in its first moments is no idling."""


def growth(stage: Stage, sizes: Sequence[int], count: int) -> list[Row]:
    """Fill the store to each size and measure hook, check and poll there."""
    relax(stage)
    settings = stage.world.settings
    store = RedisStore(
        stage.client,
        Names(settings.keyring, settings.house.partitions),
        Sealer(settings.keyring),
    )
    server, rows, live = ours(stage), [], 0
    try:
        for size in sizes:
            record = Originals(stage.world).make(State.SPOKEN)
            stage.requests.filling.copies(record, size - live)
            live = size
            row: Row = {"live": size}
            for name in ("hook", "wrong_check", "poll"):
                kind = BY_NAME[name]
                measured = [
                    stage.measure(server, stage.requests.batch(kind, count), count, kind.status)
                    for _ in range(4)
                ][1:]
                row[name] = statistics.median(each[0] for each in measured)
                row[f"{name} redis"] = statistics.median(each[1] for each in measured)
            row["sweep ms"] = statistics.median(_sweep(store) for _ in range(9))
            rows.append(row)
    finally:
        server.stop()
        stage.client.flushall()
    return rows


def relax(stage: Stage) -> None:
    """Let the store write behind: what is measured here is no disk."""
    stage.client.config_set("appendfsync", "no")
    stage.client.config_set("auto-aof-rewrite-percentage", 0)


def _sweep(store: RedisStore) -> float:
    """Return how long a worker takes to look through all partitions for what is due, in ms."""
    began = time.monotonic()
    store.take_due(lease_ms=10_000, limit=16)
    return (time.monotonic() - began) * 1000


def bytes_per_verification(stage: Stage, count: int) -> dict[str, float]:
    """Bring `count` verifications to mid-call by the product's own use cases; return bytes each, by kind of key."""
    relax(stage)
    return bytes_per_live(stage.world, stage.client, count)


def bytes_per_live(world: World, store: redis.Redis, count: int) -> dict[str, float]:
    """Do so in a store, which is emptied before and afterwards."""
    client: Any = store
    client.flushall()
    originals = Originals(world, store)
    originals.make(State.SPOKEN)
    before = client.info("memory")["used_memory"]
    for _ in range(count):
        originals.make(State.SPOKEN)
    used = (client.info("memory")["used_memory"] - before) / count
    found = {"everything": used}
    for kind, pattern in (
        ("the verification", "{p*}v*"),
        ("the account", "{p*}[a-z2-7]???????????????"),
        ("idempotency key", "{i*"),
        ("calls to the number", "n*"),
        ("due", "{p*}due"),
        ("story", "{p*}story"),
    ):
        keys = list(client.scan_iter(pattern, count=5000))
        sampled = keys[:: max(1, len(keys) // 300)]
        sizes = [client.memory_usage(key, samples=0) or 0 for key in sampled]
        found[kind] = statistics.mean(sizes) * len(keys) / count if sizes else 0.0
    client.flushall()
    return found


def held_polls(stage: Stage, wanted: int) -> Row:
    """Hold polls and return what they cost while nothing happens: CPU in us per held poll and second."""
    folder = stage.folder / "held"
    world = create_world(folder, stage.store.url, accounts=10)
    stage.client.flushall()
    path = folder / "config" / "ivr.toml"
    processes = 4
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("long_polls = 8", "long_polls = 512"), encoding="utf-8")
    ids = [
        each.id
        for each in Filling(world, stage.client).copies(Originals(world).make(State.SPOKEN), wanted)
    ]
    port = free_port()
    environment = {
        **world.environment,
        "IVR_BIND": f"127.0.0.1:{port}",
        "IVR_WEB_PROCESSES": str(processes),
        "IVR_WEB_THREADS": "1024",
    }
    server = start(
        "held",
        port,
        gunicorn(_python(), "wsgi:app", ROOT),
        environment,
        ready="/readyz",
        folder=stage.folder,
    )
    lines: list[socket.socket] = []
    try:
        time.sleep(SETTLE_SECONDS)
        idle = _cpu_in(server, HELD_SECONDS)
        login = {"Authorization": f"Bearer {world.key}"}
        for each in ids:
            line = socket.create_connection(("127.0.0.1", port), 10)
            line.sendall(get(f"/v1/verifications/{each}?wait=25", login))
            lines.append(line)
        time.sleep(2.0)
        held = len(lines) - _answered(lines)
        cpu = _cpu_in(server, HELD_SECONDS) - idle
        return {
            "held": held,
            "us a second": cpu / HELD_SECONDS / max(held, 1) * MICRO,
            "idle us a second": idle / HELD_SECONDS / processes * MICRO,
        }
    finally:
        for line in lines:
            line.close()
        server.stop()
        stage.client.flushall()
        shutil.rmtree(folder)


def _answered(lines: Sequence[socket.socket]) -> int:
    with selectors.DefaultSelector() as selector:
        for line in lines:
            selector.register(line, selectors.EVENT_READ)
        return len(selector.select(0))


def _cpu_in(server: Server, seconds: float) -> float:
    before = server.cpu()
    time.sleep(seconds)
    return server.cpu() - before


def _python() -> str:
    return str(Path(ROOT, ".venv", "bin", "python"))
