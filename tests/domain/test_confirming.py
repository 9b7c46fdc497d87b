"""What the engine itself refuses of a flow that would confirm: nothing here went through the checker."""

import pytest
from msgspec.structs import replace

from ivr.domain.callflow import (
    KEY_ONLY,
    OTHER,
    SILENCE,
    WITH_PASSCODE,
    Ask,
    CallFlow,
    Collect,
    Mode,
    Pace,
    Purpose,
    Slot,
    Step,
    Target,
)
from ivr.domain.conversation import Happening, Turn, again, begin, turn
from ivr.domain.errors import Impossible


def flow_of(mode: Mode, collect: Collect = Collect.KEY, start: str = "greet") -> CallFlow:
    steps = (
        Step(
            name="greet",
            say={"ja": (Slot("bank"), Slot("wallet"), Slot("purpose"))},
            ask=Ask(say={"ja": ("1か9",)}, collect=collect, wait=10),
            on={
                "1": Target(then="confirmed", consent=True),
                "2": Target(then="confirmed"),
                "3": Target(then="bye", repeat=1, via="confirmed"),
                "4": Target(then="bye", consent=True),
                "9": Target(then="bye"),
                SILENCE: Target(then="confirmed"),
                OTHER: Target(then="greet"),
            },
        ),
        Step(name="confirmed", say={"ja": ("済み",)}, confirmed=True, then="bye"),
        Step(name="bye", say={"ja": ("失礼いたします。",)}, hang_up=True),
    )
    return CallFlow(
        name="small",
        release="0",
        mode=mode,
        purposes=(Purpose.LINK,),
        title={},
        voices={"ja": ""},
        start=start,
        steps={step.name: step for step in steps},
        decided="bye",
        apology="bye",
    )


def asked(flow: CallFlow) -> Turn:
    return begin(flow, "ja", Pace.NORMAL)


@pytest.mark.parametrize("mode", sorted(KEY_ONLY))
def test_the_consent_key_confirms(mode: Mode) -> None:
    flow = flow_of(mode)
    taken = turn(flow, asked(flow).position, "1")
    assert taken.happened == (Happening.CONSENT_GIVEN, Happening.CONFIRMED)
    assert again(flow, taken.position).instructions == taken.instructions


@pytest.mark.parametrize("mode", sorted(KEY_ONLY))
@pytest.mark.parametrize("outcome", ["2", "3", SILENCE])
def test_nothing_else_does_not_even_after_consent(mode: Mode, outcome: str) -> None:
    flow = flow_of(mode)
    position = asked(flow).position
    for each in (position, replace(position, consented=True)):
        with pytest.raises(Impossible):
            turn(flow, each, outcome)


@pytest.mark.parametrize("mode", sorted({Mode.INBOUND, *WITH_PASSCODE}))
def test_no_key_confirms_where_a_passcode_is_needed_or_nothing_is_asked(mode: Mode) -> None:
    flow = flow_of(mode)
    with pytest.raises(Impossible):
        turn(flow, asked(flow).position, "1")


def test_a_call_does_not_begin_with_what_confirms() -> None:
    with pytest.raises(Impossible):
        asked(flow_of(Mode.NOTICE, start="confirmed"))


@pytest.mark.parametrize("mode", sorted(set(Mode) - WITH_PASSCODE))
def test_no_passcode_is_taken_where_there_is_none_even_after_consent(mode: Mode) -> None:
    with pytest.raises(Impossible):
        asked(flow_of(mode, Collect.PASSCODE))
    flow = flow_of(mode)
    greet = replace(
        flow.steps["greet"],
        on={
            **flow.steps["greet"].on,
            "4": Target(then="code", consent=True),
        },
    )
    code = replace(
        flow.steps["greet"],
        name="code",
        ask=Ask(say={"ja": ("番号を",)}, collect=Collect.PASSCODE, wait=10),
    )
    flow = replace(flow, steps={**flow.steps, "greet": greet, "code": code})
    with pytest.raises(Impossible):
        turn(flow, asked(flow).position, "4")
