"""Who places calls: `carriers.toml` names them, and the environment holds their accounts and secrets.

Knows that the file may be missing: then there is one carrier, `main`, without limits of ours. Does not
know what a carrier's dialect means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from ivr.domain.policy import MOST_AT_ONCE, MOST_PER_SECOND
from ivr.settings.environment import Environment
from ivr.settings.toml_file import TomlFile

TWILIO: Final = "https://api.twilio.com"
MAIN: Final = "main"
_ID: Final = re.compile(r"[a-z][a-z0-9]{0,15}", re.ASCII)
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_TWO_LIVE: Final = 2


class Dialect(StrEnum):
    """How a carrier's hooks are signed; all of them take the same orders."""

    TWILIO = "twilio"
    SIGNALWIRE = "signalwire"


class CarrierSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where calls are placed, and with what hooks are signed. Two tokens may live at once; the first asks."""

    url: str
    account: str
    tokens: tuple[str, ...]
    shared_keys: Mapping[str, str]
    id: str = MAIN
    dialect: Dialect = Dialect.TWILIO
    calls_per_second: int = 0
    calls_at_once: int = 0
    caller_numbers: Mapping[str, str] = {}

    def __repr__(self) -> str:
        """Show no secret."""
        return f"CarrierSettings({self.id}, {self.url})"


class _CarrierTable(msgspec.Struct, frozen=True, kw_only=True):
    dialect: Dialect = Dialect.TWILIO
    calls_per_second: int = 0
    calls_at_once: int = 0
    caller_numbers: dict[str, str] = {}


def check_pace(file: TomlFile, name: str, index: int, table: msgspec.Struct) -> None:
    """Note a pace that is out of bounds."""
    bounds = {"calls_per_second": MOST_PER_SECOND, "calls_at_once": MOST_AT_ONCE}
    for key, (low, high) in bounds.items():
        if not low <= getattr(table, key) <= high:
            file.fault(name, index, key, f"must be from {low} to {high}; 0 is no limit")


def read_carriers(
    config_dir: Path, environment: Environment, faults: list[str], *, are_needed: bool = True
) -> tuple[CarrierSettings, ...]:
    """Read every carrier, the preferred one first; who neither asks nor hears one needs no secrets of theirs."""
    path = config_dir / "carriers.toml"
    tables = dict(_read_tables(path, faults)) or {MAIN: _CarrierTable()}
    carriers = tuple(
        _read_carrier(environment, *named, default=None if are_needed else "")
        for named in tables.items()
    )
    accounts = [carrier.account for carrier in carriers if carrier.account]
    if len(set(accounts)) < len(accounts):
        faults.append(f"{path}: two carriers have the same account; a hook would be of either")
    return carriers


def check_carriers(config_dir: Path, faults: list[str]) -> None:
    """Note what is wrong with the file by itself, whatever the environment holds."""
    dict(_read_tables(config_dir / "carriers.toml", faults))


def _read_tables(path: Path, faults: list[str]) -> Iterator[tuple[str, _CarrierTable]]:
    if not path.exists():
        return
    file = TomlFile(path, faults)
    names = list(file.tables)
    file.only(tables=names)
    for name in names:
        if not _ID.fullmatch(name):
            file.fault(name, 0, name, "must be lower-case letters and digits, a letter first")
        elif table := file.read(_CarrierTable, name):
            check_pace(file, name, 0, table)
            _check_numbers(file, name, table)
            yield name, table
    if names and MAIN not in names:
        faults.append(f"{path}:1: {MAIN}: is missing; the carrier of IVR_CARRIER_* is called so")


def _check_numbers(file: TomlFile, name: str, table: _CarrierTable) -> None:
    for number in table.caller_numbers.values():
        if not _E164.fullmatch(number):
            why = "must be numbers in E.164 form, such as +81345678900"
            file.fault(name, 0, "caller_numbers", why)


def _read_carrier(
    environment: Environment, name: str, table: _CarrierTable, *, default: str | None
) -> CarrierSettings:
    prefix = "IVR_CARRIER_" if name == MAIN else f"IVR_CARRIER_{name.upper()}_"
    tokens = tuple(environment.get(f"{prefix}TOKENS", default).split())
    if len(tokens) > _TWO_LIVE:
        environment.fault(
            f"{prefix}TOKENS", "holds at most two tokens: the current one, and the one before"
        )
    shared: dict[str, str] = {}
    for part in environment.get(f"{prefix}SHARED_KEYS", "").split():
        key_id, _, secret = part.partition(":")
        if not key_id or not secret or key_id in shared:
            environment.fault(f"{prefix}SHARED_KEYS", "each key is ID:SECRET with an id of its own")
        shared[key_id] = secret
    own_url = TWILIO if table.dialect is Dialect.TWILIO else default
    return CarrierSettings(
        url=environment.url(f"{prefix}URL", own_url),
        account=environment.get(f"{prefix}ACCOUNT", default),
        tokens=tokens,
        shared_keys=shared,
        id=name,
        dialect=table.dialect,
        calls_per_second=table.calls_per_second,
        calls_at_once=table.calls_at_once,
        caller_numbers=table.caller_numbers,
    )
