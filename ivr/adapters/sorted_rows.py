"""Rows under their keys as one piece of memory, in order: for what is read whole and then only looked up.

A row of 30 bytes takes these, its key and 13 bytes, where a dictionary takes 200 for what its objects are made of.
Knows bytes. Does not know what the rows tell.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

_END: Final = 0
"""After each key, which has no such byte."""
_LENGTH: Final = 4
"""Bytes of a row's length, before the row."""


class SortedRows:
    """Rows under keys, which are text without a zero byte. Add them all, and put them in order before any is found."""

    def __init__(self) -> None:
        """Begin with none."""
        self._text = bytearray()
        self._starts = array("Q")

    def add(self, key: str, row: bytes) -> None:
        """Add a row."""
        text = self._text
        self._starts.append(len(text))
        text += key.encode()
        text.append(_END)
        text += len(row).to_bytes(_LENGTH)
        text += row

    def put_in_order(self) -> list[bytes]:
        """Put the rows in the order of their keys; return those whose key another had before. Rows in order stay."""
        if not self._is_in_order():
            self._starts = array("Q", sorted(self._starts, key=self._key_at))
        starts, key_at = self._starts, self._key_at
        again = range(1, len(starts))
        return [
            self._row_at(starts[n]) for n in again if key_at(starts[n]) == key_at(starts[n - 1])
        ]

    def find(self, key: str) -> bytes | None:
        """Return the row under a key; None where there is none. It takes as many looks as there are doublings."""
        wanted = key.encode()
        place = bisect_left(self._starts, wanted, key=self._key_at)
        if place == len(self._starts) or self._key_at(self._starts[place]) != wanted:
            return None
        return self._row_at(self._starts[place])

    def __iter__(self) -> Iterator[bytes]:
        """Go through the rows in the order of their keys."""
        return map(self._row_at, self._starts)

    def _is_in_order(self) -> bool:
        before = b""
        for start in self._starts:
            key = self._key_at(start)
            if key < before:
                return False
            before = key
        return True

    def _key_at(self, start: int) -> bytes:
        return bytes(self._text[start : self._text.index(_END, start)])

    def _row_at(self, start: int) -> bytes:
        begin = self._text.index(_END, start) + 1
        length = int.from_bytes(self._text[begin : begin + _LENGTH])
        return bytes(self._text[begin + _LENGTH : begin + _LENGTH + length])
