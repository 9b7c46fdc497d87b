"""The bank's registered numbers from a CSV file, read whole at start.

Columns: `bank`, `account`, `number` (canonical E.164, or empty where none is registered) and
`since` (the date of the registration, or empty). Knows the file, and can tell which of its numbers
will never be called; a start is stopped only by a file that cannot be read.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from ivr.domain.errors import Refused, SettingsFault
from ivr.domain.phone import parse
from ivr.domain.policy import Bank
from ivr.service.ports import RegisteredNumber

_COLUMNS: Final = ["bank", "account", "number", "since"]
_ACCOUNT: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{3,33}", re.ASCII)
_SPOKEN_DIGITS: Final = 4
_JAPAN: Final = timezone(timedelta(hours=9))


def japanese_today() -> date:
    """Return today's date in Japan."""
    return datetime.now(tz=_JAPAN).date()


class CsvRegistry:
    """Accounts and their registered numbers."""

    def __init__(self, path: Path, today: Callable[[], date]) -> None:
        """Read the file.

        Raises:
            SettingsFault: with every faulty line; no number is printed.

        """
        self._today = today
        self._entries: dict[tuple[str, str], tuple[str, date | None]] = {}
        self._places: dict[tuple[str, str], str] = {}
        faults: list[str] = []
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                self._read(csv.DictReader(file, strict=True), path, faults)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            faults.append(f"{path}: cannot be read as CSV: {error}")
        if faults:
            raise SettingsFault(tuple(faults))

    def find(self, bank: str, account: str) -> RegisteredNumber | None:
        """Return the account's entry; None where the bank has no such account."""
        entry = self._entries.get((bank, account))
        if entry is None:
            return None
        number, since = entry
        return RegisteredNumber(number=number, days=(self._today() - since).days if since else None)

    def complaints(self, banks: Mapping[str, Bank]) -> list[str]:
        """Name each line whose depositor could never be called, and why; no number is printed."""
        found = []
        for (bank, account), (number, since) in self._entries.items():
            place = self._places[bank, account]
            if bank not in banks:
                found.append(f"{place}: bank: is not in banks.toml")
            elif number and (why := _why_not_called(number, banks[bank])):
                found.append(f"{place}: number: {why}")
            if since and since > self._today():
                found.append(f"{place}: since: is in the future")
        return found

    def _read(self, rows: csv.DictReader[str], path: Path, faults: list[str]) -> None:
        if rows.fieldnames != _COLUMNS:
            faults.append(f"{path}:1: the columns must be {','.join(_COLUMNS)}")
            return
        for row in rows:
            place = f"{path}:{rows.line_num}"
            if None in row or None in row.values():
                faults.append(f"{place}: must have {len(_COLUMNS)} columns")
                continue
            key = (row["bank"], row["account"])
            if not _is_account(row["account"]):
                faults.append(
                    f"{place}: account: must be 4 to 34 letters, digits and hyphens, "
                    f"{_SPOKEN_DIGITS} digits among them: their last are spoken"
                )
            if key in self._entries:
                faults.append(f"{place}: the account stands here a second time")
            try:
                since = date.fromisoformat(row["since"]) if row["since"] else None
            except ValueError:
                faults.append(f"{place}: since: must be a date such as 2020-09-15, or empty")
                continue
            self._entries[key] = (row["number"], since)
            self._places[key] = place


def _is_account(text: str) -> bool:
    digits = sum(letter.isdigit() for letter in text)
    return bool(_ACCOUNT.fullmatch(text)) and digits >= _SPOKEN_DIGITS


def _why_not_called(number: str, bank: Bank) -> str | None:
    try:
        parse(number, callable_classes=bank.number_classes)
    except Refused as refusal:
        return refusal.detail.removeprefix("The account's registered number ")
    return None
