"""How long the shipped flows take to hear, in each language: held to their bounds, and to the docs."""

from collections.abc import Callable
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Final

import pytest

from ivr.adapters.flows.files import load_book
from ivr.domain.callflow import WITH_PASSCODE, CallFlow, Mode, Pace, Purpose, Rest, Slot, Text
from ivr.domain.reading import read_text
from ivr.domain.spoken_time import SPEECH, seconds
from ivr.domain.words import available
from tests.transcripts.values import values_of

BOOK = load_book(Path("callflows"))
DOCS: Final = Path("docs/call-flows.md")
LANGUAGES: Final = {
    "ja": "Japanese",
    "en": "English",
    "zh": "Chinese",
    "ko": "Korean",
    "vi": "Vietnamese",
    "pt": "Portuguese",
}
WHO_AND_WHY: Final = {"ja": 6.0, "en": 6.0, "zh": 7.0, "ko": 7.0, "vi": 7.0, "pt": 7.0}
FIRST_DIGIT: Final = {"ja": 20.0, "en": 21.0, "zh": 22.0, "ko": 22.0, "vi": 24.0, "pt": 24.0}
"""Seconds. The promise is for Japanese; the others are kept near it."""


def flow_of(name: str) -> CallFlow:
    return next(flow for flow in BOOK.flows if flow.name == name)


def said(step: str, language: str, mode: Mode = Mode.READOUT) -> Text:
    flow = BOOK.find(mode, Purpose.LINK, "honnin")
    assert flow
    return said_in(flow, step, language)


def said_in(flow: CallFlow, step: str, language: str) -> Text:
    texts = flow.steps[step].say
    assert texts
    return texts[language]


def asked(step: str, language: str, pace: Pace = Pace.NORMAL) -> Text:
    return asked_in(flow_of("link-readout"), step, language, pace)


def asked_in(flow: CallFlow, step: str, language: str, pace: Pace = Pace.NORMAL) -> Text:
    ask = flow.steps[step].ask
    assert ask
    return ask.at(pace)[language]


def length(
    text: Text, language: str, pace: Pace = Pace.NORMAL, purpose: Purpose = Purpose.LINK
) -> float:
    values = values_of(purpose)[language]
    return sum(map(seconds, read_text(text, values, language, pace)))


def first_question(flow: CallFlow, language: str) -> Text:
    """What is asked before the first rest: whoever knows that he asked presses then."""
    question = asked_in(flow, "greet", language)
    return tuple(takewhile(lambda part: not isinstance(part, Rest), question))


def before_the_passcode(flow: CallFlow, language: str) -> Text:
    reading = asked_in(flow, "read", language)
    return tuple(takewhile(lambda part: not isinstance(part, Slot), reading))


def who_and_why(language: str, mode: Mode = Mode.READOUT) -> float:
    return length(said("greet", language, mode), language) - SPEECH[language].stop


def first_digit(language: str, name: str = "link-readout") -> float:
    flow = flow_of(name)
    way = (
        said_in(flow, "greet", language),
        first_question(flow, language),
        said_in(flow, "warn", language),
        before_the_passcode(flow, language),
    )
    return max(
        sum(length(text, language, purpose=purpose) for text in way) for purpose in flow.purposes
    )


def before_the_question(name: str, language: str) -> float:
    """For the longest of the flow's purposes; the last full stop is not counted."""
    flow = flow_of(name)
    text = said_in(flow, "greet", language)
    purposes = flow.purposes or (Purpose.LINK,)
    longest = max(length(text, language, purpose=purpose) for purpose in purposes)
    return longest - SPEECH[language].stop


def greeting(language: str, name: str = "link-readout") -> float:
    flow = flow_of(name)
    text = (*said_in(flow, "greet", language), *asked_in(flow, "greet", language))
    purposes = flow.purposes or (Purpose.LINK,)
    return max(length(text, language, purpose=purpose) for purpose in purposes)


def reading(language: str, pace: Pace = Pace.NORMAL) -> float:
    return length(asked("read", language, pace), language, pace)


def desk(language: str) -> float:
    return length(said("desk", language), language)


def table() -> str:
    """Write the table of the docs."""
    rows: dict[str, Callable[[str], float]] = {
        "who calls and why": who_and_why,
        "to the first digit, for somebody who presses 1 as soon as asked, warning included": first_digit,
        "the whole greeting: its question, its details, the other languages": greeting,
        "one reading of the passcode, twice over, with what to do with it": reading,
        "the same, slowly, three times over": lambda language: reading(language, Pace.SLOW),
        "the desk's number, twice, and goodbye": desk,
        "`change`: who calls, why, and how much": partial(before_the_question, "change"),
        "`change`: to the first digit, as above": lambda each: first_digit(each, "change"),
        "`change`: the whole greeting": lambda each: greeting(each, "change"),
        "`notice`: who calls, and what was done": partial(before_the_question, "notice"),
        "`notice`: the whole greeting": lambda each: greeting(each, "notice"),
        "`reverify`: who calls, and why": partial(before_the_question, "reverify"),
        "`reverify`: the whole greeting": lambda each: greeting(each, "reverify"),
        "`inbound`: who answers, and what the number is for": partial(
            before_the_question, "inbound"
        ),
        "`inbound`: the whole greeting": lambda each: greeting(each, "inbound"),
    }
    lines = [f"| seconds | {' | '.join(LANGUAGES.values())} |", "|---" * 7 + "|"]
    lines += [
        f"| {what} | {' | '.join(f'{count(each):.1f}' for each in LANGUAGES)} |"
        for what, count in rows.items()
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("mode", sorted(WITH_PASSCODE))
@pytest.mark.parametrize("language", LANGUAGES)
def test_who_calls_and_why_is_said_at_once(mode: Mode, language: str) -> None:
    assert who_and_why(language, mode) <= WHO_AND_WHY[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_agrees_as_soon_as_he_is_asked_hears_the_first_digit_in_time(language: str) -> None:
    assert first_digit(language) <= FIRST_DIGIT[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_talked_at_for_long_without_a_key_that_stops_it(language: str) -> None:
    for flow in BOOK.flows:
        for step in flow.steps.values():
            if step.ask and step.say and language in flow.voices:
                has_amount = available("amount", flow.mode, flow.purposes)
                assert length(step.say[language], language) <= (10.5 if has_amount else 8.5)


def test_the_docs_tell_these_seconds() -> None:
    assert table() in DOCS.read_text(encoding="utf-8"), f"the table is now\n{table()}"
