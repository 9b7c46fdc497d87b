"""The notes of one change as they lie in a story's stream: few bytes, nothing left out.

Knows the format, and how notes lay in the stream before it had a number. Does not know what notes mean:
a word that is in the table takes one byte, and any other stands as it is.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from ivr.adapters.names import AS_BASE_32
from ivr.domain.errors import Impossible
from ivr.service.ports import Note

FORMAT: Final = 2
"""First of all; what was written before begins with an array's byte (0x90 to 0x9f, 0xdc)."""
_FORMER: Final = frozenset((*range(0x90, 0xA0), 0xDC))
_ID: Final = re.compile(r"v[a-z2-7]{26}", re.ASCII)
_ID_LETTERS: Final = 26
_BYTES: Final = 17
_SPARE: Final = 6
"""Bits that are left in so many bytes."""
_RELEASE: Final = re.compile(r"[0-9a-f]{12}", re.ASCII)
_TABLE: Final = """
state release step right tries reason last_call turn flow code how hung_up status attempts
client bank wallet mode purpose account_tail person failures count why
placing_started call_accepted call_postponed call_refused phone_rang phone_answered consent_given
confirmed passcode_spoken passcode_keyed not_me_reported call_ended time_ran_out passcode_checked
call_asked call_back_asked cancelled verification_requested turn_taken desk_call_ended
hang_up_left_alone call_hung_up_by_us carrier_postponed carrier_refused carrier_unsure
not_me_after_verdict callback_wished callback_delivered callback_failed callback_parked
account_unlocked hook_forged inbound_call_back_asked
wanted placing ringing answered consented spoken heard resting passed failed
right_passcode wrong_passcode not_me expired account_blocked no_answer busy rejected
no_consent carrier_busy unreachable completed
readout keyin notice reverify inbound link charge change
link-readout link-keyin ask_consent read greeting
carrier main greet after_desk apology at_desk called_back decided desk desk_engaged enter_code farewell
incomplete_code last_wrong_code no_reply not_confirmed not_taken put_through thanks too_late warn wrong_code
"""
_WORDS: Final = tuple(_TABLE.split())
"""Words that notes are made of, by their places: a word is added at the end and none is ever taken away.

The first 128 take one byte, and the next 128 two."""
_PLACES: Final = {word: place for place, word in enumerate(_WORDS)}
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode
_decode_former: Final = msgspec.msgpack.Decoder(list[Note]).decode


def pack(owner: str, notes: Sequence[Note]) -> bytes:
    """Return an entry of the stream: whose notes they are, and the notes."""
    began = notes[0].at if notes else 0
    entry: list[Any] = [_packed_id(owner), began]
    before: Mapping[str, str | int] = {}
    for note in notes:
        line: list[Any] = [_PLACES.get(note.kind, note.kind), note.at - began, note.call]
        for name, value in note.detail.items():
            is_known = before.get(name) == value
            line += (_PLACES.get(name, name), None if is_known else _packed(name, value))
        entry.append(line)
        before = note.detail
    return bytes((FORMAT,)) + _encode(entry)


def unpack(field: bytes, entry: bytes) -> tuple[str, list[Note]]:
    """Return the owner and the notes of an entry; `field` was the owner before entries named it.

    Raises:
        Impossible: written by a later release.

    """
    if entry[0] in _FORMER:
        return field.decode(), _decode_former(entry)
    if entry[0] != FORMAT:
        raise Impossible(f"a story has format {entry[0]}; this release reads {FORMAT}")
    owner, began, *lines = _decode(entry[1:])
    notes: list[Note] = []
    for kind, after, call, *detail in lines:
        names = (_word(each) for each in detail[::2])
        before = notes[-1].detail if notes else {}
        told = {
            name: before[name] if value is None else _unpacked(value)
            for name, value in zip(names, detail[1::2], strict=True)
        }
        notes.append(Note(kind=_word(kind), at=began + after, call=call, detail=told))
    return _unpacked_id(owner), notes


def _packed(name: str, value: str | int) -> Any:
    """A place stands for a word, so a number stands in an array of its own."""
    if isinstance(value, int):
        return [value]
    if name == "release" and _RELEASE.fullmatch(value):
        return bytes.fromhex(value)
    return _PLACES.get(value, value)


def _unpacked(value: Any) -> str | int:
    match value:
        case [number]:
            return int(number)
        case bytes():
            return value.hex()
        case _:
            return _word(value)


def _word(value: int | str) -> str:
    return _WORDS[value] if isinstance(value, int) else value


def _packed_id(owner: str) -> str | bytes:
    """An id's 26 letters of base32 are 130 bits."""
    if not _ID.fullmatch(owner):
        return owner
    return (int(owner[1:].translate(AS_BASE_32), 32) << _SPARE).to_bytes(_BYTES, "big")


def _unpacked_id(owner: str | bytes) -> str:
    if isinstance(owner, str):
        return owner
    return "v" + base64.b32encode(owner).decode().lower()[:_ID_LETTERS]
