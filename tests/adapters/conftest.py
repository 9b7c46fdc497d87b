from collections.abc import Callable, Iterator
from functools import partial

import pytest

from ivr.adapters.redis_client import connect
from tests.adapters.benches import Bench, MemoryBench, RedisBench, fake_bench
from tests.redis_servers import Cluster, Watched

REAL = {"real": "real_bench", "sentinel": "watched_bench", "cluster": "cluster_bench"}


@pytest.fixture
def real_bench(real_server: str) -> Iterator[RedisBench]:
    """The store on the real server, empty."""
    with connect(real_server) as client:
        yield RedisBench(client)


@pytest.fixture
def watched_bench(watched: Watched) -> Iterator[RedisBench]:
    """The store on a primary that Sentinel names; one replica must have what is kept."""
    with connect(watched.url) as client:
        yield RedisBench(client, replicas=1)


@pytest.fixture
def cluster_bench(cluster: Cluster) -> Iterator[RedisBench]:
    """The store on a cluster; one replica must have what is kept."""
    with connect(cluster.url) as client:
        yield RedisBench(client, replicas=1)


@pytest.fixture(
    params=[
        "memory",
        "fakeredis",
        *(pytest.param(kind, marks=pytest.mark.real_server) for kind in REAL),
    ]
)
def bench(request: pytest.FixtureRequest) -> Bench:
    """Each kind of store in turn: they keep the same promises."""
    kinds: dict[str, Callable[[], Bench]] = {"memory": MemoryBench, "fakeredis": fake_bench}
    for kind, fixture in REAL.items():
        kinds[kind] = partial(request.getfixturevalue, fixture)
    return kinds[request.param]()
