"""The `ivr` command against a running house: what ops staff type, and what they read."""

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from ivr.cli.children import ROOT
from ivr.cli.demo import copy_configuration
from tests.end_to_end.conftest import House

pytestmark = pytest.mark.real_server

NOTHING = {"PATH": "/usr/bin:/bin"}


def ivr(
    *arguments: str, environment: Any = None, typed: str = "", seconds: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "ivr", *arguments],
        env=NOTHING if environment is None else dict(environment),
        input=typed,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"ivr \d+\.\d+\.\d+\n", ivr("--version").stdout)


def test_every_command_has_help_that_says_what_it_is_for() -> None:
    listed = re.findall(r"^  (\w+)  ", ivr("--help").stdout, re.MULTILINE)
    assert {
        "demo",
        "serve",
        "worker",
        "client",
        "account",
        "verification",
        "call",
        "config",
    } <= set(listed)
    for name in listed:
        told = ivr(name, "--help")
        assert told.returncode == 0
        assert len(told.stdout.splitlines()) > 4


def test_what_is_not_configured_is_named_all_at_once() -> None:
    told = ivr("config", "check")
    assert told.returncode == 2
    for name in ("IVR_PUBLIC_URL", "IVR_MASTER_KEYS", "IVR_LASTING_KEY", "IVR_CARRIER_TOKENS"):
        assert f"{name}: is missing" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_wrong_value_in_a_file_is_named_with_its_line(tmp_path: Path) -> None:
    copy_configuration(tmp_path)
    banks = tmp_path / "config" / "banks.toml"
    text = banks.read_text(encoding="utf-8").replace("03-4567-8901", "unknown")
    banks.write_text(text, encoding="utf-8")
    line = 1 + text[: text.index("desk_number")].count("\n")
    told = ivr(
        "config", "check", "--files-only",
        environment={**NOTHING, "IVR_CONFIG": str(tmp_path / "config")},
    )  # fmt: skip
    assert (told.returncode, f"banks.toml:{line}: desk_number: must be" in told.stderr) == (2, True)


def test_a_file_that_cannot_be_written_is_told_without_a_traceback() -> None:
    told = ivr("flow", "show", "inbound", "-o", "/proc/nowhere/inbound.txt")
    assert told.returncode == 1
    assert "ivr: /proc/nowhere/inbound.txt: No such file or directory" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_broken_carriers_file_is_named_without_the_environment(tmp_path: Path) -> None:
    copy_configuration(tmp_path)
    (tmp_path / "config" / "carriers.toml").write_text("[main]\ncalls_per_second = -1\n")
    environment = {**NOTHING, "IVR_CONFIG": str(tmp_path / "config")}
    told = ivr("config", "check", "--files-only", environment=environment)
    assert told.returncode == 2
    assert "carriers.toml:2: calls_per_second: must be from 0" in told.stderr


def test_a_configuration_that_is_no_folder_is_told_file_by_file() -> None:
    told = ivr("config", "check", environment={**NOTHING, "IVR_CONFIG": "/etc/passwd"})
    assert told.returncode == 2
    assert "/etc/passwd/banks.toml: cannot be read: Not a directory" in told.stderr


def test_the_configuration_that_ships_is_well() -> None:
    told = ivr("config", "check", "--files-only")
    assert (told.returncode, told.stdout) == (0, "config/ and callflows/ are well.\n")


def test_a_name_that_lacks_a_language_of_the_flows_is_told_and_stops_nothing(
    tmp_path: Path,
) -> None:
    copy_configuration(tmp_path)
    banks = tmp_path / "config" / "banks.toml"
    short = re.sub(r", zh = .*\}", "}", banks.read_text(encoding="utf-8"))
    banks.write_text(short, encoding="utf-8")
    told = ivr("config", "check", "--files-only", environment={"IVR_CONFIG": str(banks.parent)})
    assert told.returncode == 0, told.stderr
    assert (
        "The bank honnin has no name in ko, pt, vi, zh: no request can ask for that" in told.stdout
    )


def test_new_keys_are_new_and_can_be_used(tmp_path: Path) -> None:
    first, second = ivr("keys").stdout, ivr("keys").stdout
    assert first != second
    copy_configuration(tmp_path)
    settings = tmp_path / "honnin.env"
    settings.write_text(
        f"{first}IVR_PUBLIC_URL=https://ivr.example\nIVR_CARRIER_ACCOUNT=AC1\n"
        "IVR_CARRIER_TOKENS=t\n",
        encoding="utf-8",
    )
    told = ivr("--env-file", str(settings), "config", "check")
    assert (told.returncode, told.stdout) == (0, "All is well.\n")


def test_the_fallback_document_apologises_and_hangs_up() -> None:
    document = ET.fromstring(ivr("fallback").stdout)  # noqa: S314 - our own output
    assert [each.tag for each in document] == [*["Say"] * 6, "Hangup"]


def test_a_key_is_shown_once_works_at_once_and_not_after_it_is_revoked(house: House) -> None:
    environment = house.stage.environment
    added = ivr("client", "add", "second", "--bank", "honnin", environment=environment)
    key = re.search(r"honnin_\S+", added.stdout)
    assert key
    assert "whsec_" in added.stdout
    listed = ivr("client", "list", environment=environment).stdout
    assert "second" in listed
    assert key.group() not in listed
    bearer = {"Authorization": f"Bearer {key.group()}"}
    time.sleep(1.1)
    assert house.ask("GET", "/v1/verifications/none", headers=bearer)[0] == 404
    revoked = ivr("client", "revoke", "second", environment=environment)
    assert revoked.stdout == "Revoked 1 key(s) of second.\n"
    time.sleep(1.1)
    status, problem = house.ask("GET", "/v1/verifications/none", headers=bearer)
    assert (status, problem["code"]) == (401, "key_revoked")


def test_a_third_live_key_is_refused(house: House) -> None:
    environment = house.stage.environment
    for _ in range(2):
        assert (
            ivr("client", "add", "third", "--bank", "honnin", environment=environment).returncode
            == 0
        )
    told = ivr("client", "add", "third", "--bank", "honnin", environment=environment)
    assert told.returncode != 0
    assert "revoke one first" in told.stderr


def test_a_story_is_told_with_masked_numbers(house: House) -> None:
    house.behave("yuki", {"kind": "no_answer"})
    link = house.start("205-6789012", "keyin")
    house.ask("DELETE", f"/v1/verifications/{link['id']}")
    told, until = "", time.monotonic() + 60
    while "fail/cancelled" not in told:  # in the archive a moment later
        assert time.monotonic() < until, told
        told = ivr("verification", "show", link["id"], environment=house.stage.environment).stdout
    assert "+81••••••5606" in told
    assert [
        kind for kind in ("verification_requested", "placing_started", "cancelled") if kind in told
    ]
    assert "205-6789012" not in told
    assert link["passcode"] not in told


def test_an_unknown_verification_is_said_to_be_unknown(house: House) -> None:
    told = ivr("verification", "show", "v" + "a" * 26, environment=house.stage.environment)
    assert (told.returncode, "no such verification" in told.stderr) == (1, True)


def test_a_blocked_account_is_shown_and_unlocked(house: House) -> None:
    environment = house.stage.environment
    told = ivr(
        "account", "show", "--bank", "honnin", environment=environment, typed="101-9999999\n"
    )
    assert "••••9999 of honnin: 0 of 10 failures in a row, not blocked" in told.stdout
    assert "101-9999999" not in told.stdout
    unlocked = ivr(
        "account", "unlock", "--bank", "honnin", "--reason", "identified at the counter",
        "--person", "suzuki", environment=environment, typed="101-9999999\n",
    )  # fmt: skip
    assert "On record for suzuki" in unlocked.stdout


def test_a_taken_port_is_named_with_what_to_do(house: House) -> None:
    port = house.stage.page.rpartition(":")[2]
    told = ivr("demo", "--port", port)
    assert told.returncode != 0
    assert f"Port {port} is taken" in told.stderr
    assert "make demo PORT=" in told.stderr


def test_a_test_call_goes_through_the_whole_chain(house: House) -> None:
    banks = house.folder / "config" / "banks.toml"
    text = banks.read_text(encoding="utf-8")
    banks.write_text(
        text.replace("test_numbers = []", 'test_numbers = ["+819012345614"]'), encoding="utf-8"
    )
    try:
        refused = ivr(
            "call", "test", "+819012345601", "--bank", "honnin", environment=house.stage.environment
        )
        assert "not among the bank's test_numbers" in refused.stderr
        told = ivr(
            "call", "test", "+819012345614", "--bank", "honnin",
            environment=house.stage.environment, typed="\n",
        )  # fmt: skip
        assert "answered" in told.stdout, told.stdout + told.stderr
        assert "verification show v" in told.stdout
    finally:
        banks.write_text(text, encoding="utf-8")
