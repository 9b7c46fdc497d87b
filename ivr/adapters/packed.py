"""Records as rows of few bytes: digests and carriers' ids as bytes, times from the beginning, words by their places.

Knows every field of a verification, and in which order they lie. Does not know sealing or
stores. What is usual comes first; of the rest, what is as it mostly is at the end is left out. A field that
is added later comes last of all, with a default: an older release reads over it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from ivr.adapters.words import LONG, SHORT
from ivr.domain.callflow import Mode, Pace, Purpose
from ivr.domain.conversation import Position
from ivr.domain.delivery import Delivery
from ivr.domain.events import CallEnd
from ivr.domain.record import Call, Reason, State, Verification

_SID: Final = re.compile(r"CA[0-9a-f]{32}", re.ASCII)
_RELEASE: Final = re.compile(r"[0-9a-f]{12}", re.ASCII)
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_KINDS: Final[tuple[Any, ...]] = (Mode, Purpose, Pace, State, CallEnd, Reason)
_PLACE: Final = {id(each): SHORT[each.value] for kind in _KINDS for each in kind}
"""Places of enumerated words, found by what each is and not by its hash, which Python computes in Python."""
_MODES, _PURPOSES, _PACES, _STATES, _ENDS, _REASONS = (
    {SHORT[each.value]: each for each in kind} for kind in _KINDS
)
_NOTHING: Final = tuple(map(bytes, (7, 32, 16, 16, 6)))
"""In place of a number, a request's digest, a call's id, the name of its request, and its release."""
FIXED: Final = 6 + sum(map(len, _NOTHING))
"""Bytes that come before a verification's row; the first six are the time from which others are counted."""
_USUAL: Final = 22
"""How many fields come first in a row."""
_REST: Final[list[Any]] = [
    None, None, None, None, None, None, None, None, False, 0, b"", 0, 0, 0, None, 0, None, (), 0,
]  # fmt: skip
"""What the fields of the rest are where a row leaves them out, in their order."""
_POSITION: Final[list[Any]] = [{}, False, False]


def pack_verification(verification: Verification, key_id: str) -> tuple[bytes, list[Any]]:
    """Return what has a fixed length, and a row. `key_id` is of the key that seals it; its id names it."""
    began, call = verification.created_at, verification.call
    until = verification.code_until
    fixed, odd = _fixed(verification, call)
    row = [
        verification.client,
        verification.bank,
        verification.wallet,
        verification.account,
        _PLACE[id(verification.mode)],
        _PLACE[id(verification.purpose)],
        SHORT[verification.language],
        _PLACE[id(verification.pace)],
        None if verification.key_id == key_id else verification.key_id,
        verification.expires_at - began,
        verification.reference,
        _PLACE[id(verification.state)],
        verification.since - began,
        until - began if until else None,
        verification.code_heard,
        verification.tries,
        call.number,
        call.wished_at - began,
        call.turn,
        SHORT[call.carrier],
        call.turned_after,
        call.position and _pack_position(call.position),
    ]
    row += _trimmed(odd + _rest_of(verification, call), _REST)
    return fixed, row


def _fixed(verification: Verification, call: Call) -> tuple[bytes, list[Any]]:
    """Return the bytes of fixed length, and what is not as long or as plain as it mostly is: the others are None."""
    number, digest, sid = verification.number, verification.request_digest, call.sid
    replay, release = call.replay, call.release
    odd: list[Any] = [None] * 5
    parts = [verification.created_at.to_bytes(6), *_NOTHING]
    if _NUMBER.fullmatch(number):
        parts[1] = int(number).to_bytes(7)
    else:
        odd[0] = number
    if len(digest) == len(_NOTHING[1]):
        parts[2] = digest
    else:
        odd[1] = digest
    if _SID.fullmatch(sid):
        parts[3] = bytes.fromhex(sid[2:])
    else:
        odd[2] = sid
    if len(replay) == len(_NOTHING[3]):
        parts[4] = replay
    else:
        odd[3] = replay
    if _RELEASE.fullmatch(release):
        parts[5] = bytes.fromhex(release)
    else:
        odd[4] = release
    return b"".join(parts), odd


def _rest_of(verification: Verification, call: Call) -> list[Any]:
    last_call, reason = verification.last_call, verification.reason
    return [
        verification.amount,
        verification.callback_url,
        last_call and _PLACE[id(last_call)],
        call.hang_up_owed,
        call.postponed_until,
        call.asked_in,
        call.code_of,
        call.postponed,
        call.retried,
        reason and _PLACE[id(reason)],
        verification.decided_at,
        verification.delivery,
        verification.checks,
        verification.disputed_at,
    ]


def unpack_verification(name: str, fixed: bytes, row: list[Any], key_id: str) -> Verification:
    """Return the verification that lay as `fixed` and `row` under `name`, sealed by the key `key_id`.

    Raises:
        KeyError: a word that a later release added.
        ValueError: this is no row of a verification.

    """
    began = int.from_bytes(fixed[:6])
    rest = _filled(row[_USUAL:], _REST)
    client, bank, wallet, account, mode, purpose, language, pace, own_key, life, reference, *_ = row
    number, digest, *_ = rest
    return Verification(
        id=name,
        client=client,
        bank=bank,
        wallet=wallet,
        account=account,
        number=f"+{int.from_bytes(fixed[6:13])}" if number is None else number,
        mode=_MODES[mode],
        purpose=_PURPOSES[purpose],
        language=LONG[language],
        pace=_PACES[pace],
        key_id=key_id if own_key is None else own_key,
        request_digest=fixed[13:45] if digest is None else digest,
        created_at=began,
        expires_at=began + life,
        call=_unpack_call(began, fixed, row, rest),
        amount=rest[5],
        reference=reference,
        callback_url=rest[6],
        **_unpack_progress(began, row, rest),
    )


def _unpack_progress(began: int, row: list[Any], rest: list[Any]) -> dict[str, Any]:
    """Return how far a verification has come."""
    state, since, until, code_heard, tries, *_ = row[11:]
    reason, decided_at, delivery, checks, disputed_at, *_ = rest[14:]
    return {
        "state": _STATES[state],
        "since": began + since,
        "tries": tries,
        "last_call": rest[7] and _ENDS[rest[7]],
        "code_until": 0 if until is None else began + until,
        "code_heard": code_heard,
        "reason": reason and _REASONS[reason],
        "decided_at": decided_at,
        "delivery": delivery and _unpack_delivery(*delivery),
        "checks": tuple(map(tuple, checks)) if checks else (),
        "disputed_at": disputed_at,
    }


def _unpack_call(began: int, fixed: bytes, row: Sequence[Any], rest: Sequence[Any]) -> Call:
    number, wished, turn, carrier, turned_after, position = row[16:_USUAL]
    sid, replay, release = rest[2:5]
    hang_up_owed, postponed_until, asked_in, code_of, postponed, retried = rest[8:14]
    return Call(
        number=number,
        wished_at=began + wished,
        sid="CA" + fixed[45:61].hex() if sid is None else sid,
        turn=turn,
        position=position and _unpack_position(position),
        release=fixed[77:].hex() if release is None else release,
        hang_up_owed=hang_up_owed,
        postponed_until=postponed_until,
        replay=fixed[61:77] if replay is None else replay,
        asked_in=asked_in,
        code_of=code_of,
        postponed=postponed,
        turned_after=turned_after,
        carrier=LONG[carrier],
        retried=retried,
    )


def _pack_position(position: Position) -> list[Any]:
    row = [
        SHORT[position.step],
        SHORT[position.entered],
        SHORT[position.language],
        _PLACE[id(position.pace)],
        position.consented,
    ]
    row += _trimmed([position.counts, position.over, position.at_desk], _POSITION)
    return row


def _unpack_position(row: list[Any]) -> Position:
    step, entered, language, pace, consented, *_ = row
    counts, over, at_desk, *_ = _filled(row[5:], _POSITION)
    return Position(
        step=LONG[step],
        entered=LONG[entered],
        language=LONG[language],
        pace=_PACES[pace],
        consented=consented,
        over=over,
        counts=counts,
        at_desk=at_desk,
    )


def _unpack_delivery(attempts: int, next_at: int, delivered: bool, *_: Any) -> Delivery:  # noqa: FBT001 - as it lies
    return Delivery(attempts=attempts, next_at=next_at, delivered=delivered)


def _trimmed(fields: list[Any], usual: list[Any]) -> list[Any]:
    """Leave out what is usual at the end."""
    if fields == usual:
        return []
    count = len(fields)
    while fields[count - 1] == usual[count - 1]:
        count -= 1
    return fields[:count]


def _filled(fields: list[Any], usual: list[Any]) -> list[Any]:
    """Put back what was left out."""
    return fields + usual[len(fields) :] if fields else usual
