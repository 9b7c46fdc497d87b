"""What comes from the files in `config/`: the house, its banks, wallets and limits.

Knows what each table must hold. Does not know secrets: there are none in these files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from ivr.domain.errors import Refused
from ivr.domain.phone import NumberClass, parse
from ivr.domain.policy import Bank, Limits, Wallet
from ivr.domain.reading import LANGUAGES
from ivr.settings.toml_file import TomlFile

_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_DESK: Final = re.compile(r"0\d{1,4}-\d{1,4}-\d{3,4}", re.ASCII)
_MOST_PARTITIONS: Final = 1024
_LONGEST_NAME: Final = 40


class House(msgspec.Struct, frozen=True, kw_only=True):
    """How this installation runs: `ivr.toml`."""

    partitions: int = 64
    accounts: str = "accounts.csv"
    long_polls: int = 8
    trusted_proxies: int = 0
    carrier_fallback_url: str = ""


class _BankTable(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: dict[str, str]
    caller_number: str
    desk_number: str
    wallets: list[str]
    language: str = "ja"
    number_classes: tuple[NumberClass, ...] = (NumberClass.MOBILE, NumberClass.LANDLINE)
    cooling_off_days: int = 7
    test_numbers: tuple[str, ...] = ()


class _WalletTable(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: dict[str, str]


def read_house(config_dir: Path, faults: list[str]) -> House:
    """Read `ivr.toml`."""
    file = TomlFile(config_dir / "ivr.toml", faults)
    house = file.read(House) or House()
    bounds = {
        "partitions": (1, _MOST_PARTITIONS),
        "long_polls": (0, 10_000),
        "trusted_proxies": (0, 8),
    }
    for name, (low, high) in bounds.items():
        if not low <= getattr(house, name) <= high:
            file.fault("", 0, name, f"must be from {low} to {high}")
    return house


def read_wallets(config_dir: Path, faults: list[str]) -> dict[str, Wallet]:
    """Read `wallets.toml`."""
    file = TomlFile(config_dir / "wallets.toml", faults)
    wallets: dict[str, Wallet] = {}
    for index in range(file.count("wallet")):
        table = file.read(_WalletTable, "wallet", index)
        if table:
            _check_identity((file, "wallet", index), table.id, table.name, wallets)
            wallets[table.id] = Wallet(id=table.id, name=table.name)
    return wallets


def read_banks(
    config_dir: Path, wallets: Mapping[str, Wallet], faults: list[str]
) -> dict[str, Bank]:
    """Read `banks.toml`, each bank with its limits."""
    limits_file = TomlFile(config_dir / "limits.toml", faults)
    file = TomlFile(config_dir / "banks.toml", faults)
    banks: dict[str, Bank] = {}
    for index in range(file.count("bank")):
        table = file.read(_BankTable, "bank", index)
        if table:
            _check_identity((file, "bank", index), table.id, table.name, banks)
            _check_bank(file, index, table, wallets)
            banks[table.id] = _bank(table, _read_limits(limits_file, table.id))
    if not banks and not faults:
        faults.append(f"{file.path}: there is no [[bank]]; add at least one")
    return banks


def _bank(table: _BankTable, limits: Limits) -> Bank:
    return Bank(
        id=table.id,
        name=table.name,
        caller_number=table.caller_number,
        desk_spoken=table.desk_number,
        language=table.language,
        wallets=frozenset(table.wallets),
        limits=limits,
        number_classes=frozenset(table.number_classes),
        cooling_off_days=table.cooling_off_days,
        test_numbers=frozenset(table.test_numbers),
    )


def _read_limits(file: TomlFile, bank: str) -> Limits:
    default = file.read(Limits, "default") or Limits()
    own = file.read(Limits, f"bank.{bank}")
    if own is None:
        limits = default
    else:
        written = file.keys(f"bank.{bank}")
        limits = msgspec.structs.replace(default, **{name: getattr(own, name) for name in written})
    for name, why in limits.faults():
        table = f"bank.{bank}" if name in file.keys(f"bank.{bank}") else "default"
        file.fault(table, 0, name, why)
    return limits


def _check_identity(
    place: tuple[TomlFile, str, int],
    own_id: str,
    name: Mapping[str, str],
    others: Mapping[str, Any],
) -> None:
    file, table, index = place
    if not _ID.fullmatch(own_id):
        file.fault(
            table, index, "id", "must be lower-case letters, digits and hyphens, a letter first"
        )
    if own_id in others:
        file.fault(table, index, "id", f"{own_id} is used twice")
    for language, text in name.items():
        if language not in LANGUAGES:
            file.fault(
                table,
                index,
                "name",
                f"{language} is not a language that is spoken ({', '.join(sorted(LANGUAGES))})",
            )
        if not 0 < len(text.strip()) <= _LONGEST_NAME or not text.isprintable():
            file.fault(
                table,
                index,
                "name",
                f"must be 1 to {_LONGEST_NAME} printable characters in each language",
            )
    if not name:
        file.fault(
            table, index, "name", 'is empty; give the name as it is spoken, such as {ja = "…"}'
        )


def _check_bank(
    file: TomlFile, index: int, table: _BankTable, wallets: Mapping[str, Wallet]
) -> None:
    if table.language not in table.name:
        file.fault("bank", index, "language", "must be one of the languages of the bank's name")
    if not _DESK.fullmatch(table.desk_number):
        file.fault(
            "bank",
            index,
            "desk_number",
            "must be as it is dialled at home, with hyphens, such as 03-4567-8901",
        )
    try:
        parse(table.caller_number, callable_classes=frozenset(NumberClass))
    except Refused as error:
        file.fault("bank", index, "caller_number", error.detail.split(";", maxsplit=1)[0])
    for wallet in table.wallets:
        if wallet not in wallets:
            file.fault("bank", index, "wallets", f"{wallet} is not in wallets.toml")
        elif not table.name.keys() <= wallets[wallet].name.keys():
            file.fault(
                "bank", index, "wallets", f"{wallet} has no name in every language of the bank"
            )
