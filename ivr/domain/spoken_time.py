"""How long words take to be spoken: seconds from a simple model of speech.

Each language is counted in its own unit (`SPEECH`). Japanese in morae: a kana is one (a small ゃ, ゅ
or ょ belongs to the kana before it), a figure two, a kanji 1.9 beside another kanji and 1.5 alone, as
most of the latter are read in the Japanese way (押す, 聞く). Chinese and Korean in syllables, which
are their characters; the others in words, which in Vietnamese are syllables. A comma rests a fifth of
a second, a full stop two fifths. At the slow pace words take a quarter more time; rests were
lengthened when the text was read.

Knows words and rests. Does not know any voice: take it as right to about a tenth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from ivr.domain.callflow import Pace, Rest
from ivr.domain.reading import Spoken

COMMA: Final = 0.2
STOP: Final = 0.4
_SLOW_WAIT: Final = 1.5
_RATE: Final = {Pace.NORMAL: 1.0, Pace.SLOW: 0.8}
_RESTS: Final = {**dict.fromkeys("、,，;；:：", COMMA), **dict.fromkeys("。.！？!?", STOP)}
_KANJI: Final = "[\u3400-\u9fff々]"
_LATIN: Final = "[A-Za-z][A-Za-z']*"
_WORD: Final = r"[^\W_][^\W_']*(?:'[^\W_]+)?"


class Speech(msgspec.Struct, frozen=True):
    """How a language is counted: units a second, and how many units a match of each pattern is."""

    units_a_second: float
    weights: Mapping[str, float]


SPEECH: Final[Mapping[str, Speech]] = {
    "ja": Speech(
        7.5,
        {
            f"{_KANJI}(?={_KANJI})|(?<={_KANJI}){_KANJI}": 1.9,
            f"(?<!{_KANJI}){_KANJI}(?!{_KANJI})": 1.5,
            "[0-9０-９]": 2.0,
            "[ぁ-ゖァ-ヺー]": 1.0,
            "[ゃゅょぁぃぅぇぉャュョァィゥェォ]": -1.0,
            _LATIN: 2.9,
        },
    ),
    "en": Speech(2.6, {_WORD: 1.0}),
    "zh": Speech(4.8, {"[\u3400-\u9fff]": 1.0, "[0-9]": 1.0, _LATIN: 2.0}),
    "ko": Speech(6.0, {"[가-힣]": 1.0, "[0-9]": 1.0, _LATIN: 2.5}),
    "vi": Speech(4.2, {_WORD: 1.0}),
    "pt": Speech(2.5, {_WORD: 1.0}),
}
"""By language. The one place for these numbers: measure a voice, and change them here."""
_COUNTED: Final = {
    language: tuple((re.compile(pattern), weight) for pattern, weight in speech.weights.items())
    for language, speech in SPEECH.items()
}


def seconds(spoken: Spoken) -> float:
    """Return how many seconds a text takes, rests between and within its words included.

    The rest after a last full stop is counted: something follows, if only the listening.
    """
    words = 0.0
    rests = 0.0
    for part in spoken.parts:
        match part:
            case Rest(ms):
                rests += ms / 1000
            case str():
                words += _words(part, spoken.language)
                rests += sum(_RESTS.get(sign, 0.0) for sign in part)
    return words / _RATE[spoken.pace] + rests


def wait_seconds(wait: int, pace: Pace) -> int:
    """Return how many seconds a question waits for a key: half as long again at the slow pace."""
    return round(wait * _SLOW_WAIT) if pace is Pace.SLOW else wait


def _words(text: str, language: str) -> float:
    units = sum(weight * len(kind.findall(text)) for kind, weight in _COUNTED[language])
    return units / SPEECH[language].units_a_second
