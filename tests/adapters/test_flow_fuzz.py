import random
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ivr.adapters.flows.characters import MAX_BYTES
from ivr.adapters.flows.compiler import compile_flows
from ivr.adapters.flows.faults import Faults
from ivr.adapters.flows.times import Served
from ivr.domain.callflow import Pace
from ivr.settings import read_files
from tests.domain.walks import walk

GOOD = Path("tests/callflows/good/plain.yaml").read_text()
LINES = GOOD.splitlines(keepends=True)
SNIPPETS = st.sampled_from(
    [
        *("{", "}", "[", "]", ":", "- ", "&a ", "*a", "!!int ", "|\n", ">\n", "? ", "\n", " "),
        *("#", '"', "'", "\\", "---\n", "...\n", "%YAML 1.1\n", "<<: ", "no", "1", "~"),
        *("ja: ", "on:", "{passcode}"),
    ]
)
LIMIT = 20.0
"""Seconds of CPU; the largest file that is read at all takes about one where nobody else is at work. What grows
faster than the file takes minutes."""


def load(data: bytes) -> bool:
    """Load a flow within bounded time; tell whether it was accepted, and walk it if so."""
    begun = time.process_time()
    faults = Faults()
    flows = compile_flows({"plain.yaml": data}, faults)
    assert time.process_time() - begun < LIMIT
    assert flows or faults
    assert all(str(fault).startswith("plain.yaml:") for fault in faults.in_order())
    for flow in flows if not faults else ():
        walk(flow, "ja", Pace.NORMAL, min)
    return not faults


@settings(deadline=None)  # LIMIT is the bound
@given(st.binary(max_size=400))
@example(b"\xff\xfe\x00\x00")
@example(b'flow: "\\ud800"')
@example(b'"\\UFFFFFFFF"')
@example(b"%YAML 99999999999999999999.1\n---\na: b")
def test_any_bytes_are_refused_and_never_crash(data: bytes) -> None:
    assert not load(data)


@settings(deadline=None)  # LIMIT is the bound
@given(st.text(max_size=400))
@example("steps: {greet: {say: {ja: '\x85'}}}")
def test_any_text_is_refused_and_never_crashes(text: str) -> None:
    assert not load(text.encode("utf-8", "surrogatepass"))


@settings(deadline=None)  # LIMIT is the bound
@given(st.integers(0, len(GOOD)), SNIPPETS, st.integers(0, 3))
def test_a_flow_with_something_put_in_is_refused_or_safe(
    place: int, snippet: str, dropped: int
) -> None:
    load((GOOD[:place] + snippet + GOOD[place + dropped :]).encode())


@settings(deadline=None)  # LIMIT is the bound
@given(st.lists(st.sampled_from(LINES), max_size=80))
def test_lines_of_a_flow_in_any_order_are_refused_or_safe(lines: list[str]) -> None:
    load("".join(lines).encode())


@pytest.mark.parametrize(
    "piece",
    [
        *("[", "{", "a,", "- ", "? ", "a: ", "a:\n ", "---\n", "! ", "&a ", "%YAML 1.1\n", "#\n"),
        *("1_", "'", '"\\n', "\n", " ", "k: v\n", "あ", "{bank}", "{bnk}", "ab: [", "- - -\n"),
    ],
)
@pytest.mark.parametrize("head", ["", "[", "a: ", 'a: "', "steps:\n a:\n  say:\n   ja: "])
def test_a_file_of_the_largest_size_is_refused_in_time(head: str, piece: str) -> None:
    data = (head + piece * MAX_BYTES).encode()[: MAX_BYTES - 3]
    assert not load(data.decode(errors="ignore").encode())


@pytest.mark.parametrize("count", [10, 100, 1000])
def test_the_time_to_check_grows_with_the_steps_and_no_faster(count: int) -> None:
    questions = "".join(
        f"""
  q{number}:
    ask:
      say: {{ja: 問い{number}。}}
      keys: one
    on: {{"1": q{number + 1}, "9": not_me, silence: bye, other: bye}}
"""
        for number in range(count)
    )
    last = f"  q{count}: {{say: {{ja: 終わり。}}, hang_up: true}}\n"
    text = GOOD.replace("silence: {repeat: 2, then: bye}", "silence: {repeat: 2, then: q0}", 1)
    begun = time.process_time()
    assert load((text + questions + last).encode())
    assert (
        time.process_time() - begun < 0.5 + count * 0.01
    )  # about a fifth of it where nobody else is at work


def tangled(kind: str) -> str:
    """Make a flow of nearly the largest size whose ways are made to be hard to follow."""
    chance = random.Random(1)  # noqa: S311 - the same flow each time
    count = {"random": 1600, "back": 1600, "repeats": 1300, "chain": 4200, "all keys": 900}[kind]

    def anywhere() -> str:
        return f"q{chance.randrange(count)}"

    def ways(number: int) -> str:
        match kind:
            case "random":
                return f'"1": {anywhere()}, "2": {anywhere()}, silence: {anywhere()}'
            case "back":
                return f'"1": q{(number + 1) % count}, "2": q0, silence: q{max(number - 1, 0)}'
            case "repeats":
                onward = f"q{number + 1}" if number + 1 < count else "bye"
                return f'"1": {{repeat: 2, via: {anywhere()}, then: {onward}}}, silence: bye'
            case _:
                return ", ".join(f'"{key}": {anywhere()}' for key in "012345678") + ", silence: bye"

    steps = [
        f"  q{number}: {{say: {{ja: あ}}, then: q{(number + 1) % count}}}\n"
        if kind == "chain"
        else f"  q{number}: {{ask: {{say: {{ja: あ}}, keys: one}}, "
        f'on: {{{ways(number)}, "9": not_me, other: bye}}}}\n'
        for number in range(count)
    ]
    text = GOOD.replace("silence: {repeat: 2, then: bye}", "silence: {repeat: 2, then: q0}", 1)
    return text + "".join(steps)


@pytest.mark.parametrize("kind", ["random", "back", "repeats", "chain", "all keys"])
@pytest.mark.parametrize("mode", ["readout", "inbound"])
def test_a_tangle_of_the_largest_size_is_refused_in_time(mode: str, kind: str) -> None:
    text = tangled(kind).replace("mode: readout", f"mode: {mode}")
    if mode == "inbound":
        text = text.replace("purpose: link\n", "").replace("{consent: warn}", "warn")
    files = read_files(Path("config"), [])
    served = Served(banks=files.banks, wallets=files.wallets)
    begun = time.process_time()
    faults = Faults()
    compile_flows({"plain.yaml": text.encode()}, faults, served)
    assert time.process_time() - begun < LIMIT
    assert faults
