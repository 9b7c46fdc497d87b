from itertools import takewhile
from pathlib import Path

import pytest

from ivr.adapters.flows.files import load_book
from ivr.domain.callflow import WITH_PASSCODE, Mode, Pace, Purpose, Rest, Slot, Text
from ivr.domain.reading import Spoken, read_text
from ivr.domain.spoken_time import SPEECH, rest_after, seconds
from tests.transcripts.values import VALUES

BOOK = load_book(Path("callflows"))
MORAE_A_SECOND = SPEECH["ja"].units_a_second
SYLLABLES_A_SECOND = SPEECH["en"].units_a_second
WHO_AND_WHY = 6.0
FIRST_DIGIT = {"ja": 20.0, "en": 21.0}
"""Seconds. The promise is for Japanese; English is kept near it."""


def spoken(*parts: str | Rest, language: str = "ja", pace: Pace = Pace.NORMAL) -> float:
    return seconds(Spoken(parts=parts, language=language, pace=pace))


def said(mode: Mode, step: str, language: str, *, ask: bool = False) -> Text:
    flow = BOOK.find(mode, Purpose.LINK)
    assert flow
    found = flow.steps[step]
    texts = found.ask.say if ask and found.ask else found.say
    assert texts
    return texts[language]


def length(text: Text, language: str) -> float:
    return sum(map(seconds, read_text(text, VALUES[language], language, Pace.NORMAL)))


def first_question(text: Text, language: str) -> Text:
    """Cut a question behind the sentence that names the key 9: whoever knows presses then."""
    first = text[0]
    assert isinstance(first, str)
    stop = {"ja": "9を押してください。", "en": "press 9."}[language]
    return (first[: first.index(stop) + len(stop)],)


def before_the_passcode(text: Text) -> Text:
    return tuple(takewhile(lambda part: not isinstance(part, Slot), text))


@pytest.mark.parametrize(
    ("text", "morae"),
    [
        ("ありがとう", 5),
        ("キュウ", 2),
        ("でんわばんごう", 7),
        ("がっこう", 4),
        ("クモペイ", 4),
        ("9", 2),
        ("銀行", 3.8),
        ("押す", 2.5),
    ],
)
def test_japanese_is_counted_in_morae(text: str, morae: float) -> None:
    assert spoken(text) == pytest.approx(morae / MORAE_A_SECOND)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("お申し込みがありました", "おもうしこみがありました"),
        (
            "お心当たりがあれば1を、なければ9を押してください",
            "おこころあたりがあればいちを、なければきゅうをおしてください",
        ),
        ("銀行や警察がたずねることはありません", "ぎんこうやけいさつがたずねることはありません"),
        ("口座番号の終わりは", "こうざばんごうのおわりは"),
        (
            "つなぐと、この口座のお金を使えるようになります",
            "つなぐと、このこうざのおかねをつかえるようになります",
        ),
        ("お返事を確かめられませんでした", "おへんじをたしかめられませんでした"),
        (
            "画面に出ている番号を、電話のボタンで押してください",
            "がめんにでているばんごうを、でんわのボタンでおしてください",
        ),
        ("申し訳ございません", "もうしわけございません"),
    ],
)
def test_the_estimate_for_kanji_is_right_to_a_tenth(written: str, read: str) -> None:
    assert spoken(written) == pytest.approx(spoken(read), rel=0.1)


@pytest.mark.parametrize(
    ("text", "syllables"), [("If that was you press one", 6), ("police asked", 4), ("thanks", 1)]
)
def test_english_is_counted_in_syllables(text: str, syllables: float) -> None:
    counted = spoken(text, language="en") * SYLLABLES_A_SECOND
    assert counted == pytest.approx(syllables, abs=0.3)


def test_an_english_word_in_japanese_is_a_few_morae() -> None:
    assert 2 <= spoken("English") * MORAE_A_SECOND <= 5


def test_commas_and_stops_rest() -> None:
    ja, en = SPEECH["ja"], SPEECH["en"]
    assert spoken("はい、はい。") == pytest.approx(spoken("はいはい") + ja.comma + ja.stop)
    yes = spoken("Yes", language="en")
    assert spoken("Yes, yes.", language="en") == pytest.approx(2 * yes + en.comma + en.stop)


def test_the_rest_after_words_is_that_of_their_last_sign() -> None:
    assert rest_after("はい。", "ja") == SPEECH["ja"].stop
    assert rest_after("はい、", "ja") == SPEECH["ja"].comma
    assert rest_after("はい", "ja") == rest_after("", "ja") == 0


def test_a_slow_voice_takes_longer_over_words_and_rests_were_lengthened_before() -> None:
    assert spoken("ありがとう", pace=Pace.SLOW) == pytest.approx(spoken("ありがとう") / 0.8)
    assert spoken(Rest(700), pace=Pace.SLOW) == pytest.approx(0.7)


@pytest.mark.parametrize("mode", sorted(WITH_PASSCODE))
@pytest.mark.parametrize("language", ["ja", "en"])
def test_who_calls_and_why_is_said_in_six_seconds(mode: Mode, language: str) -> None:
    opening = length(said(mode, "greet", language), language) - SPEECH[language].stop
    assert opening <= WHO_AND_WHY


@pytest.mark.parametrize("language", ["ja", "en"])
def test_whoever_agrees_as_soon_as_he_is_asked_hears_the_first_digit_in_time(language: str) -> None:
    way: list[Text] = [
        said(Mode.READOUT, "greet", language),
        first_question(said(Mode.READOUT, "greet", language, ask=True), language),
        said(Mode.READOUT, "warn", language),
        before_the_passcode(said(Mode.READOUT, "read", language, ask=True)),
    ]
    assert sum(length(text, language) for text in way) <= FIRST_DIGIT[language]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_nobody_is_talked_at_for_long_without_a_key_that_stops_it(language: str) -> None:
    for flow in BOOK.flows:
        for step in flow.steps.values():
            if step.ask and step.say:
                assert length(step.say[language], language) <= 8
