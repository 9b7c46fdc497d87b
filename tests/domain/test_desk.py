"""When the bank's desk is open, and by which number a case is named."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.case_number import case_number, id_ending, reference_spoken
from ivr.domain.desk import Desk, Hours
from ivr.domain.errors import Impossible

JAPAN = ZoneInfo("Asia/Tokyo")
DAY = (Hours(time(9), time(12)), Hours(time(13), time(17)))
DESK = Desk(
    number="+81345678901",
    ring=30,
    zone=JAPAN,
    week=(DAY, DAY, DAY, DAY, DAY, (Hours(time(0), None),), ()),
    holidays=frozenset({date(2026, 11, 23)}),
)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-24 08:59:59.999", False),
        ("2026-11-24 09:00", True),
        ("2026-11-24 11:59:59.999", True),
        ("2026-11-24 12:00", False),
        ("2026-11-24 13:00", True),
        ("2026-11-24 17:00", False),
        ("2026-11-23 10:00", False),  # a holiday
        ("2026-11-28 00:00", True),  # Saturday, all day
        ("2026-11-28 23:59:59.999", True),
        ("2026-11-29 00:00", False),  # Sunday
    ],
)
def test_the_desk_is_open_in_its_hours(moment: str, is_open: bool) -> None:  # noqa: FBT001
    at = datetime.fromisoformat(moment).replace(tzinfo=JAPAN)
    assert DESK.is_open(round(at.timestamp() * 1000)) is is_open


def test_the_hours_are_those_of_the_bank_wherever_the_machine_is() -> None:
    midnight_in_london = datetime(2026, 11, 24, tzinfo=UTC)
    assert DESK.is_open(round(midnight_in_london.timestamp() * 1000))


def test_a_desk_does_not_print_its_number() -> None:
    assert "345678901" not in repr(DESK)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz234567", min_size=5, max_size=5))
def test_a_case_number_leads_back_to_its_id(ending: str) -> None:
    number = case_number(f"vaaaaaaaaaaaaaaaaaaaaa{ending}")
    assert len(number) == 9
    assert id_ending(number) == id_ending(number.replace("-", "")) == ending


@pytest.mark.parametrize(
    "number", ["", "1234-567", "12345-678", "99999999", "1234-5678-9", "１２３４５６７８"]
)
def test_what_is_no_case_number_leads_nowhere(number: str) -> None:
    assert id_ending(number) is None


def test_what_is_no_id_has_no_case_number() -> None:
    with pytest.raises(Impossible):
        case_number("v-0189!")


@pytest.mark.parametrize("reference", ["0042", "2026-11-24", "123456789012", "1-2-3"])
def test_a_few_digits_of_the_clients_own_are_said_as_they_are(reference: str) -> None:
    assert reference_spoken("vaaaaaaaaaaaaaaaaaaaaaaaaaa", reference) == reference


@pytest.mark.parametrize(
    "reference", [None, "", "link-20260115", "1234567890123", "-1", "1-", "1--2", "12\n", "１２"]
)
def test_anything_else_is_replaced_by_the_case_number(reference: str | None) -> None:
    assert reference_spoken("vaaaaaaaaaaaaaaaaaaaaaaaaab", reference) == "0000-0001"
