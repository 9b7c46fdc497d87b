"""`make capacity`: count what a whole verification asks of each part, on one primary and on three.

Writes the tables of docs/capacity.md. Counts and ratios hold on any machine; CPU is of this one.
--quick: one primary and a few verifications, and nothing is written.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis

from bench.beginnings import start_worker
from bench.capacity_counts import Found, Usage, use_of
from bench.capacity_page import told, write
from bench.capacity_parts import (
    await_archive,
    message_cost,
    rows_in,
    start_web,
    store_on,
    sync_seconds,
)
from bench.estates import Estate, one_primary, three_primaries
from bench.growth import bytes_per_live
from bench.outside import Banks, Outside
from bench.servers import Server
from bench.world import World, create_world
from ivr.adapters.redis_client import connect
from ivr.adapters.redis_store import RedisStore

AT_ONCE = 16
FEW, MANY = 16, 400
LOOKS = 50


def main() -> None:
    """Measure each kind of estate, print what was found, and write the page unless only a quick look is wanted."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--count", type=int, default=0)
    chosen = arguments.parse_args()
    if sys.platform != "linux":
        raise SystemExit("capacity: Linux is needed: what is counted, /proc tells")
    began = time.monotonic()
    kinds = [one_primary()]
    if not chosen.quick:
        kinds += [three_primaries(), three_primaries(replicas=1)]
    count = chosen.count or (FEW if chosen.quick else MANY)
    found = []
    for kind in kinds:
        with kind as estate:
            print(f"capacity: {estate.name}", file=sys.stderr, flush=True)
            found.append(measure(estate, count, idle=1.0 if chosen.quick else 6.0))
    print(told(found))
    if not chosen.quick:
        write(found)
    print(f"capacity: {time.monotonic() - began:.0f} s")


def measure(estate: Estate, count: int, idle: float) -> Found:
    """Measure one kind of estate, with one web process and one worker, and then with two workers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        outside = stack.enter_context(Outside())
        client = stack.enter_context(connect(estate.url))
        world = create_world(
            folder / "world",
            estate.url,
            accounts=4 * count + 4 * AT_ONCE,
            replicas=estate.replicas,
            calls_back=outside.callbacks,
        )
        scene = _Scene(estate, world, client)
        with scene.web(folder) as port, ExitStack() as workers:
            banks = Banks(world, port, outside)

            def verify(number: int, at_once: int) -> None:
                banks.verify(number, at_once)
                await_archive(world, banks.passed)

            web_alone = scene.count(lambda: time.sleep(idle))
            workers.enter_context(scene.worker(outside.port, folder, "first"))
            scene.count(
                lambda: verify(min(2 * AT_ONCE, count), AT_ONCE)
            )  # loads what is loaded once
            one_worker = scene.count(lambda: time.sleep(idle))
            rows = rows_in(world)
            many = scene.count(lambda: verify(count, AT_ONCE))
            rows = rows_in(world) - rows
            alone = scene.count(lambda: verify(count // 4, 1))
            workers.enter_context(scene.worker(outside.port, folder, "second"))
            two_workers = scene.count(lambda: time.sleep(idle))
            shared = scene.count(lambda: verify(count, AT_ONCE))
        return Found(
            name=estate.name,
            primaries=len(estate.primaries),
            replicas=estate.replicas,
            partitions=estate.share_of_slots(scene.tags),
            counts={"many": count, "alone": count // 4, "shared": count},
            used={"many": many, "alone": alone, "shared": shared},
            idle={"web": web_alone, "one": one_worker, "two": two_workers},
            look=scene.cost(scene.store.overdue),
            sweep=scene.cost(lambda: scene.store.take_due(lease_ms=1, limit=1)),
            rows=rows / count,
            message=message_cost(client),
            live=bytes_per_live(world, client, count) if len(estate.primaries) == 1 else {},
            sync=sync_seconds(folder),
        )


class _Scene:
    """The estate with the product's processes on it, while something is done."""

    def __init__(self, estate: Estate, world: World, client: redis.Redis) -> None:
        self._estate, self._world = estate, world
        self._running: dict[str, list[Server]] = {"web": [], "worker": []}
        self.store: RedisStore = store_on(world, client)
        names = world.names()
        self.tags = [names.tag(partition) for partition in range(names.partitions)]

    @contextmanager
    def web(self, folder: Path) -> Iterator[int]:
        """Run a web process; yield its port."""
        server = start_web(self._world, folder)
        with self._kept("web", server):
            yield server.port

    @contextmanager
    def worker(self, carrier: int, folder: Path, name: str) -> Iterator[None]:
        """Run a worker."""
        with self._kept("worker", start_worker(self._world, carrier, folder, name)):
            yield

    @contextmanager
    def _kept(self, kind: str, server: Server) -> Iterator[None]:
        self._running[kind].append(server)
        try:
            yield
        finally:
            self._running[kind].remove(server)
            server.stop()

    def count(self, work: Callable[[], object]) -> Usage:
        """Return what it took to do something."""
        before = use_of(self._estate, self._running)
        work()
        return use_of(self._estate, self._running) - before

    def cost(self, ask: Callable[[], object]) -> Usage:
        """Return what one of many equal questions to the store costs."""
        ask()
        before = use_of(self._estate, {})
        for _ in range(LOOKS):
            ask()
        return (use_of(self._estate, {}) - before) / LOOKS


if __name__ == "__main__":
    main()
