from collections.abc import Callable, Iterator

import pytest

from ivr.adapters.redis_client import connect
from tests.adapters.benches import Bench, MemoryBench, RedisBench, fake_bench


@pytest.fixture
def real_bench(real_server: str) -> Iterator[RedisBench]:
    """The store on the real server, empty."""
    with connect(real_server) as client:
        yield RedisBench(client)


@pytest.fixture(params=["memory", "fakeredis", pytest.param("real", marks=pytest.mark.real_server)])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Each kind of store in turn: they keep the same promises."""
    kinds: dict[str, Callable[[], Bench]] = {
        "memory": MemoryBench,
        "fakeredis": fake_bench,
        "real": lambda: request.getfixturevalue("real_bench"),
    }
    return kinds[request.param]()
