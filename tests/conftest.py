"""What tests of every room share. Knows the real server; does not know what is kept in it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from ivr.adapters.embedded_server import EmbeddedServer
from tests.postgresql import running_postgresql, why_no_postgresql
from tests.redis_servers import Cluster, Watched, running_cluster, running_watched


def pytest_configure() -> None:
    """Let Ctrl-C reach what tests start: a shell has whatever it puts in the background ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_server() -> Iterator[str]:
    """The address of a server of our own on a private socket; each test empties it by itself."""
    with EmbeddedServer() as server:
        yield server.url


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Three primaries with a replica each, as one cluster; whoever breaks it mends it."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def watched() -> Iterator[Watched]:
    """A primary with two replicas and three sentinels; whoever breaks it mends it."""
    with running_watched() as watched:
        yield watched


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL of our own."""
    if reason := why_no_postgresql():
        pytest.skip(reason)
    with running_postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/archive.sqlite"
        return
    found: str = request.getfixturevalue("postgresql")
    yield found
    engine = sa.create_engine(found)
    with engine.begin() as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        tables.drop_all(connection)
    engine.dispose()
