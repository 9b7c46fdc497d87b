"""The bank's registered numbers from a CSV file, read whole at start.

Columns: `bank`, `account`, `number` (canonical E.164, or empty where none is registered) and
`since` (the date of the registration, or empty); then, if the bank keeps them, `language` and `pace`:
how this depositor is called where the request does not say. Knows the file, and can tell which of its
numbers will never be called; a start is stopped only by a file that cannot be read.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

import msgspec

from ivr.adapters.sorted_rows import SortedRows
from ivr.domain.callflow import Pace
from ivr.domain.errors import Refused, SettingsFault
from ivr.domain.phone import parse
from ivr.domain.policy import Bank
from ivr.domain.reading import LANGUAGES
from ivr.service.ports import RegisteredNumber

_COLUMNS: Final = ["bank", "account", "number", "since"]
_MORE_COLUMNS: Final = frozenset({"language", "pace"})
_ACCOUNT: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{3,33}", re.ASCII)
_SPOKEN_DIGITS: Final = 4
_JAPAN: Final = timezone(timedelta(hours=9))


def japanese_today() -> date:
    """Return today's date in Japan."""
    return datetime.now(tz=_JAPAN).date()


class _Entry(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One line: what is registered of an account, and which line it is."""

    line: int
    number: str
    since: date | None
    language: str | None
    pace: Pace | None


_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(_Entry).decode


class CsvRegistry:
    """Accounts and their registered numbers."""

    def __init__(self, path: Path, today: Callable[[], date]) -> None:
        """Read the file.

        Raises:
            SettingsFault: with every faulty line; no number is printed.

        """
        self._today = today
        self._path = path
        self._banks: dict[str, SortedRows] = {}
        faults: list[str] = []
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                self._read(csv.DictReader(file, strict=True), faults)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            faults.append(f"{path}: cannot be read as CSV: {error}")
        faults += self._repeated()
        if faults:
            raise SettingsFault(tuple(faults))

    def find(self, bank: str, account: str) -> RegisteredNumber | None:
        """Return the account's entry; None where the bank has no such account."""
        row = self._banks[bank].find(account) if bank in self._banks else None
        if row is None:
            return None
        entry = _unpack(row)
        return RegisteredNumber(
            number=entry.number,
            days=(self._today() - entry.since).days if entry.since else None,
            language=entry.language,
            pace=entry.pace,
        )

    def complaints(self, banks: Mapping[str, Bank]) -> list[str]:
        """Name each line that cannot mean what it says, and why; no number is printed.

        Such as one whose depositor could never be called.
        """
        found = [
            (entry.line, complaint)
            for bank, entries in self._banks.items()
            for entry in map(_unpack, entries)
            for complaint in self._complaints_of(entry, banks.get(bank))
        ]
        in_order = sorted(found, key=lambda each: each[0])
        return [f"{self._path}:{line}: {complaint}" for line, complaint in in_order]

    def _complaints_of(self, entry: _Entry, bank: Bank | None) -> Iterator[str]:
        if bank is None:
            yield "bank: is not in banks.toml"
        elif entry.number and (why := _why_not_called(entry.number, bank)):
            yield f"number: {why}"
        if bank and entry.language and entry.language not in bank.name:
            yield f"language: the bank has no name in {entry.language}"
        if entry.since and entry.since > self._today():
            yield "since: is in the future"

    def _read(self, rows: csv.DictReader[str], faults: list[str]) -> None:
        path = self._path
        columns = list(rows.fieldnames or ())
        more = columns[len(_COLUMNS) :]
        known = columns[: len(_COLUMNS)] == _COLUMNS and _MORE_COLUMNS.issuperset(more)
        if not known or len(set(more)) < len(more):
            must = ",".join(_COLUMNS)
            faults.append(f"{path}:1: the columns must be {must}, and language,pace if you wish")
            return
        for row in rows:
            place = f"{path}:{rows.line_num}"
            if None in row or None in row.values():
                faults.append(f"{place}: must have {len(columns)} columns")
                continue
            entries = self._banks.setdefault(row["bank"], SortedRows())
            entry = _read_entry(row, rows.line_num, place, faults)
            if entry is not None and _is_account(row["account"]):
                entries.add(row["account"], _pack(entry))

    def _repeated(self) -> list[str]:
        again = [row for entries in self._banks.values() for row in entries.put_in_order()]
        lines = sorted(_unpack(row).line for row in again)
        return [f"{self._path}:{line}: the account stands here a second time" for line in lines]


def _read_entry(row: Mapping[str, str], line: int, place: str, faults: list[str]) -> _Entry | None:
    if not _is_account(row["account"]):
        faults.append(
            f"{place}: account: must be 4 to 34 letters, digits and hyphens, "
            f"{_SPOKEN_DIGITS} digits among them: their last are spoken"
        )
    language, pace = row.get("language") or None, row.get("pace") or None
    if language not in (None, *LANGUAGES):
        faults.append(f"{place}: language: must be {', '.join(sorted(LANGUAGES))}, or empty")
    if pace not in (None, *Pace):
        faults.append(f"{place}: pace: must be {' or '.join(Pace)}, or empty")
        return None
    try:
        since = date.fromisoformat(row["since"]) if row["since"] else None
    except ValueError:
        faults.append(f"{place}: since: must be a date such as 2020-09-15, or empty")
        return None
    return _Entry(
        line=line,
        number=row["number"],
        since=since,
        language=language,
        pace=Pace(pace) if pace else None,
    )


def _is_account(text: str) -> bool:
    digits = sum(letter.isdigit() for letter in text)
    return bool(_ACCOUNT.fullmatch(text)) and digits >= _SPOKEN_DIGITS


def _why_not_called(number: str, bank: Bank) -> str | None:
    try:
        parse(number, callable_classes=bank.number_classes)
    except Refused as refusal:
        return refusal.detail.removeprefix("The account's registered number ")
    return None
