"""How an installation runs: `config/ivr.toml`. Knows the bounds of each setting, and no secret."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from ivr.settings.environment import scheme_of
from ivr.settings.toml_file import TomlFile

_MOST_PARTITIONS: Final = 1024


class House(msgspec.Struct, frozen=True, kw_only=True):
    """How this installation runs: `ivr.toml`."""

    partitions: int = 64
    accounts: str = "accounts.csv"
    long_polls: int = 8
    trusted_proxies: int = 0
    min_replicas: int = 0
    most_due: int = 10_000
    most_memory_percent: int = 90
    carrier_fallback_url: str = ""


def read_house(config_dir: Path, faults: list[str]) -> House:
    """Read `ivr.toml`."""
    file = TomlFile(config_dir / "ivr.toml", faults)
    file.only()
    house = file.read(House) or House()
    bounds = {
        "partitions": (1, _MOST_PARTITIONS),
        "long_polls": (0, 10_000),
        "trusted_proxies": (0, 8),
        "min_replicas": (0, 5),
        "most_due": (1, 10_000_000),
        "most_memory_percent": (1, 100),
    }
    for name, (low, high) in bounds.items():
        if not low <= getattr(house, name) <= high:
            file.fault("", 0, name, f"must be from {low} to {high}")
    fallback = house.carrier_fallback_url
    if fallback and scheme_of(fallback) != "https":
        file.fault("", 0, "carrier_fallback_url", "must be an absolute https URL, or empty")
    return house
