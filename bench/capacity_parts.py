"""The product's parts as `make capacity` runs them, and what is measured of single ones.

Knows how a web process is started, when the archive has everything, and where rows are counted.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import redis

from bench.rounds import gunicorn, gunicorn_environment
from bench.servers import Server, start
from bench.world import ROOT, World
from ivr.adapters import redis_bell
from ivr.adapters.redis_bell import RedisBell
from ivr.adapters.redis_store import RedisStore
from ivr.adapters.seal import Sealer
from ivr.cli.demo import free_port

PATIENCE = 60.0
MESSAGES = 2_000
SYNCS = 100
BLOCK = bytes(512)


def start_web(world: World, folder: Path) -> Server:
    """Start the product's web process in production settings, for banks and for the carrier."""
    port = free_port()
    environment = {
        **world.environment,
        **gunicorn_environment(port),
        "IVR_METRICS_BIND": f"127.0.0.1:{free_port()}",
    }
    command = gunicorn(sys.executable, "wsgi:app", ROOT)
    return start("web", port, command, environment, ready="/readyz", folder=folder)


def store_on(world: World, client: redis.Redis) -> RedisStore:
    """Return the product's store, for looks and sweeps of our own."""
    sealer = Sealer(world.settings.keyring)
    return RedisStore(client, world.names(), sealer, world.settings.house.min_replicas)


def await_archive(world: World, verifications: int) -> None:
    """Return when the archive knows of so many callbacks that were delivered: what comes last in a story."""
    end = time.monotonic() + PATIENCE
    while _count(world, "WHERE kind = 'callback_delivered'") < verifications:
        if time.monotonic() > end:
            raise SystemExit("capacity: the archive did not take what happened")
        time.sleep(0.1)


def rows_in(world: World) -> int:
    """Return how many rows the archive has."""
    return _count(world, "")


def _count(world: World, which: str) -> int:
    path = world.settings.data_dir / "archive.sqlite"
    with closing(sqlite3.connect(path)) as archive:
        query = f"SELECT count(*) FROM notes {which}"  # noqa: S608 - of our own words
        return int(archive.execute(query).fetchone()[0])


def message_cost(client: redis.Redis) -> float:
    """Return the CPU in us that a process which holds polls takes to hear of a change of another's."""
    logging.getLogger(redis_bell.__name__).addHandler(
        logging.NullHandler()
    )  # it outlives the server
    bell = RedisBell(client)
    others = set(threading.enumerate())
    bell.wait_for_change("nobody", 0.0, lambda: True)
    (ear,) = set(threading.enumerate()) - others
    clock = time.pthread_getcpuclockid(ear.ident or 0)
    before = time.clock_gettime(clock)
    for _ in range(MESSAGES):
        client.publish("changed", "vabcdefghijklmnopqrstuvwxyz")
    bell.wait_for_change("nobody", 0.5, lambda: False)
    return (time.clock_gettime(clock) - before) / MESSAGES * 1e6


def sync_seconds(folder: Path) -> float:
    """Return how long this machine's disk takes to have a small write."""
    with (folder / "syncs").open("wb", buffering=0) as file:
        began = time.monotonic()
        for _ in range(SYNCS):
            file.write(BLOCK)
            os.fdatasync(file.fileno())
        return (time.monotonic() - began) / SYNCS
