"""The search: every trace that a house leaves, looked through for every secret in every guise.

Knows when six digits are a passcode and when they are part of something else. Does not know where
traces come from (`sinks.py`), nor which findings are allowed (`test_leaks.py`).

Six digits meet by accident, so three things are taken out before passcodes are looked for, each by
its exact shape: a moment of the days around the run, in seconds or milliseconds; a UUID; and what stands in
the middle of sixteen or more hexadecimal digits (glued to either end of such a word it is found).
Seven digits and more do not meet by accident: they are looked for everywhere, separators or not.
"""

import re
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.end_to_end.guises import (
    PASSCODES,
    SHORTEST_DIGEST,
    Secret,
    digests,
    layers,
    numbers_spoken,
    spellings,
    text_of,
)

DAY, DAYS = 86_400, 2
PART = 100_000  # seconds: what the last five digits of a moment count
CODE = 6
HEX_WORD = 16
BETWEEN = b"\n\0\n"  # nothing that is looked for goes across it
DIGITS, WORDS, DIGEST = "digits", "words", "digest"
_LONG_RUN = re.compile(r"\d{6,}", re.ASCII)
_CHUNK = re.compile(r"\d(?:[ \-.,_/()・、]{0,3}\d){5,}", re.ASCII)
_JOINT = r"(, |、 |[ \-.,_/・、])"
_GROUPED = tuple(
    re.compile(f"(?={pattern})", re.ASCII)
    for pattern in (
        rf"(\d{{3}}){_JOINT}(\d{{3}})",
        rf"(\d\d){_JOINT}(\d\d)\2(\d\d)",
        rf"(\d){_JOINT}(\d)\2(\d)\2(\d)\2(\d)\2(\d)",
    )
)
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b")
_HEX = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True, kw_only=True)
class Trace:
    """Something that was left: in which kind of place, in which part of it, where exactly."""

    sink: str
    part: str
    place: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A secret in a trace. `how` is how it was hidden, the outermost guise first."""

    trace: Trace
    secret: Secret
    how: tuple[str, ...]

    def __str__(self) -> str:
        trace, secret = self.trace, self.secret
        where = f"{trace.sink}, {trace.part}, of {trace.place}"
        return f"{secret.kind} ({secret.value[:40]!r}) as {' > '.join(self.how)} in: {where}"


Hit = tuple[Secret, tuple[str, ...]]


class Search:
    """A search for some secrets; the same bytes are looked through once."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        """Write the secrets down in all their guises."""
        self._codes: dict[str, list[Secret]] = {}
        self._long: dict[str, list[Secret]] = {}
        self._digests: dict[int, list[Secret]] = {}
        self._known: dict[bytes, tuple[Hit, ...]] = {}
        for secret in secrets:
            if secret.kind in PASSCODES:
                self._codes.setdefault(secret.core, []).append(secret)
            elif secret.core:
                self._long.setdefault(secret.core, []).append(secret)
            for spelling in spellings(secret):
                for digest in digests(spelling.encode()):
                    number = int.from_bytes(digest, sys.byteorder)
                    self._digests.setdefault(number, []).append(secret)
        self._times = _times_near(time.time())
        self._lengths = sorted({len(core) for core in self._long})

    def find(self, traces: Iterable[Trace]) -> list[Finding]:
        """Look through traces."""
        kept = list(traces)
        by_part: dict[tuple[str, str], dict[bytes, None]] = {}
        for trace in kept:
            by_part.setdefault((trace.sink, trace.part), {})[trace.data] = None
        for pieces in by_part.values():
            self._sift([piece for piece in pieces if piece not in self._known])
        return [
            Finding(trace=trace, secret=secret, how=how)
            for trace in kept
            for secret, how in self._known[trace.data]
        ]

    def _sift(self, pieces: list[bytes]) -> None:
        """Look through many pieces at once, and through halves of them only where something is found."""
        hits = self._hits(BETWEEN.join(pieces))
        if not hits or len(pieces) == 1:
            self._known.update(dict.fromkeys(pieces, hits))
            return
        half = len(pieces) // 2
        self._sift(pieces[:half])
        self._sift(pieces[half:])

    def _hits(self, data: bytes) -> tuple[Hit, ...]:
        found = (
            (secret, (*how, last))
            for how, layer in layers(data)
            for secret, last in self._look(layer)
        )
        return tuple(dict.fromkeys(found))

    def _look(self, data: bytes) -> Iterator[tuple[Secret, str]]:
        text = text_of(data)
        for core in self._cores_written(text):
            yield from ((secret, DIGITS) for secret in self._named(core))
        for number in numbers_spoken(text):
            for core in (*_windows(number, CODE), *self._long_windows(number)):
                yield from ((secret, WORDS) for secret in self._named(core))
        for digest in self._digests_in(data):
            yield from ((secret, DIGEST) for secret in self._digests[digest])

    def _named(self, core: str) -> list[Secret]:
        return [*self._codes.get(core, ()), *self._long.get(core, ())]

    def _cores_written(self, text: str) -> Iterator[str]:
        for chunk in _CHUNK.finditer(text):
            yield from self._long_windows(_digits_of(chunk[0]))
        yield from _codes_in(_UUID.sub("~", self._times.sub("~", text)))

    def _long_windows(self, digits: str) -> Iterator[str]:
        for length in self._lengths:
            yield from _windows(digits, length)

    def _digests_in(self, data: bytes) -> set[int]:
        found: set[int] = set()
        for shift in range(SHORTEST_DIGEST):
            length = (len(data) - shift) // SHORTEST_DIGEST * SHORTEST_DIGEST
            if length > 0:
                words = memoryview(data)[shift : shift + length].cast("Q")
                found.update(self._digests.keys() & set(words))
        return found


def _windows(digits: str, length: int) -> Iterator[str]:
    return (digits[start : start + length] for start in range(len(digits) - length + 1))


def _codes_in(text: str) -> Iterator[str]:
    """Give six digits wherever they stand in a row or in groups, but for those inside hexadecimal."""
    for run in _LONG_RUN.finditer(text):
        start, end = _hex_word(text, run.start(), run.end())
        for place in range(run.start(), run.end() - CODE + 1):
            at_an_end = place == start or place + CODE == end
            if at_an_end or end - start < HEX_WORD:
                yield text[place : place + CODE]
    for chunk in _CHUNK.findall(text):
        for grouped in () if chunk.isdecimal() else _GROUPED:
            yield from (_digits_of("".join(found.groups())) for found in grouped.finditer(chunk))


def _digits_of(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


def _times_near(now: float) -> re.Pattern[str]:
    """Match moments of the days around `now`, in seconds or milliseconds."""
    begin = [
        str(each)
        for each in range(int(now - DAYS * DAY) // PART, int(now + DAYS * DAY) // PART + 1)
    ]
    return re.compile(rf"(?:{'|'.join(begin)})\d{{5}}(?:\d{{3}})?", re.ASCII)


def _hex_word(text: str, start: int, end: int) -> tuple[int, int]:
    while start and text[start - 1] in _HEX:
        start -= 1
    while end < len(text) and text[end] in _HEX:
        end += 1
    return start, end
