"""Bytes made into text, for files that people write: UTF-8 without tricks.

Knows encodings and characters that cannot be spoken or seen. Does not know YAML.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from ivr.adapters.flows.faults import Faults, Mark

MAX_BYTES: Final = 256 * 1024
_BOMS: Final = {
    b"\xef\xbb\xbf": ("a byte order mark", "save the file as UTF-8 without BOM"),
    b"\xff\xfe": ("UTF-16", "save the file as UTF-8"),
    b"\xfe\xff": ("UTF-16", "save the file as UTF-8"),
}
# Controls, formats (zero width, right to left), surrogates, private use, foreign line ends.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# Selectors, joiners and fillers that Unicode calls marks or letters, and that nobody sees.
_IGNORED: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_SUSPECT: Final = re.compile(r"[^\n -~À-ɏḀ-ỿ぀-ヿ㐀-鿿가-힣、-〟！-～]")


def decode(file: str, data: bytes, faults: Faults) -> str | None:
    """Decode a file, its line ends made one; None where that cannot be, with the fault noted."""
    start = Mark(file)
    if len(data) > MAX_BYTES:
        reason = f"the file has {len(data)} bytes, more than {MAX_BYTES}"
        faults.add(start, reason, "split it, or put steps into a part")
        return None
    for bom, (what, remedy) in _BOMS.items():
        if data.startswith(bom):
            faults.add(start, f"the file begins with {what}", remedy)
            return None
    try:
        text = data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        reason = f"the byte 0x{data[error.start]:02x} is not UTF-8 (is this Shift_JIS?)"
        faults.add(_mark_at(file, before, len(before)), reason, "save the file as UTF-8")
        return None
    return None if _note_unseen(file, text, faults) else text


def unseen_in(text: str) -> str:
    """Name the first character of a text that cannot be seen or spoken; empty where there is none."""
    place = _first_unseen(text)
    return "" if place is None else f"U+{ord(text[place]):04X}"


def _note_unseen(file: str, text: str, faults: Faults) -> bool:
    place = _first_unseen(text)
    if place is None:
        return False
    mark = _mark_at(file, text, place)
    if text[place] == "\t":
        faults.add(mark, "a tab", "use spaces")
    else:
        reason = f"the unseen character U+{ord(text[place]):04X}"
        faults.add(mark, reason, "delete it, and write the words around it anew")
    return True


def _first_unseen(text: str) -> int | None:
    for found in _SUSPECT.finditer(text):
        sign = found.group()
        if unicodedata.category(sign) in _UNSEEN or _IGNORED.match(sign):
            return found.start()
    return None


def _mark_at(file: str, text: str, place: int) -> Mark:
    line = text.count("\n", 0, place) + 1
    return Mark(file, line, place - text.rfind("\n", 0, place))
