"""The notes of one change as they lie in a story's stream: few bytes, nothing left out.

Knows the format. Does not know what notes mean: a word that is in the table takes one byte, the names of
what a note tells one for all of them where they are usual, and anything else stands as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from ivr.adapters.names import PACKED_ID, pack_id, unpack_id
from ivr.adapters.words import LONG, SHORT
from ivr.domain.errors import Impossible
from ivr.service.ports import Note

OF_ONE: Final = 3
"""First of all, then a verification's packed id."""
OF_OTHERS: Final = 4
"""First of all, then whose notes they are: one byte that says how long that is, and the text."""
_TIME: Final = 6
_RELEASE: Final = re.compile(r"[0-9a-f]{12}", re.ASCII)
_FEW: Final = 8
"""A call's number below this shares a number with the time."""
_SMALL: Final = 32
"""Numbers below this stand as negative ones, which take a byte, as words have the positive ones."""
_USUAL: Final[tuple[tuple[str, ...], ...]] = (
    (),
    ("state",),
    ("state", "release", "step"),
    ("turn", "flow", "release", "step"),
    ("state", "carrier"),
    ("client", "bank", "wallet", "mode", "purpose", "account_tail"),
    ("state", "release", "step", "right", "tries"),
    ("state", "release", "step", "reason"),
    ("state", "release", "step", "right", "tries", "reason"),
    ("state", "release", "step", "last_call"),
    ("state", "last_call"),
    ("state", "reason"),
    ("state", "carrier", "last_call"),
    ("state", "release", "step", "carrier", "last_call"),
    ("status", "attempts"),
    ("release", "step"),
)
"""Names that are told together, by their places. The table is closed, as that of the words is."""
_PLACE_OF_NAMES: Final = {names: place for place, names in enumerate(_USUAL)}
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode


def pack(owner: str, notes: Sequence[Note]) -> bytes:
    """Return an entry of the stream: whose notes they are, and the notes."""
    began = notes[0].at if notes else 0
    row: list[Any] = []
    before: Mapping[str, str | int] = {}
    for note in notes:
        detail = note.detail
        names = tuple(detail)
        after, call = note.at - began, note.call
        row += (
            SHORT[note.kind],
            after * _FEW + call if 0 <= call < _FEW else [after, call],
            _PLACE_OF_NAMES.get(names, names),
        )
        for name, value in detail.items():
            row.append(None if before.get(name) == value else _packed(name, value))
        before = detail
    return _head(owner) + began.to_bytes(_TIME) + _encode(row)


def unpack(entry: bytes) -> tuple[str, list[Note]]:
    """Return the owner and the notes of an entry.

    Raises:
        Impossible: written by another release that knows more, or by one before the format's last change.

    """
    owner, rest = _owner_of(entry)
    began = int.from_bytes(rest[:_TIME])
    row = iter(_decode(rest[_TIME:]))
    notes: list[Note] = []
    before: Mapping[str, str | int] = {}
    for kind, moment, names in zip(row, row, row, strict=False):
        after, call = moment if isinstance(moment, list) else divmod(moment, _FEW)
        detail = {}
        for name in _names_of(names):
            value = next(row)
            detail[name] = before[name] if value is None else _unpacked(value)
        notes.append(Note(kind=LONG[kind], at=began + after, call=call, detail=detail))
        before = detail
    return owner, notes


def _head(owner: str) -> bytes:
    if packed := pack_id(owner):
        return bytes((OF_ONE,)) + packed
    text = owner.encode()
    return bytes((OF_OTHERS, len(text))) + text


def _owner_of(entry: bytes) -> tuple[str, bytes]:
    if entry[0] == OF_ONE:
        return unpack_id(entry[1 : 1 + PACKED_ID]), entry[1 + PACKED_ID :]
    if entry[0] == OF_OTHERS:
        end = 2 + entry[1]
        return entry[2:end].decode(), entry[end:]
    raise Impossible(f"a story has format {entry[0]}; this release reads {OF_ONE} and {OF_OTHERS}")


def _packed(name: str, value: str | int) -> Any:
    """A place stands for a word, so a number is a negative one, or stands in an array of its own."""
    if isinstance(value, int):
        return -1 - value if 0 <= value < _SMALL else [value]
    if name == "release" and _RELEASE.fullmatch(value):
        return bytes.fromhex(value)
    return SHORT[value]


def _unpacked(value: Any) -> str | int:
    match value:
        case [number]:
            return int(number)
        case bytes():
            return value.hex()
        case int() if value < 0:
            return -1 - value
        case _:
            return LONG[value]


def _names_of(short: Any) -> Sequence[str]:
    if not isinstance(short, int):
        return tuple(short)
    if not 0 <= short < len(_USUAL):
        raise Impossible(f"place {short} was written, and there are {len(_USUAL)} sets of names")
    return _USUAL[short]
