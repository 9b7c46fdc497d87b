"""The notation of what is said: words, placeholders and pauses.

    こちらは、{bank}です。{pause}番号は、{passcode|digits}。{pause|1.5s}くり返します。

`{name|reading}` stands for a value and how it is read; the reading may be left out where it is
plain. `{pause}` is half a second, `{pause|800ms}` or `{pause|2s}` any other, at normal pace. What
follows `{in|en}` is said in that language, by its voice, as far as the next `{in|…}` or the end. Line
breaks within a text mean no more than a blank, and between Japanese or Chinese characters nothing.
There is no other markup, and braces mean nothing else.

Knows which placeholders exist and how each must be read. Does not know in which flow they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from ivr.adapters.flows.faults import did_you_mean
from ivr.domain.callflow import In, Part, Reading, Rest, Slot, Text
from ivr.domain.reading import LANGUAGES
from ivr.domain.words import READINGS

PAUSE: Final = "pause"
IN: Final = "in"
_PAUSE_MS: Final = 500
_SHORTEST_MS: Final = 100
_LONGEST_MS: Final = 5000
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_BROKEN: Final = {
    "{": "an opening brace without its end",
    "}": "a closing brace without its beginning",
    "｛": "a full-width brace",
    "｝": "a full-width brace",
    "<": "markup",
    ">": "markup",
}
_TIME: Final = re.compile(r"(\d{1,5}(?:\.\d)?)(ms|s)", re.ASCII)
_NAMED: Final = re.compile(r"([^|]*)(?:\|(.*))?", re.DOTALL)
_SPACES: Final = re.compile(r"[ \n]+")
# Kana, ideographs and their signs are written without blanks; where lines were joined there is one.
# Hangul is not among them: Korean is written with blanks.
_WIDE: Final = "[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]"
_WIDE_GAP: Final = re.compile(f"(?<={_WIDE}) (?={_WIDE})")

Complain = Callable[[str, str], None]
"""Takes a reason and a remedy."""


def read_text(source: str, complain: Complain) -> Text:
    """Read a text; what cannot be read is complained of and left out."""
    parts: list[Part] = []
    place = 0
    for found in _PLACEHOLDER.finditer(source):
        _take_words(source[place : found.start()], parts, complain)
        part = _read_placeholder(found[1], complain)
        if part is not None:
            parts.append(part)
        place = found.end()
    _take_words(source[place:], parts, complain)
    return _trimmed(parts)


def _take_words(words: str, parts: list[Part], complain: Complain) -> None:
    for sign, what in _BROKEN.items():
        if sign in words:
            complain(f"{what}: {sign}", "write {name|reading} or {pause|1s}, with half-width signs")
    words = _WIDE_GAP.sub("", _SPACES.sub(" ", words))
    if words:
        parts.append(words)


def _read_placeholder(inside: str, complain: Complain) -> Slot | Rest | In | None:
    found = _NAMED.fullmatch(inside)
    name, reading = (found[1], found[2]) if found else (inside, None)
    if name == PAUSE:
        return _read_pause(reading, complain)
    if name == IN:
        return _read_language(reading, complain)
    if name not in READINGS:
        remedy = did_you_mean(name, [*READINGS, PAUSE, IN])
        complain(f"there is no placeholder {{{name}}}", remedy)
        return None
    wanted = READINGS[name]
    if reading is None and wanted is not Reading.PLAIN:
        complain(f"{{{name}}} does not say how it is read", f"write {{{name}|{wanted}}}")
    elif reading is not None and reading != wanted:
        complain(f"{{{name}}} cannot be read as {reading}", f"write {{{name}|{wanted}}}")
    return Slot(name, wanted)


def _read_language(language: str | None, complain: Complain) -> In | None:
    if language in LANGUAGES:
        return In(language)
    what = f"{language} is no language that we can speak" if language else "{in} names no language"
    complain(what, did_you_mean(language or "", LANGUAGES))
    return None


def _read_pause(length: str | None, complain: Complain) -> Rest | None:
    if length is None:
        return Rest(_PAUSE_MS)
    found = _TIME.fullmatch(length)
    if not found:
        complain(f"a pause cannot be {length} long", "write {pause|800ms} or {pause|2s}")
        return None
    milliseconds = round(float(found[1]) * (1 if found[2] == "ms" else 1000))
    if not _SHORTEST_MS <= milliseconds <= _LONGEST_MS:
        complain(f"a pause of {length} is out of bounds", "choose from 100ms to 5s")
        return None
    return Rest(milliseconds)


def _trimmed(parts: list[Part]) -> Text:
    """Take the blanks off both ends, and off the ends of what is said in another language."""
    edges = [-1, *(place for place, part in enumerate(parts) if isinstance(part, In)), len(parts)]
    for before, after in pairwise(edges):
        if before + 1 < after:
            if isinstance(first := parts[before + 1], str):
                parts[before + 1] = first.lstrip()
            if isinstance(last := parts[after - 1], str):
                parts[after - 1] = last.rstrip()
    return tuple(part for part in parts if part != "")
