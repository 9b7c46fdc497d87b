"""How long words take to be spoken: seconds from a simple model of speech.

Japanese is counted in morae, 7.5 a second: a kana is one (a small ゃ, ゅ or ょ belongs to the kana
before it), a figure two, a kanji 1.9 beside another kanji and 1.5 alone, as most of the latter are
read in the Japanese way (押す, 聞く). Everything else is counted in words, 2.6 a second. A comma
rests a fifth of a second, a full stop two fifths. At the slow pace words take a quarter more time;
rests were lengthened when the text was read.

Knows words and rests. Does not know any voice: take it as right to about a tenth.
"""

from __future__ import annotations

import re
from typing import Final

from ivr.domain.callflow import Pace, Rest
from ivr.domain.reading import Spoken

MORAE_A_SECOND: Final = 7.5
WORDS_A_SECOND: Final = 2.6
COMMA: Final = 0.2
STOP: Final = 0.4
_RATE: Final = {Pace.NORMAL: 1.0, Pace.SLOW: 0.8}
_RESTS: Final = {**dict.fromkeys("、,;:", COMMA), **dict.fromkeys("。.！？!?", STOP)}
_KANJI: Final = "[\u3400-\u9fff々]"
_MORAE: Final = (
    (re.compile(f"{_KANJI}{{2,}}"), 1.9),
    (re.compile(f"(?<!{_KANJI}){_KANJI}(?!{_KANJI})"), 1.5),
    (re.compile(r"[0-9０-９]+"), 2.0),
    (re.compile("[ぁ-ゖァ-ヺー]+"), 1.0),
    (re.compile("[ゃゅょぁぃぅぇぉャュョァィゥェォ]+"), -1.0),
)
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z']*")
_ENGLISH_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9']*")


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


def _words(text: str, language: str) -> float:
    if language != "ja":
        return len(_ENGLISH_WORD.findall(text)) / WORDS_A_SECOND
    morae = sum(weight * len("".join(kind.findall(text))) for kind, weight in _MORAE)
    return morae / MORAE_A_SECOND + len(_WORD.findall(text)) / WORDS_A_SECOND
