"""One house for each test."""

from pathlib import Path

import pytest

from tests.web.small_house import SmallHouse, small_house


@pytest.fixture
def house(tmp_path: Path) -> SmallHouse:
    return small_house(tmp_path)
