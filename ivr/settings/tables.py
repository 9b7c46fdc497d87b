"""What comes from the files in `config/`: banks, wallets and limits.

Knows what each table must hold. Does not know secrets: there are none in these files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from ivr.domain.desk import Desk
from ivr.domain.errors import Refused
from ivr.domain.phone import NumberClass, parse
from ivr.domain.policy import Bank, Limits, Wallet
from ivr.domain.reading import LANGUAGES
from ivr.settings.carriers import check_pace
from ivr.settings.desks import check_desks, read_desk
from ivr.settings.toml_file import TomlFile, did_you_mean

_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_DESK: Final = re.compile(r"0\d{1,4}-\d{1,4}-\d{3,4}", re.ASCII)
_LONGEST_NAME: Final = 40
_MOST_DAYS: Final = 365


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
    calls_per_second: int = 0
    calls_at_once: int = 0


def read_wallets(config_dir: Path, faults: list[str]) -> dict[str, Wallet]:
    """Read `wallets.toml`."""
    file = TomlFile(config_dir / "wallets.toml", faults)
    file.only(arrays=["wallet"])
    wallets: dict[str, Wallet] = {}
    for index in range(file.count("wallet")):
        table = file.read(_WalletTable, "wallet", index)
        if table:
            _check_identity((file, "wallet", index), table.id, table.name, wallets)
            check_pace(file, "wallet", index, table)
            wallets[table.id] = Wallet(**msgspec.structs.asdict(table))
    return wallets


def read_banks(
    config_dir: Path, wallets: Mapping[str, Wallet], faults: list[str]
) -> dict[str, Bank]:
    """Read `banks.toml`, each bank with its limits."""
    file = TomlFile(config_dir / "banks.toml", faults)
    file.only(arrays=["bank"], tables=["desk"])
    limits = _LimitsFile(config_dir, faults)
    banks: dict[str, Bank] = {}
    for index in range(file.count("bank")):
        table = file.read(_BankTable, "bank", index)
        if table:
            _check_identity((file, "bank", index), table.id, table.name, banks)
            _check_bank(file, index, table, wallets)
            _check_caller_number(file, index, table, banks)
            own = limits.of(table.id)
            banks[table.id] = _bank(table, own, read_desk(file, table.id, own))
    if not banks and not faults:
        faults.append(f"{file.path}: there is no [[bank]]; add at least one")
    if file.count("bank") == len(banks):
        limits.check_banks(banks)
        check_desks(file, banks)
    return banks


def _bank(table: _BankTable, limits: Limits, desk: Desk | None) -> Bank:
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
        desk=desk,
    )


class _LimitsFile:
    """`limits.toml`: the default, and what a bank has of its own."""

    def __init__(self, config_dir: Path, faults: list[str]) -> None:
        self._file = TomlFile(config_dir / "limits.toml", faults)
        self._file.only(tables=["default", "bank"])
        self._default = self._file.read(Limits, "default") or Limits()
        for name, why in self._default.faults():
            self._file.fault("default", 0, name, why)

    def of(self, bank: str) -> Limits:
        """Return a bank's limits."""
        table = f"bank.{bank}"
        own = self._file.read(Limits, table)
        if own is None:
            return self._default
        written = {name: getattr(own, name) for name in self._file.keys(table)}
        limits = msgspec.structs.replace(self._default, **written)
        known = self._default.faults()
        for name, why in limits.faults():
            if name in written or (name, why) not in known:
                self._file.fault(table, 0, name, why)
        return limits

    def check_banks(self, banks: Collection[str]) -> None:
        """Note every table of a bank that there is not."""
        for bank in self._file.keys("bank") - set(banks):
            hint = did_you_mean(bank, banks)
            self._file.fault(f"bank.{bank}", 0, bank, f"there is no such bank{hint}")


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
    for key, why in _bank_faults(table, wallets):
        file.fault("bank", index, key, why)


def _check_caller_number(
    file: TomlFile, index: int, table: _BankTable, others: Mapping[str, Bank]
) -> None:
    """Note a number that two banks call from: whoever calls it must hear whose it is."""
    for other in others.values():
        if other.caller_number == table.caller_number:
            why = f"is that of {other.id} as well; each bank needs a number of its own"
            file.fault("bank", index, "caller_number", why)


def _bank_faults(table: _BankTable, wallets: Mapping[str, Wallet]) -> Iterator[tuple[str, str]]:
    if table.language not in table.name:
        yield "language", "must be one of the languages of the bank's name"
    if not _DESK.fullmatch(table.desk_number):
        yield (
            "desk_number",
            "must be as it is dialled at home, with hyphens, such as 03-4567-8901",
        )
    if not _are_numbers([table.caller_number], NumberClass):
        yield "caller_number", "must be a number in E.164 form, such as +81345678900"
    if not _are_numbers(table.test_numbers, table.number_classes):
        yield "test_numbers", "must be numbers in E.164 form, of the classes that are called"
    if not table.number_classes or NumberClass.OTHER in table.number_classes:
        yield "number_classes", "must be mobile, landline or both"
    if not 0 <= table.cooling_off_days <= _MOST_DAYS:
        yield "cooling_off_days", f"must be from 0 to {_MOST_DAYS}"
    yield from _wallet_faults(table, wallets)


def _wallet_faults(table: _BankTable, wallets: Mapping[str, Wallet]) -> Iterator[tuple[str, str]]:
    for wallet in table.wallets:
        if wallet not in wallets:
            yield "wallets", f"{wallet} is not in wallets.toml"
        elif not table.name.keys() <= wallets[wallet].name.keys():
            yield "wallets", f"{wallet} has no name in every language of the bank"


def _are_numbers(numbers: Iterable[str], classes: Iterable[NumberClass]) -> bool:
    try:
        for number in numbers:
            parse(number, callable_classes=frozenset(classes))
    except Refused:
        return False
    return True
