import pytest

from ivr.simulator.network.behaviours import (
    AnyBehaviour,
    HangUpMidPrompt,
    Screening,
    Script,
    Step,
    Voicemail,
)
from ivr.simulator.network.events import Ended, Recorded, Speech
from tests.simulator.opening import ASKS, DOCUMENT, OPENING, world
from tests.simulator.world import (
    World,
    heard,
    kinds,
    response,
    say,
    times,
)


def recorded(world: World) -> str:
    call = world.call(DOCUMENT)
    (tape,) = [event.text for event in call.events if isinstance(event, Recorded)]
    return tape


def test_voicemail_records_what_is_said_after_the_beep_and_presses_nothing() -> None:
    here = world(Voicemail(answer_after=6, greeting_seconds=5, longest=20))
    call = here.call(DOCUMENT)
    assert kinds(call)[:4] == ["rings", "answers", "greets", "hears"]
    assert "presses" not in kinds(call)
    tape = next(event.text for event in call.events if isinstance(event, Recorded))
    assert tape
    assert tape.endswith(ASKS)
    assert not tape.startswith("こちらは")


def test_voicemail_that_is_left_before_the_beep_has_recorded_nothing() -> None:
    call = world(Voicemail(greeting_seconds=9)).call(response(say("短い。")))
    assert "beeps" not in kinds(call)
    assert "records" not in kinds(call)


def test_voicemail_hangs_up_when_its_tape_is_full() -> None:
    here = world(Voicemail(greeting_seconds=2, longest=10))
    call = here.call(response('<Say loop="0">hello there.</Say>'))
    assert call.seconds == 12
    assert kinds(call)[-2:] == ["records", "ends"]


def test_screening_records_the_opening_and_puts_nobody_through() -> None:
    tape = recorded(world(Screening(asks_seconds=2, listens=3)))
    assert tape
    assert tape in OPENING
    call = world(Screening(asks_seconds=2, listens=3)).call(DOCUMENT)
    assert call.seconds == 5
    assert kinds(call)[-2:] == ["records", "ends"]


def test_screening_may_put_the_call_through_to_a_person() -> None:
    steps = (Step(question=True, press="1"),)
    here = world(Screening(asks_seconds=1, listens=2, forwards=True, steps=steps))
    call = here.call(DOCUMENT)
    assert here.asked("/keys")[0].form["Digits"] == "1"
    assert kinds(call).index("forwards") < kinds(call).index("presses")
    assert heard(call)[-1] == "はい。"


def test_somebody_may_hang_up_in_the_middle_of_the_first_sentence() -> None:
    call = world(HangUpMidPrompt(after=2)).call(DOCUMENT)
    assert (call.seconds, heard(call)) == (2, [OPENING])
    short = world(HangUpMidPrompt(after=60)).call(DOCUMENT)
    (speech,) = [event for event in short.events if isinstance(event, Speech)]
    assert times(short, Ended) == [pytest.approx(speech.seconds / 2, abs=0.1)]


@pytest.mark.parametrize(
    ("behaviour", "detection", "found", "silence"),
    [
        (Script(), "Enable", "human", 3.0),
        (Voicemail(greeting_seconds=8), "Enable", "machine_start", 4.0),
        (Voicemail(greeting_seconds=8), "DetectMessageEnd", "machine_end_beep", 8.5),
        (Screening(), "Enable", "unknown", 4.0),
        (Script(), "", None, 0.0),
    ],
)
def test_machine_detection_takes_time_and_tells_the_hook(
    behaviour: AnyBehaviour, detection: str, found: str | None, silence: float
) -> None:
    here = world(behaviour)
    call = here.call(DOCUMENT, detection=detection)
    assert here.asked("/voice")[0].form.get("AnsweredBy") == found
    assert times(call, Speech)[0] == silence
    assert call.answered_by == found
