"""How long a flow can take, and what a bank's limits say of it."""

import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ivr.adapters.flows.compiler import compile_flows
from ivr.adapters.flows.faults import Faults
from ivr.adapters.flows.files import load_book
from ivr.adapters.flows.longest import longest_call
from ivr.adapters.flows.times import Served
from ivr.domain.callflow import CLOSED, Ask, CallFlow, Collect, Pace, Step, Target
from ivr.domain.conversation import begin, turn
from ivr.domain.routes import endless_loops
from ivr.settings import read_files
from tests.domain.walks import outcomes_at

SHIPPED = Path("callflows")
SHIPPED_FLOWS = load_book(SHIPPED).flows
PLAIN = Path("tests/callflows/good/plain.yaml")
FILES = read_files(Path("config"), [])
SECONDS = 10.0
"""How long every step of a made-up flow takes."""


def served(**limits: int) -> Served:
    banks = {
        name: replace(bank, limits=replace(bank.limits, **limits))
        for name, bank in FILES.banks.items()
    }
    return Served(banks=banks, wallets=FILES.wallets)


def faults_of(text: str, **limits: int) -> list[str]:
    faults = Faults()
    compile_flows({"plain.yaml": text.encode()}, faults, served(**limits))
    return [str(fault) for fault in faults.in_order()]


def test_the_shipped_flows_keep_the_limits_of_the_shipped_configuration() -> None:
    load_book(SHIPPED, served())


def test_a_preamble_that_is_too_long_names_its_language_pace_and_seconds() -> None:
    long = PLAIN.read_text().replace(
        "こちらは", "お忙しいところ、まことに恐れ入ります。" * 3 + "こちらは"
    )
    (fault,) = faults_of(long, preamble=12)
    place, _, told = fault.partition(": ")
    assert place.startswith("plain.yaml:")
    assert told.startswith("greet: at honnin, ")
    assert "are spoken in ja at the slow pace before this question can be answered" in told
    assert told.endswith("say less before it, or raise preamble in config/limits.toml")
    assert faults_of(long, preamble=60) == []


def test_a_call_that_is_too_long_names_the_way_and_its_seconds() -> None:
    (fault,) = faults_of(PLAIN.read_text(), call_time_limit=120)
    assert "at honnin, a call can take " in fault
    assert "more than call_time_limit (120 s)" in fault
    assert "greet ×3 → " in fault
    assert faults_of(PLAIN.read_text(), call_time_limit=900) == []


def test_a_turn_that_is_too_long_names_where_it_begins_and_its_seconds() -> None:
    wordy = PLAIN.read_text().replace(
        "こちらは", "お忙しいところ、恐れ入ります。" * 20 + "こちらは"
    )
    (fault,) = faults_of(wordy, turn_time_limit=60, preamble=600)
    assert " greet: at honnin, " in fault
    assert "s can go by from here until a key or the end" in fault
    assert "more than turn_time_limit (60 s)" in fault
    assert faults_of(wordy, preamble=600) == []


@pytest.mark.parametrize("flow", SHIPPED_FLOWS, ids=lambda flow: flow.name)
def test_no_walk_of_a_shipped_flow_is_longer_than_the_bound(flow: CallFlow) -> None:
    chance = random.Random(7)  # noqa: S311 - the same walks each time
    weights = {name: chance.uniform(1, 60) for name in flow.steps}
    bound = bound_of(flow, weights)
    reached = max(walked(flow, weights, chance) for _ in range(3000))
    assert bound * 0.5 < reached <= bound + 1e-6


def test_a_flow_must_speak_the_own_language_of_each_bank_that_follows_it() -> None:
    english = Path("tests/callflows/good/english-only.yaml").read_text()
    (fault,) = faults_of(english.replace("flow: english-only", "flow: plain"))
    assert "at honnin, whose own language is ja, requests would be refused; add a voice" in fault


def test_a_turn_counts_what_is_said_while_the_desk_is_closed() -> None:
    through = Path("tests/callflows/good/transfer-after-not-me.yaml").read_text()
    through = through.replace("flow: transfer-after-not-me", "flow: plain")
    said = "お知らせくださり、まことに、ありがとうございます。" * 6
    long = through.replace("ja: お申し込みを止", f"ja: {said}お申し込みを止")
    long = long.replace("ja: ご不安", f"ja: {said}ご不安")
    assert long.count(said) == 2
    assert faults_of(long, turn_time_limit=90) == []
    (fault,) = faults_of(long, turn_time_limit=60)  # either of the two alone is far below it
    assert "not_me: at honnin, 82 s can go by from here" in fault


def test_more_than_anybody_writes_is_refused_before_it_is_walked() -> None:
    more = "".join(f"  s{each}: {{say: {{ja: あ}}, then: s{each + 1}}}\n" for each in range(3000))
    (fault,) = faults_of(PLAIN.read_text().replace("then: read", "then: s0", 1) + more)
    assert "the flow has 3007 steps with its parts, more than 1024" in fault
    faults = Faults()
    lone = b"#" + b" " * 200_000
    compile_flows({f"parts/{each}.yaml": lone for each in "abc"}, faults)
    (told,) = faults.written()
    assert told.startswith(
        "parts/a.yaml:1:1: (flow): the flows and parts have 600003 bytes together"
    )


NAMES = [f"s{number}" for number in range(6)]
targets = st.builds(
    lambda then, repeat, via: Target(then=then, repeat=repeat, via=via if repeat else None),
    st.sampled_from(NAMES),
    st.none() | st.integers(1, 3),
    st.none() | st.sampled_from(NAMES),
)
asking = st.builds(
    lambda on: {"on": on, "ask": Ask(say={"ja": ("?",)}, collect=Collect.KEY, wait=3)},
    st.fixed_dictionaries({"silence": targets, "other": targets}, optional={"1": targets}),
)
going_on = st.builds(lambda then: {"then": then}, st.sampled_from(NAMES))
ending = st.just({"hang_up": True})


@settings(deadline=None, max_examples=400)
@given(st.lists(asking | going_on | ending, min_size=6, max_size=6), st.randoms())
def test_no_walk_of_any_flow_is_longer_than_the_bound(
    parts: list[dict[str, object]], chance: random.Random
) -> None:
    steps = {name: Step(name=name, **part) for name, part in zip(NAMES, parts, strict=True)}  # type: ignore[arg-type]
    steps["end"] = Step(name="end", say={"ja": ("!",)}, hang_up=True)
    if any(True for _ in endless_loops(steps)):
        return
    flow = replace(SHIPPED_FLOWS[0], start="s0", steps=steps, decided="end")
    weights = {name: chance.uniform(0, 60) for name in steps}
    bound = bound_of(flow, weights)
    for _ in range(40):
        assert walked(flow, weights, chance) <= bound + 1e-6


def bound_of(flow: CallFlow, weights: Mapping[str, float]) -> float:
    def weight(step: Step) -> float:
        return weights[step.name]

    return longest_call(flow.steps, flow.start, flow.decided, weight, weight).seconds


def walked(flow: CallFlow, weights: Mapping[str, float], chance: random.Random) -> float:
    """Walk at random by the engine, every step that is entered counted; return the seconds."""
    seconds = 0.0
    is_open = chance.random() < 0.5
    taken = begin(flow, "ja", Pace.NORMAL, is_desk_open=is_open)
    while True:
        name = taken.position.entered
        seconds += weights[name]
        while name != taken.position.step:
            step = flow.steps[name]
            name = step.on[CLOSED].then if step.transfer else step.then or ""
            seconds += weights[name]
        if taken.position.over:
            return seconds
        outcome = chance.choice(outcomes_at(flow, taken.position))
        taken = turn(flow, taken.position, outcome, is_desk_open=is_open)
