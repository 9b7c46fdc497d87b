"""How long a voice needs to say something, and what a person hears of it.

Knows a simple model of spoken seconds per language, with rate and breaks. Does not know XML (see
`ssml.py`) nor real voices: the seconds are right to about a fifth, and always the same for the same
text.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

STOPS = frozenset("。．！？.!?\n")
COMMAS = frozenset("、，,;:：；…")
SMALL_KANA = frozenset("ゃゅょぁぃぅぇぉャュョァィゥェォ")
DEFAULT_LANGUAGE = "en-US"


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Seconds that one character of a kind takes in one language, at the ordinary rate.

    A `blank` takes time where words are what a language is counted in.
    """

    letter: float
    digit: float
    kana: float
    ideograph: float
    comma: float
    stop: float
    blank: float = 0.0


# Japanese: some seven morae a second; a kanji is about two, a digit about two and a half.
JAPANESE = Pace(letter=0.11, digit=0.34, kana=0.14, ideograph=0.27, comma=0.3, stop=0.6)
# English and its like: some 150 words a minute, spaces counted with the letters.
WESTERN = Pace(
    letter=0.068, digit=0.36, kana=0.14, ideograph=0.27, comma=0.25, stop=0.5, blank=0.068
)
# A character of Chinese or Korean is a syllable; Vietnamese writes each syllable as a word.
CHINESE = Pace(letter=0.1, digit=0.21, kana=0.14, ideograph=0.21, comma=0.25, stop=0.5)
KOREAN = Pace(letter=0.165, digit=0.17, kana=0.14, ideograph=0.17, comma=0.25, stop=0.5)
VIETNAMESE = Pace(
    letter=0.053, digit=0.24, kana=0.14, ideograph=0.27, comma=0.25, stop=0.5, blank=0.053
)
PACES = {"ja": JAPANESE, "cmn": CHINESE, "zh": CHINESE, "ko": KOREAN, "vi": VIETNAMESE}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A run of words said in one way, or (`text` empty) a silence of `silence` seconds."""

    text: str = ""
    language: str = DEFAULT_LANGUAGE
    rate: float = 1.0
    silence: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """Words of a call as they sound: what, in which language and voice, how fast, how long."""

    text: str
    language: str
    voice: str
    rate: float
    seconds: float


def speak(pieces: Iterable[Piece], *, language: str, voice: str) -> Spoken:
    """Say pieces in a row. The rate is that of the slowest words among them."""
    kept = list(pieces)
    return Spoken(
        text=heard(kept),
        language=language,
        voice=voice,
        rate=min((piece.rate for piece in kept if piece.text), default=1.0),
        seconds=round(sum(seconds(piece) for piece in kept), 3),
    )


def seconds(piece: Piece) -> float:
    """Give the seconds that one piece takes."""
    pace = PACES.get(piece.language.partition("-")[0].lower(), WESTERN)
    return piece.silence + sum(_character(one, pace) for one in piece.text) / piece.rate


def heard(pieces: Iterable[Piece]) -> str:
    """Join pieces to the text that a person hears: a silence is a space, spaces never double."""
    text = ""
    for piece in pieces:
        gap = " " if piece.silence and text and text[-1] not in STOPS | COMMAS else ""
        text += gap + piece.text
    return " ".join(text.split())


@cache
def _character(one: str, pace: Pace) -> float:
    if one in SMALL_KANA:
        return 0.0
    if one in STOPS:
        return pace.stop
    if one in COMMAS:
        return pace.comma
    if one.isdigit():
        return pace.digit
    return _letter(one, pace)


def _letter(one: str, pace: Pace) -> float:
    name = unicodedata.name(one, "")
    if name.startswith(("HIRAGANA", "KATAKANA")):
        return pace.kana
    if name.startswith("CJK"):
        return pace.ideograph
    if one == " ":
        return pace.blank
    return pace.letter if one.isalpha() else 0.0
