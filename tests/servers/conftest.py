"""Servers that a test may break: each gets its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.redis_servers import Server, until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """One server by itself."""
    server = Server(tmp_path / "server")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """A primary, and its replica in step."""
    primary = Server(tmp_path / "primary", "min-replicas-to-write 1\nmin-replicas-max-lag 60")
    primary.start()
    replica = Server(tmp_path / "replica", f"replicaof 127.0.0.1 {primary.port}")
    replica.start()

    until(
        lambda: (
            primary.info("replication").get("min_slaves_good_slaves") == 1
            and replica.info("replication")["master_link_status"] == "up"
        ),
        "the replica is in step",
    )
    yield primary, replica
    replica.stop()
    primary.stop()
