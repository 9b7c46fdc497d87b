import pytest

from tests.service.house import MemoryHouse


@pytest.fixture
def house() -> MemoryHouse:
    """A house in memory, with a clock that is moved by hand."""
    return MemoryHouse()
