"""A product behind a real socket, for the tests that have one."""

from collections.abc import Iterator

import pytest

from tests.simulator.running import Product


@pytest.fixture
def product() -> Iterator[Product]:
    here = Product()
    yield here
    here.server.shutdown()
    here.server.server_close()
