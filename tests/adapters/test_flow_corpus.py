from pathlib import Path

import pytest
import yaml

from ivr.adapters.flows import yaml as flow_yaml
from ivr.adapters.flows.compiler import compile_flows
from ivr.adapters.flows.faults import Faults
from ivr.adapters.flows.files import inspect_files, read_folder
from ivr.adapters.flows.times import NOBODY

CORPUS = Path("tests/callflows")
BROKEN = sorted((CORPUS / "broken").glob("*.yaml"))
GOOD = sorted((CORPUS / "good").glob("*.yaml"))
POOR = sorted((CORPUS / "poor").glob("*.yaml"))
REFUSED = "# refused: "
WARNED = "# warned: "


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


@pytest.mark.parametrize("file", POOR, ids=lambda file: file.stem)
def test_a_poor_flow_is_accepted_with_exactly_the_warnings_at_its_head(file: Path) -> None:
    head = [line for line in file.read_text().splitlines() if line.startswith(WARNED)]
    assert head, "a poor flow says at its head what is told of it"
    faults = Faults()
    compile_flows({str(file): file.read_bytes()}, faults)
    assert not faults
    told = [str(warning).removeprefix(f"{file}:") for warning in faults.warnings()]
    assert told == [line.removeprefix(WARNED) for line in head]


def test_of_what_ships_nothing_is_poor() -> None:
    faults = Faults()
    folder = Path("callflows")
    inspect_files(read_folder(folder), folder, NOBODY, faults)
    assert (faults.in_order(), faults.warnings()) == ([], [])


def test_the_corpus_is_not_lost() -> None:
    assert len(POOR) >= 8
    assert len(BROKEN) >= 110
    assert len(GOOD) >= 25


OUTSIDE_THE_BASIC_PLANE = "# 𠮷\nname: '𠮷' # 野\nlast: 𠮷 # x\nwords: |\n  𠮷\n\n  野\n".encode()
WRITTEN = [*GOOD, *POOR, *Path("callflows").glob("**/*.yaml")]


@pytest.mark.parametrize(
    "data", [OUTSIDE_THE_BASIC_PLANE, *(file.read_bytes() for file in WRITTEN)]
)
def test_libyaml_reads_what_the_librarys_own_reader_reads_at_the_same_places(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = Faults()
    read = flow_yaml.read_yaml("x.yaml", data, faults)
    monkeypatch.setattr(flow_yaml, "_READER", yaml.SafeLoader)
    assert flow_yaml.read_yaml("x.yaml", data, faults) == read is not None
    assert not faults
