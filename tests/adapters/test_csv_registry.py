"""The bank's registered numbers from a CSV: read whole, faults named by line, no number in any of them."""

from datetime import date
from pathlib import Path

import pytest

from ivr.adapters.csv_registry import CsvRegistry
from ivr.domain.callflow import Pace
from ivr.domain.errors import SettingsFault
from ivr.domain.phone import NumberClass
from ivr.domain.policy import Bank, Limits
from ivr.service.ports import RegisteredNumber

HEAD = "bank,account,number,since\n"
BANK = Bank(
    id="honnin",
    name={"ja": "ほんにん銀行"},
    caller_number="+81345678900",
    desk_spoken="03-4567-8901",
    language="ja",
    wallets=frozenset(),
    limits=Limits(),
    number_classes=frozenset({NumberClass.MOBILE, NumberClass.LANDLINE}),
    cooling_off_days=7,
)


def today() -> date:
    return date(2026, 11, 22)


def registry(folder: Path, text: str | bytes) -> CsvRegistry:
    path = folder / "accounts.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return CsvRegistry(path, today)


def faults(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(SettingsFault) as caught:
        registry(folder, text)
    assert "12345601" not in str(caught.value)
    return [fault.replace(f"{folder}/", "") for fault in caught.value.faults]


def test_an_account_is_found_with_its_number_and_the_days_it_has_had_it(tmp_path: Path) -> None:
    book = registry(tmp_path, f"{HEAD}honnin,101-1234567,+819012345601,2026-11-12\n")
    assert book.find("honnin", "101-1234567") == RegisteredNumber(number="+819012345601", days=10)


def test_an_account_of_another_bank_is_not_found(tmp_path: Path) -> None:
    book = registry(tmp_path, f"{HEAD}honnin,101-1234567,+819012345601,\n")
    assert book.find("other", "101-1234567") is None
    assert book.find("honnin", "101-1234568") is None
    assert book.find("honnin", "") is None


def test_a_number_and_a_date_may_be_empty(tmp_path: Path) -> None:
    book = registry(tmp_path, f"{HEAD}honnin,101-1234567,,\n")
    assert book.find("honnin", "101-1234567") == RegisteredNumber(number="", days=None)


def test_a_date_to_come_counts_as_too_new(tmp_path: Path) -> None:
    book = registry(tmp_path, f"{HEAD}honnin,101-1234567,+819012345601,2026-11-30\n")
    found = book.find("honnin", "101-1234567")
    assert found
    assert found.days == -8


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_from_a_spreadsheet_is_read(tmp_path: Path, prefix: bytes, end: str) -> None:
    text = f'{HEAD}"honnin","101-1234567","+819012345601","2016-04-01"\n'.replace("\n", end)
    book = registry(tmp_path, prefix + text.encode())
    assert book.find("honnin", "101-1234567")


def test_an_entry_does_not_print_its_number(tmp_path: Path) -> None:
    book = registry(tmp_path, f"{HEAD}honnin,101-1234567,+819012345601,\n")
    assert "12345601" not in repr(book.find("honnin", "101-1234567"))


@pytest.mark.parametrize("columns", ["language,pace", "pace,language"])
def test_a_bank_may_keep_how_a_depositor_is_called(tmp_path: Path, columns: str) -> None:
    values = {"language": "ko", "pace": "slow"}
    line = ",".join(values[column] for column in columns.split(","))
    book = registry(
        tmp_path,
        f"{HEAD[:-1]},{columns}\n"
        f"honnin,101-1234567,+819012345601,,{line}\n"
        "honnin,101-2345678,+819012345602,,,\n",
    )
    known, silent = (book.find("honnin", f"101-{each}") for each in ("1234567", "2345678"))
    assert known == RegisteredNumber(
        number="+819012345601", days=None, language="ko", pace=Pace.SLOW
    )
    assert silent == RegisteredNumber(number="+819012345602", days=None)


def test_one_of_these_columns_is_enough(tmp_path: Path) -> None:
    book = registry(tmp_path, f"{HEAD[:-1]},pace\nhonnin,101-1234567,+819012345601,,normal\n")
    found = book.find("honnin", "101-1234567")
    assert found
    assert (found.language, found.pace) == (None, Pace.NORMAL)


def test_how_a_depositor_is_called_must_be_known(tmp_path: Path) -> None:
    text = (
        f"{HEAD[:-1]},language,pace\n"
        "honnin,101-1234567,+819012345601,,fr,slow\n"
        "honnin,101-2345678,+819012345601,,ja,SLOW\n"
        "honnin,101-3456789,+819012345601,,ja\n"
    )
    assert faults(tmp_path, text) == [
        "accounts.csv:2: language: must be en, ja, ko, pt, vi, zh, or empty",
        "accounts.csv:3: pace: must be normal or slow, or empty",
        "accounts.csv:4: must have 6 columns",
    ]


def test_a_language_in_which_the_bank_has_no_name_is_complained_of(tmp_path: Path) -> None:
    book = registry(tmp_path, f"{HEAD[:-1]},language\nhonnin,101-1234567,+819012345601,,ko\n")
    (found,) = book.complaints({"honnin": BANK})
    assert found.endswith("accounts.csv:2: language: the bank has no name in ko")


def test_every_faulty_line_is_named_at_once(tmp_path: Path) -> None:
    text = (
        f"{HEAD}"
        "honnin,101-1234567,+819012345601,01.04.2016\n"
        "honnin,101-2345678,+819012345601\n"
        "honnin,101-2345679,+819012345601,,more\n"
        "honnin,101-3456789,+819012345601,\n"
        "honnin,101-3456789,+819012345601,\n"
    )
    assert faults(tmp_path, text) == [
        "accounts.csv:2: since: must be a date such as 2020-09-15, or empty",
        "accounts.csv:3: must have 4 columns",
        "accounts.csv:4: must have 4 columns",
        "accounts.csv:6: the account stands here a second time",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bank;account;number;since\n",
        "account,bank,number,since\n",
        "bank,account,number\n",
        "bank,account,number,since,colour\n",
        "bank,account,number,since,pace,pace\n",
        "bank,account,number,since,\n",
        "bank,account,number,pace,since\n",
        "honnin,101-1234567,+819012345601,\n",
    ],
)
def test_other_columns_are_refused(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text) == [
        "accounts.csv:1: the columns must be bank,account,number,since, and language,pace if you wish"
    ]


@pytest.mark.parametrize(
    "text", [b"\xff\xfe\x00", HEAD.encode() + b"honnin,\x8e,,\n", HEAD.encode() + b'h,"a\n']
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, text: bytes) -> None:
    (fault,) = faults(tmp_path, text)
    assert fault.startswith("accounts.csv: cannot be read as CSV")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match=r"nowhere\.csv: cannot be read"):
        CsvRegistry(tmp_path / "nowhere.csv", today)


def test_the_registry_that_ships_is_good() -> None:
    path = Path(__file__).parents[2] / "config" / "accounts.csv"
    assert CsvRegistry(path, today).find("honnin", "101-1234567")


@pytest.mark.parametrize(
    "account", ["", "123", "1" * 35, "101 1234567", "口座1234", "abc-123", "-1234"]
)
def test_an_account_that_nobody_could_ask_for_or_speak_is_refused(
    tmp_path: Path, account: str
) -> None:
    (fault,) = faults(tmp_path, f"{HEAD}honnin,{account},+819012345601,\n")
    assert fault.startswith("accounts.csv:2: account: must be 4 to 34 letters, digits and hyphens")


def test_each_line_whose_depositor_could_never_be_called_is_named(tmp_path: Path) -> None:
    book = registry(
        tmp_path,
        f"{HEAD}"
        "honnin,101-0000001,+819012345601,2020-01-01\n"
        "honnin,101-0000002,,\n"
        "honnin,101-0000003,+815012345601,\n"
        "honnin,101-0000004,+81-90-1234-5601,\n"
        "nobody,101-0000005,+819012345601,\n"
        "honnin,101-0000006,+819012345601,2026-11-23\n",
    )
    found = [each.replace(f"{tmp_path}/", "") for each in book.complaints({"honnin": BANK})]
    assert [each.partition(": ")[0] for each in found] == [
        "accounts.csv:4",
        "accounts.csv:5",
        "accounts.csv:6",
        "accounts.csv:7",
    ]
    assert "12345601" not in "".join(found)


def test_accounts_with_a_zero_byte_are_faults_like_others(tmp_path: Path) -> None:
    rows = "honnin,1234\0a,+819012345601,\nhonnin,1234\0b,+819012345601,\n"
    found = faults(tmp_path, HEAD + rows)
    assert [each.partition(" account: ")[0] for each in found] == [
        "accounts.csv:2:",
        "accounts.csv:3:",
    ]
