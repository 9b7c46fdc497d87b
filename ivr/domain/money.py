"""How an amount of yen is written so that a voice says it as an amount.

Knows how each language groups figures and names yen. Japanese, Chinese and Korean count in ten
thousands, and so the figures stand beside their 万 and 億: no voice can take them for a string of
digits, and no comma for a pause. In Chinese a 零 stands where places are empty: without it 10,005
(1万零5) is heard as 一万五, which is 15,000.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

_MYRIAD: Final = 10_000
_FULL_GROUP: Final = 1_000
_MILLION: Final = 1_000_000


def spoken_yen(amount: int, language: str) -> str:
    """Write an amount, in whole yen, for a voice of this language."""
    return _YEN[language](amount)


def _in_myriads(amount: int, signs: tuple[str, str]) -> str:
    """Write 123,456 as 12万3456; `signs` are those of ten thousand and of its square."""
    myriads, ones = divmod(amount, _MYRIAD)
    squares, myriads = divmod(myriads, _MYRIAD)
    groups = ((squares, signs[1]), (myriads, signs[0]), (ones, ""))
    return "".join(f"{number}{sign}" for number, sign in groups if number)


def _chinese(amount: int) -> str:
    """Write 100,005 as 10万零5, and 100,000,500 as 1亿零500."""
    squares, rest = divmod(amount, _MYRIAD**2)
    myriads, ones = divmod(rest, _MYRIAD)
    written = ""
    empty = False
    for number, sign in ((squares, "亿"), (myriads, "万"), (ones, "")):
        if number:
            gap = written and (empty or number < _FULL_GROUP)
            written += f"{'零' if gap else ''}{number}{sign}"
        empty = not number
    return f"{written}日元"


def _english(amount: int) -> str:
    return f"{amount:,} yen"


def _vietnamese(amount: int) -> str:
    return f"{amount:,} yên".replace(",", ".")


def _portuguese(amount: int) -> str:
    grouped = f"{amount:,}".replace(",", ".")
    if amount == 1:
        return f"{grouped} iene"
    return f"{grouped} de ienes" if amount % _MILLION == 0 else f"{grouped} ienes"


_YEN: Final[Mapping[str, Callable[[int], str]]] = {
    "ja": lambda amount: f"{_in_myriads(amount, ('万', '億'))}円",
    "en": _english,
    "zh": _chinese,
    "ko": lambda amount: f"{_in_myriads(amount, ('만 ', '억 ')).strip()} 엔",
    "vi": _vietnamese,
    "pt": _portuguese,
}
