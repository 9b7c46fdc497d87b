"""How long words take to be spoken: seconds from a simple model of speech.

Each language is counted in its own unit (`SPEECH`). Japanese in morae: a kana is one (a small ゃ, ゅ
or ょ belongs to the kana before it), a figure two, a kanji 1.9 beside another kanji and 1.5 alone, as
most of the latter are read in the Japanese way (押す, 聞く). The others in syllables: in Chinese and
Korean a character, in Vietnamese a word, in English and Portuguese the vowels that stand together.
At the slow pace words take a quarter more time; rests were lengthened when the text was read.

The Japanese numbers are those by which the texts of the shipped flows come nearest to Open JTalk,
each of them to about a twentieth. eSpeak NG, which speaks the others, can be as fast as it is told:
it shows that the units are even, to about a tenth, while the speeds are those of an unhurried
announcement. `bench/spoken_time.py` measures it all again. The carrier's voices may be a tenth
faster or slower.

Knows words and rests. Does not know any voice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from ivr.domain.callflow import Pace, Rest
from ivr.domain.reading import Spoken

_SLOW_WAIT: Final = 1.5
RATE: Final = {Pace.NORMAL: 1.0, Pace.SLOW: 0.8}
"""How fast words are spoken at each pace, of a voice's own speed."""
_COMMAS: Final = frozenset("、,，;；:：")
_STOPS: Final = frozenset("。.！？!?")
_KANJI: Final = "[\u3400-\u9fff々]"
_LATIN: Final = "[A-Za-z][A-Za-z']*"
_WORD: Final = r"[^\W_][^\W_']*(?:'[^\W_]+)?"


class Speech(msgspec.Struct, frozen=True):
    """How a language is counted: units a second, and how many units a match of each pattern is.

    `comma` and `stop` are the seconds for which a voice rests there.
    """

    units_a_second: float
    comma: float
    stop: float
    weights: Mapping[str, float]


SPEECH: Final[Mapping[str, Speech]] = {
    "ja": Speech(
        8.75,
        0.5,
        0.55,
        {
            f"{_KANJI}(?={_KANJI})|(?<={_KANJI}){_KANJI}": 1.9,
            f"(?<!{_KANJI}){_KANJI}(?!{_KANJI})": 1.5,
            "[0-9０-９]": 2.0,
            "[ぁ-ゖァ-ヺー]": 1.0,
            "[ゃゅょぁぃぅぇぉャュョァィゥェォ]": -1.0,
            _LATIN: 3.4,
        },
    ),
    "en": Speech(
        4.4, 0.35, 0.55, {"[aeiouy]+": 1.0, r"(?<=[bcdfghjkmnpqrstvwxz])es?\b": -0.8, "[0-9]": 1.2}
    ),
    "zh": Speech(4.8, 0.2, 0.4, {"[\u3400-\u9fff]": 1.0, "[0-9]": 1.0, _LATIN: 2.0}),
    "ko": Speech(6.0, 0.3, 0.3, {"[가-힣]": 1.0, "[0-9]": 1.0, _LATIN: 2.5}),
    "vi": Speech(4.2, 0.2, 0.35, {_WORD: 1.0}),
    "pt": Speech(5.5, 0.3, 0.5, {"[aeiouáéíóúâêôãõàü]+": 1.0, "[0-9]": 1.6}),
}
"""By language. The one place for these numbers."""
_COUNTED: Final = {
    language: tuple(
        (re.compile(pattern, re.IGNORECASE), weight) for pattern, weight in speech.weights.items()
    )
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
                rests += sum(_rest_at(sign, spoken.language) for sign in part)
    return words / RATE[spoken.pace] + rests


def rest_after(words: str, language: str) -> float:
    """Return how many seconds a voice rests when it has spoken words that something follows."""
    return _rest_at(words.rstrip()[-1:], language)


def _rest_at(sign: str, language: str) -> float:
    speech = SPEECH[language]
    return speech.comma if sign in _COMMAS else speech.stop if sign in _STOPS else 0.0


def wait_seconds(wait: int, pace: Pace) -> int:
    """Return how many seconds a question waits for a key: half as long again at the slow pace."""
    return round(wait * _SLOW_WAIT) if pace is Pace.SLOW else wait


def _words(text: str, language: str) -> float:
    units = sum(weight * len(kind.findall(text)) for kind, weight in _COUNTED[language])
    return units / SPEECH[language].units_a_second
