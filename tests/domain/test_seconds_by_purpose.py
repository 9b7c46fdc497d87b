"""How soon the flows for an amount, a notice and an old link come to the point, for each purpose."""

import re
from itertools import takewhile
from pathlib import Path
from typing import Final

import pytest

from ivr.adapters.flows.files import load_book
from ivr.domain.callflow import CallFlow, Mode, Pace, Purpose, Rest, Slot, Text
from ivr.domain.policy import PURPOSES_WITH_AMOUNT
from ivr.domain.reading import read_text
from ivr.domain.spoken_time import SPEECH, seconds
from tests.transcripts.values import values_of

WHO_AND_WHY: Final = {"ja": 6.2, "en": 6.2, "zh": 7.0, "ko": 7.0, "vi": 7.5, "pt": 7.5}
FIRST_DIGIT: Final = {"ja": 22.5, "en": 22.5, "zh": 23.0, "ko": 23.0, "vi": 24.0, "pt": 25.0}
"""Seconds, the amount among them."""
USES: Final = [
    pytest.param(flow, purpose, language, id=f"{flow.name}-{purpose}-{language}")
    for flow in load_book(Path("callflows")).flows
    for purpose in flow.purposes
    for language in flow.voices
    if not flow.name.startswith("link")
]
EACH_USE = pytest.mark.parametrize(("flow", "purpose", "language"), USES)


def said(flow: CallFlow, step: str, language: str) -> Text:
    texts = flow.steps[step].say
    assert texts
    return texts[language]


def asked(flow: CallFlow, step: str, language: str) -> Text:
    ask = flow.steps[step].ask
    assert ask
    return ask.say[language]


def length(text: Text, language: str, purpose: Purpose) -> float:
    values = values_of(purpose)[language]
    return sum(map(seconds, read_text(text, values, language, Pace.NORMAL)))


def who_and_why(text: Text) -> Text:
    """Cut a greeting behind the words that name the purpose, where an amount follows them."""
    before = tuple(takewhile(lambda part: part != Slot("purpose"), text))
    after = text[len(before) + 1]
    assert isinstance(after, str)
    stop = re.search("[。.,]", after.removeprefix("、"))
    words = after[: stop.end() + len(after) - len(after.removeprefix("、"))] if stop else after
    return (*text[: len(before) + 1], words)


@EACH_USE
def test_who_calls_and_why_is_said_at_once(flow: CallFlow, purpose: Purpose, language: str) -> None:
    greeting = said(flow, "greet", language)
    if purpose in PURPOSES_WITH_AMOUNT:
        greeting = who_and_why(greeting)
    assert length(greeting, language, purpose) - SPEECH[language].stop <= WHO_AND_WHY[language]


@pytest.mark.parametrize(
    ("flow", "purpose", "language"),
    [
        use
        for use in USES
        if isinstance(use.values[0], CallFlow) and use.values[0].mode is Mode.READOUT
    ],
)
def test_whoever_agrees_at_once_hears_the_first_digit_in_time(
    flow: CallFlow, purpose: Purpose, language: str
) -> None:
    question = takewhile(lambda part: not isinstance(part, Rest), asked(flow, "greet", language))
    before = takewhile(lambda part: not isinstance(part, Slot), asked(flow, "read", language))
    way = (
        said(flow, "greet", language),
        tuple(question),
        said(flow, "warn", language),
        tuple(before),
    )
    assert sum(length(text, language, purpose) for text in way) <= FIRST_DIGIT[language]
