from pathlib import Path

from click.testing import CliRunner, Result

from ivr.cli.flow import command


def flow(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(command, list(arguments), input=typed)


def test_a_flow_is_shown_by_its_name_or_its_file() -> None:
    by_name = flow("show", "link-readout")
    assert by_name.exit_code == 0
    assert by_name.output.startswith("flowchart TD")
    assert flow("show", "callflows/link-readout.yaml").output == by_name.output


def test_the_nearest_name_is_suggested() -> None:
    told = flow("show", "link-redout")
    assert told.exit_code == 2
    assert "did you mean link-readout?" in told.output


def test_a_language_that_the_flow_lacks_is_told_with_those_it_has() -> None:
    told = flow("show", "link-readout", "--language", "tlh")
    assert told.exit_code == 2
    assert "choose from ja, en" in told.output


def test_a_bank_that_is_not_configured_is_told_with_those_that_are() -> None:
    told = flow("show", "link-readout", "--bank", "nobody")
    assert told.exit_code == 2
    assert "choose from honnin" in told.output


def test_a_folder_without_flows_is_told(tmp_path: Path) -> None:
    told = flow("show", "link-readout", "--folder", str(tmp_path))
    assert told.exit_code
    assert "no call flow is here" in str(told.exception)
