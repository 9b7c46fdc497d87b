"""The slow pace of every flow that ships: longer waits, slower words, a passcode three times."""

from pathlib import Path

import pytest

from ivr.adapters.flows.files import load_book
from ivr.domain.callflow import PASSCODE_SLOT, CallFlow, Pace, Step
from ivr.domain.conversation import Listen, Position, enter, speaks_passcode
from ivr.domain.reading import LANGUAGES, read_digits
from ivr.domain.words import READINGS
from ivr.service.replies import Reply
from ivr.web.twiml import render
from tests.web.heard import parsed

FLOWS = load_book(Path(__file__).parents[2] / "callflows").flows
QUESTIONS = [(flow, step) for flow in FLOWS for step in flow.steps.values() if step.ask]
VALUES = dict.fromkeys(READINGS, "") | {
    "account_tail": "4567",
    "desk": "03-4567-8901",
    "amount": "1",
}
DIGITS = "012345"


def question(flow: CallFlow, step: Step, language: str, pace: Pace) -> str:
    """Return the document of a step's question alone."""
    position = Position(
        step=step.name, entered=step.name, language=language, pace=pace, consented=True
    )
    said = enter(flow, position, step.name).instructions
    return render(
        Reply(
            instructions=tuple(each for each in said if isinstance(each, Listen)),
            values=VALUES | {PASSCODE_SLOT: DIGITS},
            language=language,
            pace=pace,
            voices=flow.voices,
            next_turn=1,
        ),
        "https://ivr.example/",
    )


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize(("flow", "step"), QUESTIONS, ids=lambda each: each.name)
def test_every_question_waits_longer_and_is_spoken_more_slowly(
    flow: CallFlow, step: Step, language: str
) -> None:
    waits = {}
    for pace in Pace:
        document = parsed(question(flow, step, language, pace))
        (gather,) = document.iter("Gather")
        waits[pace] = int(gather.attrib["timeout"])
        rates = [each.get("rate") for each in document.iter("prosody")]
        assert rates == (["80%"] * len(list(document.iter("Say"))) if pace is Pace.SLOW else [])
    assert waits[Pace.SLOW] >= 1.5 * waits[Pace.NORMAL] >= 15


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_passcode_is_read_twice_and_slowly_three_times(language: str) -> None:
    spoken = [part for part in read_digits(DIGITS, language, Pace.NORMAL) if isinstance(part, str)]
    found = 0
    for flow, step in QUESTIONS:
        assert step.ask
        for pace, times in ((Pace.NORMAL, 2), (Pace.SLOW, 3)):
            text = step.ask.at(pace)[language]
            if speaks_passcode(Listen(text, step.ask.collect, step.ask.wait)):
                found += 1
                heard = "|".join(parsed(question(flow, step, language, pace)).itertext())
                assert heard.count("|".join(spoken)) == times
    assert found
