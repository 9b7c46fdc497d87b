import re
from pathlib import Path

from click.testing import CliRunner, Result

from ivr.cli.flow import command


def flow(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(command, list(arguments), input=typed)


def test_a_flow_is_shown_by_its_name_or_its_file() -> None:
    by_name = flow("show", "link-readout", "--format", "mermaid")
    assert by_name.exit_code == 0
    assert by_name.output.startswith("flowchart TD")
    by_file = flow("show", "callflows/link-readout.yaml", "--format", "mermaid")
    assert by_file.output == by_name.output


def test_the_ways_are_told_with_their_seconds() -> None:
    told = flow("show", "link-readout", "--language", "en")
    assert told.exit_code == 0
    assert re.search(r"^ +\d+\.\d  to the first digit$", told.output, re.MULTILINE)
    assert re.search(
        r"^ +\d+\.\d  9 +greet → not_me → put_through → desk  \(not me\)$",
        told.output,
        re.MULTILINE,
    )


def test_a_picture_is_written_to_a_file(tmp_path: Path) -> None:
    for form in ("svg", "png"):
        file = tmp_path / f"flow.{form}"
        assert flow("show", "link-keyin", "--format", form, "-o", str(file)).exit_code == 0
        assert file.stat().st_size > 10_000


def test_a_png_is_not_written_to_the_terminal() -> None:
    told = flow("show", "link-readout", "--format", "png")
    assert told.exit_code == 2
    assert "name a file with -o" in told.output


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
