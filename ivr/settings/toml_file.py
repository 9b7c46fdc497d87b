"""TOML files read with the place of every key, so that a fault can name file and line.

Knows TOML and shapes. Does not know what the settings mean.
"""

from __future__ import annotations

import difflib
import itertools
import re
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]")
_KEY: Final = re.compile(r"\s*([\w-]+|\"[^\"]+\")\s*=")
Shape = TypeVar("Shape", bound=msgspec.Struct)


class TomlFile:
    """One file: its tables, and the faults found in it so far."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        """Read the file; a missing or broken one is a fault and reads as empty."""
        self.path = path
        self._faults = faults
        self.tables: dict[str, Any] = {}
        self._lines: dict[tuple[str, int, str], int] = {}
        try:
            text = path.read_text(encoding="utf-8")
            self.tables = tomllib.loads(text)
        except FileNotFoundError:
            faults.append(f"{path}: the file is missing")
        except OSError as error:
            faults.append(f"{path}: cannot be read: {error.strerror}")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            faults.append(f"{path}: not TOML: {error}")
        else:
            self._find_lines(text)

    def fault(self, table: str, index: int, key: str, why: str) -> None:
        """Note a fault at a key; where the key is missing, at its table."""
        line = self._lines.get((table, index, key)) or self._lines.get((table, index, "")) or 1
        self._faults.append(f"{self.path}:{line}: {key}: {why}")

    def read(self, shape: type[Shape], table: str = "", index: int = 0) -> Shape | None:
        """Read one table into a struct; None where anything is wrong, each fault noted."""
        values = self._table(table, index)
        fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
        before = len(self._faults)
        for key in values.keys() - fields.keys():
            self.fault(table, index, key, f"unknown setting{did_you_mean(key, fields)}")
        read: dict[str, Any] = {}
        for name, field in fields.items():
            if name not in values:
                if field.required:
                    self.fault(table, index, name, "is missing")
                continue
            try:
                read[name] = msgspec.convert(values[name], field.type)
            except msgspec.ValidationError as error:
                self.fault(table, index, name, str(error))
        return shape(**read) if len(self._faults) == before else None

    def only(self, *, tables: Collection[str] = (), arrays: Collection[str] = ()) -> None:
        """Note a fault for every table that is none of these, or is written as the other kind."""
        for name, value in self.tables.items():
            place = f"{self.path}:{self._line_of(name)}: {name}:"
            if name in arrays:
                if value != [] and not (isinstance(value, list) and _is_table(value)):
                    self._faults.append(f"{place} write it as [[{name}]]")
            elif name in tables:
                if not isinstance(value, dict):
                    self._faults.append(f"{place} write it as [{name}]")
            elif _is_table(value) or tables or arrays:
                self._faults.append(f"{place} unknown setting{did_you_mean(name, tables, arrays)}")

    def keys(self, table: str) -> frozenset[str]:
        """Return the keys that a table holds; none where there is no such table."""
        return frozenset(self._table(table, 0))

    def count(self, table: str) -> int:
        """Count the entries of an array of tables."""
        found = self.tables.get(table, [])
        return len(found) if isinstance(found, list) and _is_table(found) else 0

    def _table(self, table: str, index: int) -> dict[str, Any]:
        found: Any = self.tables
        for part in filter(None, table.split(".")):
            found = found.get(part, {}) if isinstance(found, dict) else {}
        if isinstance(found, list):
            found = found[index] if index < len(found) else {}
        if not isinstance(found, dict):
            return {}
        return {key: value for key, value in found.items() if table or not _is_table(value)}

    def _line_of(self, name: str) -> int:
        """Return where a name first stands at the top, as a key or as (part of) a table's name."""
        return min(
            (
                line
                for (table, _, key), line in self._lines.items()
                if (not table and key == name) or table.partition(".")[0] == name
            ),
            default=1,
        )

    def _find_lines(self, text: str) -> None:
        table, index = "", 0
        seen: dict[str, int] = {}
        for number, line in enumerate(text.splitlines(), 1):
            if header := _HEADER.match(line):
                table = header.group(2).replace('"', "").replace(" ", "")
                index = seen[table] = seen.get(table, -1) + 1
                self._lines[table, index, ""] = number
            elif key := _KEY.match(line):
                self._lines.setdefault((table, index, key.group(1).strip('"')), number)


def did_you_mean(name: str, *known: Collection[str]) -> str:
    """Return a hint at the nearest right name; empty where none is near."""
    near = difflib.get_close_matches(name, list(itertools.chain(*known)), 1)
    return f"; did you mean {near[0]}?" if near else ""


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)
    )
