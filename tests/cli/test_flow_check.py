import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli.flow import command

SHIPPED = Path("callflows")
NO_WARNING = ("warning: true", "")


def check(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(command, ["check", *arguments], input=typed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED, tmp_path / "flows")
    return tmp_path / "flows"


def test_what_ships_is_well_and_its_seconds_are_told() -> None:
    told = check()
    assert told.exit_code == 0
    assert "The call flows are well." in told.stderr
    assert "link-readout, at honnin" in told.stdout
    assert "  longest " in told.stdout


def test_every_fault_of_a_folder_is_told_the_most_serious_first(folder: Path) -> None:
    misled, unwarned = folder / "link-readout.yaml", folder / "link-keyin.yaml"
    unwarned.write_text(unwarned.read_text().replace(*NO_WARNING))
    misled.write_text(misled.read_text().replace("start: greet", "start: gret"))
    told = check(str(folder))
    assert told.exit_code == 2
    first, *others = told.stdout.splitlines()
    assert first.startswith(f"{unwarned}:")
    assert "before the warning was given" in first
    faults = [line for line in others if line.startswith(f"{misled}:")]
    assert any(line.endswith("did you mean greet?") for line in faults)
    assert "longest" not in told.stdout


def test_a_file_is_checked_with_its_folder_and_only_what_is_found_in_it_is_told(
    folder: Path,
) -> None:
    readout, keyin = folder / "link-readout.yaml", folder / "link-keyin.yaml"
    keyin.write_text("[")
    told = check(str(readout))
    assert (told.exit_code, told.stdout) == (0, "")
    assert "faults in other files of the folder: 1" in told.stderr
    assert check(str(readout), str(keyin)).exit_code == 2


def test_a_file_on_standard_input_stands_for_the_one_of_its_name() -> None:
    text = (SHIPPED / "link-keyin.yaml").read_text()
    assert check("-", typed=text).exit_code == 0
    told = check("-", typed=text.replace(*NO_WARNING))
    assert told.exit_code == 2
    assert all(line.startswith("callflows/link-keyin.yaml:") for line in told.stdout.splitlines())
    part = (SHIPPED / "parts" / "link.yaml").read_text().replace("{bank}", "銀行")
    told = check("-", typed=part)
    assert told.exit_code == 2
    assert told.stdout.startswith("callflows/parts/link.yaml:")


def test_standard_input_without_a_name_is_refused_with_a_place() -> None:
    told = check("-", typed="steps: {}")
    assert told.exit_code == 2
    assert "stdin.yaml:1:1: (flow): a flow lacks the field flow" in told.stdout


def test_editors_are_told_in_json(folder: Path) -> None:
    keyin = folder / "link-keyin.yaml"
    keyin.write_text(keyin.read_text().replace(*NO_WARNING))
    told = check("--format", "json", str(keyin))
    assert told.exit_code == 2
    found = json.loads(told.stdout)["findings"][0]
    assert found["reason"].startswith("a passcode could be taken before the warning")
    assert {name: found[name] for name in ("file", "step", "severity", "kind")} == {
        "file": str(keyin),
        "step": "enter_code",
        "severity": "unsafe",
        "kind": "proof",
    }
    flows = json.loads(check("--format", "json").stdout)["flows"]
    assert {flow["flow"] for flow in flows} >= {"link-readout", "link-keyin"}
    assert all(0 < way["until_answer"] <= 15 for flow in flows for way in flow["ways"])


def test_a_file_that_is_not_there_is_named() -> None:
    told = check("callflows/nothing.yaml")
    assert told.exit_code == 2
    assert "there is no callflows/nothing.yaml" in told.stderr


def test_a_file_that_no_folder_would_read_is_refused_rather_than_found_well(folder: Path) -> None:
    stray = folder / "link-readout.yaml.txt"
    stray.write_text("flow: [")
    told = check(str(stray))
    assert told.exit_code == 2
    assert "is no call flow, part or recording" in told.stderr


def test_a_recording_is_checked_with_the_flows_beside_its_folder(folder: Path) -> None:
    (folder / "audio").mkdir()
    broken = folder / "audio" / "stopped.wav"
    broken.write_bytes(b"RIFF")
    told = check(str(broken))
    assert told.exit_code == 2
    assert told.stdout.startswith(f"{broken}:1:1: (flow): this cannot be played as wav")


def test_without_a_configuration_flows_are_checked_and_no_banks_limits_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVR_CONFIG", str(tmp_path))
    told = check()
    assert told.exit_code == 0
    assert "No bank's limits are looked at" in told.stderr
    assert "longest" not in told.stdout
