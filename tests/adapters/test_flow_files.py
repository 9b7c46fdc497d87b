import shutil
import time
from pathlib import Path

import pytest

from ivr.adapters.flows.characters import MAX_BYTES
from ivr.adapters.flows.compiler import compile_flows
from ivr.adapters.flows.faults import Faults
from ivr.adapters.flows.files import FlowFiles, load_book
from ivr.domain.callflow import Mode, Purpose
from ivr.domain.errors import FlowFault
from ivr.domain.reading import LANGUAGES

SHIPPED = Path("callflows")
GOOD = Path("tests/callflows/good/plain.yaml").read_text()
PART = """
part: ends
steps:
  closed:
    say: {ja: お手続きは終わりました。失礼いたします。}
    hang_up: true
"""


def named(text: str, name: str) -> str:
    return text.replace("flow: plain", f"flow: {name}")


def faults_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(FlowFault) as caught:
        load_book(folder)
    return caught.value.faults


def only_fault_of(folder: Path) -> str:
    (fault,) = faults_of(folder)
    return fault.removeprefix(f"{folder}/")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plain.yaml").write_text(GOOD)
    return tmp_path


@pytest.fixture
def split(tmp_path: Path) -> Path:
    """A flow with one of its steps in a part."""
    start, end = GOOD.index("  closed:"), GOOD.index("  sorry:")
    flow = (GOOD[:start] + GOOD[end:]).replace("start:", "include: [parts/ends.yaml]\nstart:")
    (tmp_path / "plain.yaml").write_text(flow)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "ends.yaml").write_text(PART)
    return tmp_path


def test_the_shipped_flows_are_found_by_mode_and_purpose_and_by_release() -> None:
    book = load_book(SHIPPED)
    for mode, name in ((Mode.READOUT, "link-readout"), (Mode.KEYIN, "link-keyin")):
        flow = book.find(mode, Purpose.LINK)
        assert flow
        assert flow.name == name
        assert flow.voices.keys() == LANGUAGES
        assert book.get(flow.release, mode, Purpose.LINK) is flow
    assert book.find(Mode.KEYIN, Purpose.CHANGE) is None
    assert book.get("000000000000", Mode.READOUT, Purpose.LINK) is None


def test_the_shipped_flows_load_in_a_moment() -> None:
    """A twentieth of a second where nobody else is at work."""
    load_book(SHIPPED)
    begun = time.process_time()
    load_book(SHIPPED)
    assert time.process_time() - begun < 3


def test_all_flows_of_a_folder_name_its_release() -> None:
    book = load_book(SHIPPED)
    assert {flow.release for flow in book.flows} == {book.release}
    assert len(book.release) == 12
    assert int(book.release, 16)


def test_a_release_is_named_by_its_files_wherever_they_lie(
    split: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    release = load_book(split).release
    copy = tmp_path_factory.mktemp("copy") / "flows"
    shutil.copytree(split, copy)
    assert load_book(copy).release == release
    (copy / "parts" / "ends.yaml").write_text(PART.replace("失礼いたします", "さようなら"))
    assert load_book(copy).release != release


def test_line_ends_of_windows_are_taken(folder: Path) -> None:
    (folder / "plain.yaml").write_bytes(GOOD.replace("\n", "\r\n").encode())
    assert load_book(folder).flows


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbf" + GOOD.encode(), "1:1: (flow): the file begins with a byte order mark"),
        (GOOD.encode("utf-16"), "1:1: (flow): the file begins with UTF-16"),
        (GOOD.encode("shift_jis"), "3:13: (flow): the byte 0x"),
        (GOOD.encode("euc_jp"), "3:13: (flow): the byte 0x"),
        (GOOD.encode() + b"\x00", "58:1: (flow): the unseen character U+0000"),
        (GOOD.encode() + b"# \x1b[2J", "58:3: (flow): the unseen character U+001B"),
        (GOOD.encode() + "# \u202e".encode(), "58:3: (flow): the unseen character U+202E"),
        (b"#" * (MAX_BYTES + 1), "1:1: (flow): the file has 262145 bytes"),
        (b"", "1:1: (flow): the file is not a table of fields"),
        (
            b'flow: "\\ud800"\nb: ' + b"[" * 200_000,
            "1:10: (flow): this is not YAML: while parsing a quoted scalar found invalid",
        ),
        (
            b'flow: "\\UFFFFFFFF"',
            "1:10: (flow): this is not YAML: while parsing a quoted scalar found invalid",
        ),
        (
            b'flow: "\\ud800"',
            "1:10: (flow): this is not YAML: while parsing a quoted scalar found invalid",
        ),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(
    folder: Path, data: bytes, expected: str
) -> None:
    (folder / "plain.yaml").write_bytes(data)
    prefix = f"{folder}/plain.yaml:{expected}"
    assert any(fault.startswith(prefix) for fault in faults_of(folder))


def test_faults_of_all_files_are_told_at_once(folder: Path) -> None:
    (folder / "first.yaml").write_text("[")
    (folder / "second.yaml").write_text("a: *b")
    assert {fault.removeprefix(f"{folder}/").split(":")[0] for fault in faults_of(folder)} == {
        "first.yaml",
        "second.yaml",
    }


def test_what_is_unsafe_comes_first(folder: Path) -> None:
    unsafe = GOOD.replace("    warning: true\n", "").replace("wait: 10s", "wait: 99s")
    late = unsafe.replace("wait: 99s", "wait: 9s").replace("ja: ご不安", "xx: ご不安")
    (folder / "plain.yaml").write_text(late)
    first, *others = faults_of(folder)
    assert "before the warning was given" in first
    assert others


def test_two_flows_for_one_use_are_refused(folder: Path) -> None:
    (folder / "rival.yaml").write_text(named(GOOD, "rival"))
    assert "plain is for link in readout already" in only_fault_of(folder)


def test_a_part_is_included(split: Path) -> None:
    (flow,) = load_book(split).flows
    assert flow.steps["closed"].hang_up


def test_a_step_of_a_part_that_no_flow_reaches_is_refused(split: Path) -> None:
    spare = PART + "  spare: {say: {ja: だれも聞きません。}, hang_up: true}\n"
    (split / "parts" / "ends.yaml").write_text(spare)
    expected = "parts/ends.yaml:7:3: spare: no flow reaches this step"
    assert only_fault_of(split).startswith(expected)


def test_a_fault_in_a_part_is_told_once_for_all_its_flows(split: Path) -> None:
    flow = (split / "plain.yaml").read_text()
    (split / "other.yaml").write_text(named(flow, "other").replace("link", "reverify"))
    (split / "parts" / "ends.yaml").write_text(PART.replace("hang_up", "hangup"))
    assert {fault.removeprefix(f"{split}/").split(":")[0] for fault in faults_of(split)} == {
        "parts/ends.yaml"
    }


def test_a_step_both_in_a_flow_and_in_its_part_is_refused(split: Path) -> None:
    flow = (split / "plain.yaml").read_text() + PART.partition("steps:\n")[2]
    (split / "plain.yaml").write_text(flow)
    assert "closed: parts/ends.yaml has a step closed as well" in only_fault_of(split)


def test_a_part_is_named_like_its_file(split: Path) -> None:
    (split / "parts" / "ends.yaml").write_text(PART.replace("part: ends", "part: end"))
    assert "part is 'end', but the file is called ends" in only_fault_of(split)


def test_a_part_may_speak_more_languages_than_its_flow(split: Path) -> None:
    more = PART.replace("失礼いたします。}", "失礼いたします。, en: Goodbye.}")
    (split / "parts" / "ends.yaml").write_text(more)
    assert len(load_book(split).flows) == 1


def test_a_part_includes_nothing(split: Path) -> None:
    (split / "parts" / "ends.yaml").write_text("include: [ends.yaml]\n" + PART.lstrip())
    assert "a part has no field 'include'" in only_fault_of(split)


def test_a_folder_too_large_to_be_handed_on_is_refused(folder: Path) -> None:
    for number in range(140):
        (folder / f"long{number}.yaml").write_bytes(b"#" * MAX_BYTES)
    assert any("bytes together, more than 33554432" in fault for fault in faults_of(folder))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert "no call flow is here" in faults_of(tmp_path)[0]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "the folder cannot be read" in faults_of(tmp_path / "nowhere")[0]


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    for number in range(201):
        (tmp_path / f"flow{number}.yaml").touch()
    assert "201 files are more than 200" in faults_of(tmp_path)[0]


def test_many_faults_are_counted(folder: Path) -> None:
    (folder / "plain.yaml").write_text("".join(f"field{number}: 1\n" for number in range(300)))
    faults = faults_of(folder)
    assert len(faults) == 101
    assert faults[-1] == "and 209 more faults"


def test_a_book_may_be_empty_in_a_test() -> None:
    assert FlowFiles("000000000000", ()).find(Mode.READOUT, Purpose.LINK) is None


def test_a_part_that_leads_nowhere_is_told_once_by_all_the_flows_that_include_it() -> None:
    flow = Path("tests/callflows/good/inbound.yaml").read_text()
    part = "part: ends\nsteps:\n  gone: {say: {ja: では。}, then: nowhere}\n"
    faults = Faults()
    sources = {"parts/ends.yaml": part.encode()}
    for name in ("one", "two"):
        text = flow.replace("flow: inbound", f"flow: {name}").replace(
            "silence: {repeat: 2, then: at_desk}", "silence: gone"
        )
        sources[f"{name}.yaml"] = text.replace(
            "start: greet", "start: greet\ninclude: [parts/ends.yaml]"
        ).encode()
    compile_flows(sources, faults)
    (told,) = faults.written()
    assert told.startswith("parts/ends.yaml:3:")


def test_each_fault_is_one_line_whatever_it_quotes() -> None:
    plain = Path("tests/callflows/good/plain.yaml").read_text()
    forged = '"はい{bank\\nplain.yaml:1:1: (flow): all is well}"'
    faults = Faults()
    compile_flows(
        {"plain.yaml": plain.replace("お申し込みを止めました。", forged).encode()}, faults
    )
    (line,) = faults.written()
    assert line.startswith(
        "plain.yaml:43:15: not_me: there is no placeholder {bank plain.yaml:1:1:"
    )


def test_an_end_that_goes_on_in_a_part_is_followed_there() -> None:
    plain = GOOD.replace("voices:", "include: [parts/ends.yaml]\nvoices:").replace(
        "decided: closed", "decided: over"
    )
    part = "part: ends\nsteps:\n  over: {say: {ja: はい。}, then: more}\n"
    part += "  more: {say: {ja: はい。}, then: nowhere}\n"
    faults = Faults()
    compile_flows({"plain.yaml": plain.encode(), "parts/ends.yaml": part.encode()}, faults)
    assert any("'then' leads to nowhere" in line for line in faults.written())
