"""A bank's desk as it is configured: hours, holidays, and every fault by the name of its field."""

from datetime import date, datetime
from pathlib import Path

import pytest

from ivr.domain.desk import Desk
from tests.settings.test_read_settings import FILES, faults, read, write

DESK = """
[desk.honnin]
number = "+81345678901"
monday = "09:00-12:00, 13:00-17:00"
friday = "00:00-24:00"
public_holidays = "JP"
holidays = [2026-08-14]
"""


def desk_of(folder: Path, text: str = DESK) -> Desk | None:
    return read(write(folder, banks=FILES["banks.toml"] + text)).banks["honnin"].desk


def is_open(desk: Desk | None, moment: str) -> bool:
    assert desk
    at = datetime.fromisoformat(moment).replace(tzinfo=desk.zone)
    return desk.is_open(round(at.timestamp() * 1000))


def test_a_bank_without_the_table_has_no_desk(tmp_path: Path) -> None:
    assert desk_of(tmp_path, "") is None


def test_hours_and_holidays_are_read(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    assert is_open(desk, "2026-11-30 09:00")
    assert not is_open(desk, "2026-11-30 12:30")
    assert not is_open(desk, "2026-12-01 10:00"), "a Tuesday, which was left out"
    assert is_open(desk, "2026-11-27 23:59")
    assert not is_open(desk, "2026-08-14 10:00"), "a Friday that was named"
    assert not is_open(desk, "2026-11-23 10:00"), "a Monday that is a public holiday"


def test_the_days_on_which_japans_banks_are_closed_are_known_for_years(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    assert desk
    for year in range(2026, 2051):
        assert {date(year, 1, 2), date(year, 1, 3), date(year, 12, 31)} <= desk.holidays


@pytest.mark.parametrize(
    ("changed", "into", "fault"),
    [
        (
            '"+81345678901"',
            '"03-4567-8901"',
            "number: must be a number in E.164 form, such as +81345678901",
        ),
        ('"+81345678901"', '"+81345678901"\nring = 4', "ring: must be from 5 to 120 seconds"),
        (
            '"+81345678901"',
            '"+81345678901"\ntime_zone = "Asia"',
            "time_zone: is not a time zone; write it such as Asia/Tokyo",
        ),
        (
            '"+81345678901"',
            '"+81345678901"\ntime_zone = "Tokio"',
            "time_zone: is not a time zone; write it such as Asia/Tokyo",
        ),
        (
            '"+81345678901"',
            '"+81345678901"\ntime_zone = "../etc"',
            "time_zone: is not a time zone; write it such as Asia/Tokyo",
        ),
        (
            "13:00-17:00",
            "11:00-17:00",
            'monday: must be hours in order, such as "09:00-12:00, 13:00-17:00"; leave it out if closed',
        ),
        (
            "13:00-17:00",
            "13:00-13:00",
            'monday: must be hours in order, such as "09:00-12:00, 13:00-17:00"; leave it out if closed',
        ),
        (
            "13:00-17:00",
            "13:00-25:00",
            'monday: must be hours in order, such as "09:00-12:00, 13:00-17:00"; leave it out if closed',
        ),
        (
            '"JP"',
            '"Japan"',
            "public_holidays: is not a country whose holidays are known, such as JP",
        ),
        ("monday", "mondy", "mondy: unknown setting; did you mean monday?"),
        ("[2026-08-14]", '["2026-08-32"]', "holidays: Invalid RFC3339 encoded date - at `$[0]`"),
    ],
)
def test_a_fault_names_its_line_and_field(
    tmp_path: Path, changed: str, into: str, fault: str
) -> None:
    text = FILES["banks.toml"] + DESK.replace(changed, into)
    found = faults(write(tmp_path, banks=text))
    assert [each.split(":", 2)[2].strip() for each in found] == [fault]
    line = int(found[0].split(":")[1])
    assert text.splitlines()[line - 1].startswith(fault.split(":", maxsplit=1)[0])


def test_a_desk_without_hours_and_one_of_no_bank_are_refused(tmp_path: Path) -> None:
    text = (
        FILES["banks.toml"] + '[desk.honnin]\nnumber = "+81345678901"\n[desk.hannin]\nnumber = ""\n'
    )
    assert [each.split(":", 2)[2].strip() for each in faults(write(tmp_path, banks=text))] == [
        'number: has no hours; add a line such as monday = "09:00-17:00"',
        "hannin: there is no such bank; did you mean honnin?",
    ]
