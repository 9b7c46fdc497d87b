"""Digits in what was heard, as a person picks them out.

Knows the Japanese names of the digits. Knows no telephone and no passcode but by its length.
"""

import re
from collections.abc import Iterable

NAMES = ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ")
PASSCODE_LENGTH = 6
_NAME = f"(?:{'|'.join(NAMES)})"
_GAP = "[ \u3000、,]+"
_RUN = re.compile(f"(?<![ァ-ヶー]){_NAME}(?:{_GAP}{_NAME})+(?![ァ-ヶー])")


def numbers_in(text: str) -> list[str]:
    """List the numbers that were read out digit by digit, in order, as figures."""
    return [_figures(run[0]) for run in _RUN.finditer(text)]


def passcodes_in(texts: Iterable[str]) -> list[str]:
    """List the numbers of six digits: not an account's last four, nor a telephone number."""
    return [
        number for text in texts for number in numbers_in(text) if len(number) == PASSCODE_LENGTH
    ]


def another(passcode: str) -> str:
    """Give a passcode that is surely wrong."""
    last = (int(passcode[-1]) + 1) % 10
    return passcode[:-1] + str(last)


def _figures(run: str) -> str:
    return "".join(str(NAMES.index(name)) for name in re.findall(_NAME, run))
