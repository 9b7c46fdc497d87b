"""How values become words: digits one by one, with pauses, in the listener's language; amounts as amounts.

Knows how a passcode, an account's last digits or a telephone number is read aloud.
Does not know markup: it yields words and rests, and `web/twiml.py` renders them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec

from ivr.domain.callflow import (
    PASSCODE_SLOT,
    REFERENCE_SLOT,
    Pace,
    Reading,
    Rest,
    Slot,
    Text,
    passages,
)
from ivr.domain.errors import Impossible
from ivr.domain.money import spoken_yen

# Of the readings that everybody knows, those hardest to mistake by ear on a telephone:
# ja: not シ or シチ (4, 7), which sound like each other and like イチ, and not ク (9).
# zh: 幺 for 1, as in China's telephone numbers, because 一 (yī) sounds like 七 (qī).
# ko: the mixed series of radio and bad lines; in the plain one 일 and 이 (1, 2), 삼 and 사 (3, 4)
#     and 육 and 구 (6, 9) are mistaken for one another. 공, not 영, is how a zero is said in a number.
# vi: the plain words; not tư, lăm or mốt (4, 5, 1), which stand only within larger numbers.
# pt: Brazilian, and “meia” (half a dozen) for 6, as in telephone numbers: “seis” sounds like “três”.
_DIGITS: Final[Mapping[str, tuple[str, ...]]] = {
    "ja": ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "zh": ("零", "幺", "二", "三", "四", "五", "六", "七", "八", "九"),
    "ko": ("공", "하나", "둘", "삼", "넷", "오", "여섯", "칠", "팔", "아홉"),
    "vi": ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"),
    "pt": ("zero", "um", "dois", "três", "quatro", "cinco", "meia", "sete", "oito", "nove"),
}
LANGUAGES: Final = frozenset(_DIGITS)


class Rests(msgspec.Struct, frozen=True):
    """Milliseconds between digits, and between groups of them."""

    digits: int
    groups: int


PASSCODE_RESTS: Final = Rests(500, 900)
"""Slow enough to write down at the first hearing."""
_NUMBER_RESTS: Final = Rests(250, 600)
_WRITTEN_DOWN: Final = frozenset({PASSCODE_SLOT, REFERENCE_SLOT})
_SLOWDOWN: Final = {Pace.NORMAL: 1.0, Pace.SLOW: 1.8}
_GROUP: Final = 3


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """Words and rests, ready to be rendered: `parts` in order, in one language at one pace."""

    parts: tuple[str | Rest, ...]
    language: str
    pace: Pace

    def __repr__(self) -> str:
        """Show no words: they may hold a passcode."""
        return f"Spoken({self.language}, {self.pace}, {len(self.parts)} parts)"


def read_text(
    text: Text, values: Mapping[str, str], language: str, pace: Pace
) -> tuple[Spoken, ...]:
    """Fill a text's placeholders with `values` and lengthen its rests to the pace.

    The text is of `language`; what it says in another is `Spoken` by itself.

    Raises:
        Impossible: a placeholder has no value; the flow loader checks that they all exist.

    """
    return tuple(
        _read_passage(passage, values, own, pace) for own, passage in passages(text, language)
    )


def _read_passage(text: Text, values: Mapping[str, str], language: str, pace: Pace) -> Spoken:
    parts: list[str | Rest] = []
    for part in text:
        if isinstance(part, str):
            parts.append(part)
        elif isinstance(part, Rest):
            parts.append(_rest(part.ms, pace))
        elif isinstance(part, Slot):
            parts += _read_slot(part.name, part.reading, values, language, pace)
    return Spoken(parts=tuple(parts), language=language, pace=pace)


def _read_slot(
    name: str, reading: Reading, values: Mapping[str, str], language: str, pace: Pace
) -> list[str | Rest]:
    if name not in values:
        message = f"no value for the placeholder {{{name}}}"
        raise Impossible(message)
    match reading:
        case Reading.PLAIN:
            return [values[name]]
        case Reading.YEN:
            return [spoken_yen(int(values[name]), language)]
        case Reading.DIGITS:
            rests = PASSCODE_RESTS if name in _WRITTEN_DOWN else _NUMBER_RESTS
            return read_digits(values[name], language, pace, rests)


def read_digits(
    digits: str, language: str, pace: Pace, rests: Rests = PASSCODE_RESTS
) -> list[str | Rest]:
    """Read digits one by one; a longer rest after each third, or where a hyphen stands."""
    words = _DIGITS[language]
    groups = digits.split("-") if "-" in digits else _in_threes(digits)
    short, long = _rest(rests.digits, pace), _rest(rests.groups, pace)
    parts: list[str | Rest] = []
    for group in groups:
        for digit in group:
            parts += (words[int(digit)], short)
        parts[-1:] = [long]
    return parts[:-1]


@lru_cache
def _rest(ms: int, pace: Pace) -> Rest:
    return Rest(round(ms * _SLOWDOWN[pace]))


def _in_threes(digits: str) -> list[str]:
    if len(digits) % _GROUP:
        return [digits]
    return [digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP)]
