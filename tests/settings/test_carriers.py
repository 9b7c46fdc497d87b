"""Carriers as they are configured: a file of their names and pace, and variables of their own."""

from pathlib import Path

import pytest

from ivr.settings import Dialect
from tests.settings.test_read_settings import faults, read, write

SECOND = {
    "IVR_CARRIER_SECOND_URL": "https://space.signalwire.com/api/laml",
    "IVR_CARRIER_SECOND_ACCOUNT": "12345678-1234-1234-1234-123456789abc",
    "IVR_CARRIER_SECOND_TOKENS": "token signing-key",
}
TWO = """
[main]
calls_per_second = 5
[second]
dialect = "signalwire"
calls_at_once = 20
[second.caller_numbers]
honnin = "+81356789000"
"""


def configured(folder: Path, text: str) -> Path:
    config = write(folder)
    (config / "carriers.toml").write_text(text, encoding="utf-8")
    return config


def test_without_the_file_there_is_one_without_limits(tmp_path: Path) -> None:
    (main,) = read(write(tmp_path)).carriers
    assert (main.id, main.dialect, main.calls_per_second, main.calls_at_once) == (
        "main", Dialect.TWILIO, 0, 0,
    )  # fmt: skip


def test_two_carriers_are_read_in_their_order(tmp_path: Path) -> None:
    settings = read(configured(tmp_path, TWO), **SECOND)
    main, second = settings.carriers
    assert settings.carrier is main
    assert (main.account, main.calls_per_second) == ("AC123", 5)
    assert (second.url, second.dialect) == (SECOND["IVR_CARRIER_SECOND_URL"], Dialect.SIGNALWIRE)
    assert second.tokens == ("token", "signing-key")
    bank = settings.banks["honnin"]
    assert [bank.caller_by(each) for each in ("main", "second")] == [
        "+81345678900",
        "+81356789000",
    ]
    assert "signing-key" not in repr(settings) + repr(second)


@pytest.mark.parametrize(
    ("changed", "into", "fault"),
    [
        (
            "calls_per_second = 5",
            "calls_per_second = -1",
            ":3: calls_per_second: must be from 0 to",
        ),
        ("calls_at_once = 20", "calls_at_once = 1000000", ":6: calls_at_once: must be from 0 to"),
        ('"signalwire"', '"telnyx"', ":5: dialect: Invalid enum value"),
        ('"+81356789000"', '"03-5678-9000"', "caller_numbers: must be numbers in E.164 form"),
        ("honnin =", "hannin =", "second: caller_numbers: hannin is no bank"),
        ("[main]", "[other]", "main: is missing; the carrier of IVR_CARRIER_*"),
        ("calls_at_once", "calls_at_onc", "did you mean calls_at_once?"),
    ],
)
def test_a_fault_names_its_place(tmp_path: Path, changed: str, into: str, fault: str) -> None:
    config = configured(tmp_path, TWO.replace(changed, into))
    assert any(fault in each for each in faults(config, **SECOND))


def test_a_further_carriers_variables_are_named_where_they_are_missing(tmp_path: Path) -> None:
    found = faults(configured(tmp_path, TWO))
    assert [each.partition(":")[0] for each in found] == [
        "IVR_CARRIER_SECOND_TOKENS", "IVR_CARRIER_SECOND_URL", "IVR_CARRIER_SECOND_ACCOUNT",
    ]  # fmt: skip


def test_two_carriers_cannot_have_one_account(tmp_path: Path) -> None:
    (fault,) = faults(
        configured(tmp_path, TWO), **{**SECOND, "IVR_CARRIER_SECOND_ACCOUNT": "AC123"}
    )
    assert "two carriers have the same account" in fault
