"""The banks' desks: `[desk.ID]` in `banks.toml`, with hours and holidays.

Knows how hours are written. Does not know whether a desk is open now.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, time
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from ivr.domain.desk import Desk, Hours
from ivr.domain.errors import Refused
from ivr.domain.phone import NumberClass, parse
from ivr.domain.policy import Limits
from ivr.settings.public_holidays import UnknownCountry, public_holidays
from ivr.settings.toml_file import TomlFile, did_you_mean

WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN: Final = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_SHORTEST_RING, _LONGEST_RING = 5, 120
_LEAST_TALK: Final = 30
_MIDNIGHT: Final = (24, 0)


class _DeskTable(msgspec.Struct, frozen=True, kw_only=True):
    number: str
    ring: int = 30
    time_zone: str = "Asia/Tokyo"
    monday: str = ""
    tuesday: str = ""
    wednesday: str = ""
    thursday: str = ""
    friday: str = ""
    saturday: str = ""
    sunday: str = ""
    public_holidays: str = ""
    holidays: tuple[date, ...] = ()


def read_desk(file: TomlFile, bank: str, limits: Limits) -> Desk | None:
    """Read a bank's desk; None where it has none, or with the faults noted."""
    name = f"desk.{bank}"
    if not file.keys(name):
        return None
    table = file.read(_DeskTable, name)
    if table is None:
        return None
    found = list(_faults(table, limits))
    for key, why in found:
        file.fault(name, 0, key, why)
    if found:
        return None
    return Desk(
        number=table.number,
        ring=table.ring,
        zone=ZoneInfo(table.time_zone),
        week=tuple(_hours(getattr(table, day)) or () for day in WEEK),
        holidays=frozenset(table.holidays) | _public_holidays(table.public_holidays),
    )


def check_desks(file: TomlFile, banks: Collection[str]) -> None:
    """Note every desk of a bank that there is not."""
    for bank in sorted(file.keys("desk") - set(banks)):
        file.fault(f"desk.{bank}", 0, bank, f"there is no such bank{did_you_mean(bank, banks)}")


def _faults(table: _DeskTable, limits: Limits) -> Iterator[tuple[str, str]]:
    try:
        parse(table.number, callable_classes=frozenset(NumberClass))
    except Refused:
        yield "number", "must be a number in E.164 form, such as +81345678901"
    longest = min(_LONGEST_RING, limits.desk_time_limit - _LEAST_TALK)
    if not _SHORTEST_RING <= table.ring <= longest:
        yield "ring", f"must be from {_SHORTEST_RING} to {longest} seconds"
    if not _is_zone(table.time_zone):
        yield "time_zone", "is not a time zone; write it such as Asia/Tokyo"
    for day in WEEK:
        if _hours(getattr(table, day)) is None:
            yield (
                day,
                'must be hours in order, such as "09:00-12:00, 13:00-17:00"; leave it out if closed',
            )
    if not any(getattr(table, day) for day in WEEK):
        yield "number", 'has no hours; add a line such as monday = "09:00-17:00"'
    try:
        _public_holidays(table.public_holidays)
    except UnknownCountry as error:
        hint = did_you_mean(table.public_holidays, error.known)
        yield "public_holidays", f"is not a country whose holidays are known, such as JP{hint}"


def _public_holidays(country: str) -> frozenset[date]:
    return public_holidays(country) if country else frozenset()


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # of a path that leads elsewhere, or to a folder
        return False
    except KeyError:
        return False
    return True


def _hours(text: str) -> tuple[Hours, ...] | None:
    """Read a day's hours, in order; None where they cannot be read."""
    hours: list[Hours] = []
    for span in filter(None, map(str.strip, text.split(","))):
        found = _SPAN.fullmatch(span)
        if not found:
            return None
        opening, closing = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
        try:
            opens = time(*opening)
            closes = None if closing == _MIDNIGHT else time(*closing)
        except ValueError:
            return None
        last = hours[-1].closes if hours else time.min
        if last is None or opens < last or (closes is not None and closes <= opens):
            return None
        hours.append(Hours(opens, closes))
    return tuple(hours)
