"""What tests of every room share. Knows the real server; does not know what is kept in it."""

from collections.abc import Iterator

import pytest

from ivr.adapters.embedded_server import EmbeddedServer


@pytest.fixture(scope="session")
def real_server() -> Iterator[str]:
    """The address of a server of our own on a private socket; each test empties it by itself."""
    with EmbeddedServer() as server:
        yield server.url
