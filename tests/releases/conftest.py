from collections.abc import Iterator

import pytest

from tests.releases.office import Office


@pytest.fixture
def office(database: str) -> Iterator[Office]:
    """An office on an empty database, of each kind in turn."""
    office = Office(database)
    yield office
    office.store.close()
