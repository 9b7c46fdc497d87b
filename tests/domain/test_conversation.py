from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.adapters.flows.files import load_book
from ivr.domain.callflow import (
    Ask,
    CallFlow,
    Collect,
    Mode,
    Pace,
    Purpose,
    Slot,
    Step,
    Target,
    Text,
    Texts,
)
from ivr.domain.conversation import (
    HangUp,
    Happening,
    Listen,
    Position,
    Say,
    again,
    begin,
    enter,
    speaks_passcode,
    turn,
)
from ivr.domain.errors import Impossible
from tests.domain.walks import walk

FLOWS = load_book(Path("callflows")).flows
PASSCODE: Text = (Slot("passcode"),)


def said(*words: str) -> Texts:
    return {"ja": words, "en": tuple(f"en:{word}" for word in words)}


def asks(name: str, on: dict[str, Target], *, say: Texts | None = None, text: Text = ()) -> Step:
    both = {"ja": text, "en": text}
    slowly = said("slow")
    ask = Ask(say=both, slowly=slowly if not text else None, collect=Collect.KEY, wait=10)
    return Step(name=name, say=say, ask=ask, on={"silence": END, "other": END, **on})


END = Target(then="end")
STEPS = (
    asks(
        "greet",
        {
            "1": Target(then="read", consent=True),
            "2": Target(then="end", repeat=2),
            "3": Target(then="end", repeat=1, language="en"),
            "4": Target(then="end", repeat=2, via="hint", pace=Pace.SLOW),
            "8": Target(then="read"),
            "9": Target(then="not_me"),
        },
        say=said("hello"),
    ),
    asks("read", {"9": Target(then="not_me")}, text=PASSCODE),
    Step(name="hint", say=said("hint"), then="greet"),
    Step(name="not_me", say=said("stopped"), not_me=True, then="end"),
    Step(name="end", say=said("bye"), hang_up=True),
    Step(name="decided", say=said("over"), hang_up=True),
)
FLOW = CallFlow(
    name="small",
    release="0",
    mode=Mode.READOUT,
    purposes=(Purpose.LINK,),
    title={},
    voices={"ja": "", "en": ""},
    start="greet",
    steps={step.name: step for step in STEPS},
    decided="decided",
    apology="decided",
)
START = begin(FLOW, "ja", Pace.NORMAL)


def test_a_call_begins_with_the_first_step_and_waits() -> None:
    assert START.instructions == (Say(("hello",)), Listen((), Collect.KEY, 10))
    assert START.position == Position(step="greet", entered="greet", language="ja")
    assert START.happened == ()


def test_a_key_leads_on_and_consent_is_told() -> None:
    taken = turn(FLOW, START.position, "1")
    assert taken.position.step == "read"
    assert taken.position.consented
    assert taken.happened == (Happening.CONSENT_GIVEN, Happening.PASSCODE_SPOKEN)


def test_a_key_that_the_step_does_not_name_counts_as_other() -> None:
    assert turn(FLOW, START.position, "7") == turn(FLOW, START.position, "other")


def test_not_me_is_told_and_the_call_ends() -> None:
    taken = turn(FLOW, START.position, "9")
    assert taken.instructions == (Say(("stopped",)), Say(("bye",)), HangUp())
    assert taken.happened == (Happening.NOT_ME_REPORTED,)
    assert taken.position.over


def test_a_step_repeats_as_often_as_it_says_and_then_goes_on() -> None:
    position = START.position
    for _ in range(2):
        position = turn(FLOW, position, "2").position
        assert position.step == "greet"
    assert turn(FLOW, position, "2").position.step == "end"


def test_repeats_of_a_step_are_counted_together_whatever_the_reason() -> None:
    position = turn(FLOW, turn(FLOW, START.position, "2").position, "4").position
    assert position.counts == {"greet": 2}
    assert turn(FLOW, position, "2").position.step == "end"


def test_a_repeat_may_go_by_way_of_another_step() -> None:
    taken = turn(FLOW, START.position, "4")
    assert taken.instructions[:2] == (Say(("hint",)), Say(("hello",)))
    assert (taken.position.step, taken.position.entered) == ("greet", "hint")


def test_a_slow_pace_stays_and_has_words_of_its_own() -> None:
    slow = turn(FLOW, START.position, "4")
    assert slow.position.pace is Pace.SLOW
    assert slow.instructions[-1] == Listen(("slow",), Collect.KEY, 10)
    assert turn(FLOW, slow.position, "2").position.pace is Pace.SLOW


def test_words_for_the_slow_pace_may_be_left_out() -> None:
    position = msgspec.structs.replace(START.position, pace=Pace.SLOW)
    assert turn(FLOW, position, "1").instructions[-1] == Listen(PASSCODE, Collect.KEY, 10)


def test_a_language_key_changes_the_language_and_is_no_consent() -> None:
    taken = turn(FLOW, START.position, "3")
    assert taken.instructions[0] == Say(("en:hello",))
    assert not taken.position.consented
    assert taken.happened == ()


def test_a_passcode_is_not_spoken_without_consent_whatever_the_flow_says() -> None:
    with pytest.raises(Impossible):
        turn(FLOW, START.position, "8")


def test_a_passcode_is_not_taken_without_consent_whatever_the_flow_says() -> None:
    read = FLOW.steps["read"]
    assert read.ask
    silent = msgspec.structs.replace(read.ask, say=said("key"), collect=Collect.PASSCODE)
    steps = {**FLOW.steps, "read": msgspec.structs.replace(read, ask=silent)}
    flow = msgspec.structs.replace(FLOW, steps=steps)
    with pytest.raises(Impossible):
        turn(flow, START.position, "8")
    assert turn(flow, START.position, "1").happened == (Happening.CONSENT_GIVEN,)


@pytest.mark.parametrize("outcome", ["1", "2", "3", "4", "9", "silence"])
def test_the_same_answer_can_be_given_again(outcome: str) -> None:
    taken = turn(FLOW, START.position, outcome)
    repeated = again(FLOW, taken.position)
    assert repeated.position == taken.position
    assert repeated.instructions == taken.instructions


def test_a_call_can_be_led_elsewhere_from_anywhere() -> None:
    for position in (START.position, turn(FLOW, START.position, "9").position):
        assert enter(FLOW, position, "decided").instructions == (Say(("over",)), HangUp())


def test_no_turn_is_taken_after_the_end() -> None:
    with pytest.raises(Impossible):
        turn(FLOW, turn(FLOW, START.position, "9").position, "1")


def test_no_turn_is_taken_at_a_step_that_the_flow_does_not_have() -> None:
    with pytest.raises(Impossible):
        turn(FLOW, msgspec.structs.replace(START.position, step="gone"), "1")


def test_steps_that_go_round_in_silence_are_a_defect_and_not_a_hang() -> None:
    round_and_round = Step(name="hint", say=said("hint"), then="hint")
    flow = msgspec.structs.replace(FLOW, start="hint", steps={"hint": round_and_round})
    with pytest.raises(Impossible):
        begin(flow, "ja", Pace.NORMAL)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
@settings(deadline=None)
@given(data=st.data())
def test_every_walk_through_a_shipped_flow_is_safe_and_ends(
    flow: CallFlow, data: st.DataObject
) -> None:
    language = data.draw(st.sampled_from(sorted(flow.voices)))
    pace = data.draw(st.sampled_from(Pace))
    turns = walk(flow, language, pace, lambda outcomes: data.draw(st.sampled_from(outcomes)))
    assert len(turns) <= 40
    assert isinstance(turns[-1].instructions[-1], HangUp)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
@pytest.mark.parametrize("pace", Pace)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_nobody_who_says_nothing_hears_or_gives_a_passcode(
    flow: CallFlow, pace: Pace, language: str
) -> None:
    turns = walk(flow, language, pace, lambda _: "silence")
    instructions = [each for taken in turns for each in taken.instructions]
    assert not any(map(speaks_passcode, instructions))
    assert len(turns) == 4


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if flow.mode is Mode.READOUT])
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(("pace", "times"), [(Pace.NORMAL, 2), (Pace.SLOW, 3)])
def test_a_reading_says_the_passcode_twice_and_slowly_three_times(
    flow: CallFlow, language: str, pace: Pace, times: int
) -> None:
    keys = iter(["1", "9", "done"])
    turns = walk(flow, language, pace, lambda _: next(keys))
    listen = turns[1].instructions[-1]
    assert isinstance(listen, Listen)
    assert sum(isinstance(part, Slot) and part.name == "passcode" for part in listen.text) == times
