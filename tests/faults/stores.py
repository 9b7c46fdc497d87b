"""The three kinds of store, each of which can lose the server that everybody asks.

Knows how a server is killed and what is waited for until the store is whole again. One server comes back
with its append-only file; Sentinel and a cluster put another in its place, and the old one comes back as
its replica.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import redis

from tests.redis_servers import (
    Cluster,
    Server,
    Servers,
    Watched,
    answers,
    running_cluster,
    running_watched,
    until,
)

_LOADED_WITHIN: Final = 60.0


class Store(Protocol):
    """What the house needs of its store, and the faults of it."""

    @property
    def url(self) -> str:
        """Where the product finds it."""

    @property
    def replicas(self) -> int:
        """How many replicas must have what is acted on."""

    def lose_primary(self, chance: random.Random) -> None:
        """Kill who takes the writes; return when everybody is back and in step."""


@dataclass
class OneServer:
    """A server by itself: what is in its file is all there is."""

    server: Server
    replicas: int = 0

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.server.port}"

    def lose_primary(self, _chance: random.Random) -> None:
        self.server.kill()
        self.server.start()
        until(lambda: _has_loaded(self.server), "the file is loaded", _LOADED_WITHIN)


@dataclass
class BySentinel:
    """A primary with two replicas, each of which may be put in its place: both must have what is shown."""

    watched: Watched
    replicas: int = 2

    @property
    def url(self) -> str:
        return self.watched.url

    def lose_primary(self, _chance: random.Random) -> None:
        old = self.watched.primary
        old.kill()
        until(lambda: self.watched.primary is not old, "another primary is named", 60.0)
        self.watched.start_as_replica(old)
        self.watched.await_replicas(2)


@dataclass
class InCluster:
    """Three primaries, each with one replica, which takes its place."""

    cluster: Cluster
    replicas: int = 1

    @property
    def url(self) -> str:
        return self.cluster.url

    def lose_primary(self, chance: random.Random) -> None:
        old = chance.choice(self.cluster.has_role("master"))
        old.kill()
        until(lambda: self.cluster.is_whole(but=old), "the cluster is whole again", 60.0)
        old.start()
        self.cluster.await_replicas(1)
        self.cluster.await_whole()


def _has_loaded(server: Server) -> bool:
    try:
        return answers(server.client) and not server.info("persistence")["loading"]
    except redis.RedisError:
        return False


@contextmanager
def one_server(folder: Path) -> Iterator[Store]:
    """Start one server."""
    server = Server(folder / "store")
    server.start()
    try:
        yield OneServer(server)
    finally:
        server.stop()


@contextmanager
def by_sentinel(_folder: Path) -> Iterator[Store]:
    """Start a primary, its replicas and the sentinels."""
    with running_watched() as watched:
        yield _wanting_replicas(watched, BySentinel(watched))


@contextmanager
def in_cluster(_folder: Path) -> Iterator[Store]:
    """Start the cluster."""
    with running_cluster() as cluster:
        yield _wanting_replicas(cluster, InCluster(cluster))


def _wanting_replicas(servers: Servers, store: Store) -> Store:
    """Have every server, whenever it is the primary, refuse what not all its replicas would have."""
    for each in servers.servers:
        each.set_for_good("min-replicas-to-write", str(store.replicas))
    return store


STORES: Final = {"one": one_server, "sentinel": by_sentinel, "cluster": in_cluster}
