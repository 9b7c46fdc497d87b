"""The one reader of the environment and of `config/`: read once, whole, frozen.

A missing or wrong value stops the start and names itself, with its file and line or its variable;
all faults at once. No secret has a default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from ivr.domain.errors import SettingsFault
from ivr.domain.keyring import Keyring
from ivr.domain.policy import Bank, Wallet
from ivr.settings.carriers import CarrierSettings, Dialect, read_carriers
from ivr.settings.environment import Environment, read_keyring
from ivr.settings.house import House, read_house
from ivr.settings.tables import read_banks, read_wallets

__all__ = ["CarrierSettings", "Dialect", "Role", "Settings", "read_settings", "read_staff_key"]


_STAFF_KEY: Final = "IVR_STAFF_KEY"
"""The credential of who is at a terminal: read by commands alone, and kept in no settings."""


class Role(StrEnum):
    """What a web process serves."""

    BOTH = "both"
    API = "api"
    HOOKS = "hooks"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is configured. `redis_url` is empty where the embedded server is used.

    `metrics` and `worker_metrics` are where web processes and a worker show theirs (host, port); None for nowhere.
    `traces_url` is the OTLP collector; empty for none.
    Of the carriers, the preferred one is the first.
    """

    role: Role
    public_url: str
    redis_url: str
    database_url: str
    data_dir: Path
    config_dir: Path
    callflows_dir: Path
    house: House
    carriers: tuple[CarrierSettings, ...]
    keyring: Keyring
    banks: Mapping[str, Bank]
    wallets: Mapping[str, Wallet]
    metrics: tuple[str, int] | None = None
    worker_metrics: tuple[str, int] | None = None
    traces_url: str = ""

    def __repr__(self) -> str:
        """Show no secret."""
        return f"Settings({self.config_dir})"

    @property
    def carrier(self) -> CarrierSettings:
        """The carrier that is preferred."""
        return self.carriers[0]

    @property
    def clients_file(self) -> Path:
        """Where clients and their keys' digests are kept."""
        return self.config_dir / "clients.toml"

    @property
    def accounts_file(self) -> Path:
        """Where the bank's registered numbers are kept."""
        return self.config_dir / self.house.accounts


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """What the files in `config/` say."""

    house: House
    banks: Mapping[str, Bank]
    wallets: Mapping[str, Wallet]


def read_files(config_dir: Path, faults: list[str]) -> Files:
    """Read the files; every fault found is added to `faults`."""
    wallets = read_wallets(config_dir, faults)
    return Files(
        house=read_house(config_dir, faults),
        banks=read_banks(config_dir, wallets, faults),
        wallets=wallets,
    )


def read_settings(variables: Mapping[str, str] | None = None) -> Settings:
    """Read and check everything; `variables` stands in for the process's environment.

    Raises:
        SettingsFault: with every fault found.

    """
    faults: list[str] = []
    environment = Environment(os.environ if variables is None else variables, faults)
    config_dir = Path(environment.get("IVR_CONFIG", "config"))
    data_dir = Path(environment.get("IVR_DATA", "data"))
    files = read_files(config_dir, faults)
    role = environment.choice("IVR_ROLE", Role, Role.BOTH)
    settings = Settings(
        role=role,
        public_url=environment.url("IVR_PUBLIC_URL"),
        redis_url=environment.get("IVR_REDIS_URL", ""),
        database_url=environment.get("IVR_DATABASE_URL", f"sqlite:///{data_dir}/archive.sqlite"),
        data_dir=data_dir,
        config_dir=config_dir,
        callflows_dir=Path(environment.get("IVR_CALLFLOWS", "callflows")),
        house=files.house,
        carriers=read_carriers(config_dir, environment, faults, are_needed=role is not Role.API),
        keyring=read_keyring(environment),
        banks=files.banks,
        wallets=files.wallets,
        metrics=environment.address("IVR_METRICS_BIND"),
        worker_metrics=environment.address("IVR_WORKER_METRICS_BIND"),
        traces_url=environment.url("IVR_TRACES_URL", ""),
    )
    settings = msgspec.structs.replace(settings, banks=with_callers(settings, faults))
    _check_web(environment, files.house)
    environment.get(_STAFF_KEY, "")
    environment.check_names()
    if faults:
        raise SettingsFault(tuple(faults))
    return settings


def with_callers(settings: Settings, faults: list[str]) -> dict[str, Bank]:
    """Return the banks with the numbers from which they call by some carriers."""
    banks = dict(settings.banks)
    for carrier in settings.carriers:
        for name, number in carrier.caller_numbers.items():
            owner = next((each for each in banks.values() if number in _numbers(each)), None)
            if name not in banks or (owner and owner.id != name):
                why = "is no bank" if name not in banks else "calls from a number of another bank"
                faults.append(f"carriers.toml: {carrier.id}: caller_numbers: {name} {why}")
                continue
            numbers = {**banks[name].caller_numbers, carrier.id: number}
            banks[name] = msgspec.structs.replace(banks[name], caller_numbers=numbers)
    return banks


def _numbers(bank: Bank) -> set[str]:
    return {bank.caller_number, *bank.caller_numbers.values()}


def read_staff_key(variables: Mapping[str, str]) -> str:
    """Read the credential of who is at the terminal; empty where there is none. Raises `SettingsFault`."""
    faults: list[str] = []
    key = Environment(variables, faults).get(_STAFF_KEY, "")
    if faults:
        raise SettingsFault(tuple(faults))
    return key


def _check_web(environment: Environment, house: House) -> None:
    """Check what `config/gunicorn.py` reads: held polls must leave threads for those who telephone."""
    environment.get("IVR_BIND", "127.0.0.1:8000")
    environment.get("IVR_ALLOW_HTTP", "no")
    environment.number("IVR_WEB_PROCESSES", 2, most=256)
    environment.number("IVR_WEB_DRAIN_SECONDS", 0, most=5, least=0)
    threads = environment.number("IVR_WEB_THREADS", 16, most=1024)
    if house.long_polls > threads // 2:
        environment.fault(
            "IVR_WEB_THREADS",
            f"must be at least twice long_polls ({house.long_polls}) in config/ivr.toml, "
            "or held polls keep depositors waiting",
        )
