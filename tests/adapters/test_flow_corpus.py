from pathlib import Path

import pytest

from ivr.adapters.flows.compiler import compile_flows
from ivr.adapters.flows.faults import Faults

CORPUS = Path("tests/callflows")
BROKEN = sorted((CORPUS / "broken").glob("*.yaml"))
GOOD = sorted((CORPUS / "good").glob("*.yaml"))
REFUSED = "# refused: "


def faults_of(file: Path) -> list[str]:
    faults = Faults()
    compile_flows({str(file): file.read_bytes()}, faults)
    return [line.removeprefix(f"{file}:") for line in faults.written()]


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_flow_is_refused_with_exactly_the_faults_at_its_head(file: Path) -> None:
    head = [line for line in file.read_text().splitlines() if line.startswith(REFUSED)]
    assert head, "a broken flow says at its head why it is refused"
    assert faults_of(file) == [line.removeprefix(REFUSED) for line in head]


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)
def test_an_odd_but_good_flow_is_accepted(file: Path) -> None:
    assert faults_of(file) == []


def test_the_corpus_is_not_lost() -> None:
    assert len(BROKEN) >= 110
    assert len(GOOD) >= 25
