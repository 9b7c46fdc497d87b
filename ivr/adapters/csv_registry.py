"""The bank's registered numbers from a CSV file, read whole at start.

Columns: `bank`, `account`, `number` (canonical E.164, or empty where none is registered) and
`since` (the date of the registration, or empty). Knows the file; judges no number.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from ivr.domain.errors import SettingsFault
from ivr.service.ports import RegisteredNumber

_COLUMNS: Final = ["bank", "account", "number", "since"]


class CsvRegistry:
    """Accounts and their registered numbers."""

    def __init__(self, path: Path, today: Callable[[], date]) -> None:
        """Read the file.

        Raises:
            SettingsFault: with every faulty line; no number is printed.

        """
        self._today = today
        self._entries: dict[tuple[str, str], tuple[str, date | None]] = {}
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
            if key in self._entries:
                faults.append(f"{place}: the account stands here a second time")
            try:
                since = date.fromisoformat(row["since"]) if row["since"] else None
            except ValueError:
                faults.append(f"{place}: since: must be a date such as 2020-09-15, or empty")
                continue
            self._entries[key] = (row["number"], since)
