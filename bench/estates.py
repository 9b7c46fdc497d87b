"""Servers to measure growth on: one primary, three, and three with a replica each; and what each counts of itself.

Knows how the servers are started, and how Redis and the system account for them. Does not know what
they are asked. Every server writes its file before it answers (`appendfsync always`), as in production.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.crc import key_slot

from tests.redis_servers import Server, running_cluster

_SCRIPTS = ("evalsha", "eval")
_INFO = ("info", "config|set", "config|get")
_COUNTED = {
    "trips": "total_reads_processed",
    "bytes in": "total_net_input_bytes",
    "bytes out": "total_net_output_bytes",
    "bytes to replicas": "total_net_repl_output_bytes",
}


@dataclass(frozen=True, kw_only=True)
class Estate:
    """Some servers of one kind, and how many replicas must have what is kept."""

    name: str
    url: str
    primaries: Sequence[Server]
    replicas: int

    def take_counts(self) -> list[Counter[str]]:
        """Return what each primary counted so far."""
        return [counts_of(each) for each in self.primaries]

    def share_of_slots(self, tags: Sequence[str]) -> list[int]:
        """Return how many of the partitions, named by their hash tags, each primary has."""
        found = [0] * len(self.primaries)
        for tag in tags:
            found[key_slot(tag.encode()) * len(found) // 16_384] += 1
        return found


@contextmanager
def one_primary() -> Iterator[Estate]:
    """One server by itself."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = Server(Path(folder) / "0")
        server.start()
        try:
            url = f"redis://127.0.0.1:{server.port}/0"
            yield Estate(name="one primary", url=url, primaries=[_prepared(server)], replicas=0)
        finally:
            server.stop()


@contextmanager
def three_primaries(replicas: int = 0) -> Iterator[Estate]:
    """A cluster of three, each with so many replicas, which must have what is kept."""
    with running_cluster(replicas) as cluster:
        if replicas:
            cluster.set_everywhere("min-replicas-to-write", str(replicas))
        primaries = [_prepared(each) for each in cluster.servers[:3]]
        name = "three primaries" + (", a replica each" if replicas else "")
        yield Estate(name=name, url=cluster.url, primaries=primaries, replicas=replicas)


def _prepared(server: Server) -> Server:
    """Have its file grow by what is written, and by nothing else."""
    server.set_now("auto-aof-rewrite-percentage", "0")
    return server


def counts_of(server: Server) -> Counter[str]:
    """Return what a server has done so far; CPU in us, everything else in numbers and bytes."""
    info = server.info("everything")
    found = Counter({name: int(info[field]) for name, field in _COUNTED.items()})
    found["cpu"] = round((info["used_cpu_sys"] + info["used_cpu_user"]) * 1e6)
    found["file"] = int(info["aof_current_size"])
    found["memory"] = int(info["used_memory"])
    # Every write to a client is counted by the server, and every write at all by the system; the
    # rest goes to its file, once for each round of its loop, and is forced onto the disk at once.
    found["syncs"] = _writes_of(server.pid) - int(info["total_writes_processed"])
    for name, row in _commands(info).items():
        found[f"cmd {name}"] = row
    found["scripts"] = sum(found[f"cmd {name}"] for name in _SCRIPTS)
    found["commands"] = sum(
        calls for name, calls in _commands(info).items() if name not in {*_SCRIPTS, *_INFO}
    )
    return found


def _commands(info: Mapping[str, Any]) -> dict[str, int]:
    return {
        name.removeprefix("cmdstat_"): int(row["calls"])
        for name, row in info.items()
        if name.startswith("cmdstat_")
    }


def _writes_of(pid: int) -> int:
    """Return how often a process has called write(2) and its kin (proc(5), `syscw`)."""
    for line in Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines():
        if line.startswith("syscw:"):
            return int(line.split()[1])
    raise SystemExit("bench: /proc has no syscw")
