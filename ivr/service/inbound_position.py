"""Where a call to us stands, kept in the address of its next hook and nowhere else.

Whoever calls may be anybody, and so nothing is kept of him. What stands in the address is no secret;
it is signed for one call, one bank and one turn, so that no other position can be claimed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

import msgspec

from ivr.domain.conversation import Position
from ivr.domain.errors import Forged
from ivr.domain.keyring import Keyring, Use

_MAC: Final = 16
_encode = msgspec.msgpack.Encoder().encode


class Stand(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The release that the call follows, and its position there."""

    release: str
    position: Position


_decode = msgspec.msgpack.Decoder(Stand).decode


class TurnOf(msgspec.Struct, frozen=True, kw_only=True):
    """Which turn of which call to which bank."""

    sid: str
    bank: str
    number: int


def write(keyring: Keyring, turn: TurnOf, stand: Stand) -> str:
    """Write where a call stands at a turn, for an address."""
    content = _encode(stand)
    mac = _sign(keyring, keyring.current, turn, content)
    return base64.urlsafe_b64encode(mac + content).decode().rstrip("=")


def read(keyring: Keyring, turn: TurnOf, written: str) -> Stand:
    """Read where a call stands.

    Raises:
        Forged: we did not write this for this turn of this call.

    """
    try:
        signed = base64.b64decode(written + "=" * (-len(written) % 4), altchars="-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _forged() from error
    mac, content = signed[:_MAC], signed[_MAC:]
    good = [_sign(keyring, key_id, turn, content) for key_id in keyring.ids]
    if not any(hmac.compare_digest(mac, each) for each in good):
        raise _forged()
    return _decode(content)


def _sign(keyring: Keyring, key_id: str, turn: TurnOf, content: bytes) -> bytes:
    key = keyring.key(key_id, Use.HOOK, "inbound")
    message = _encode((turn.sid, turn.bank, turn.number, content))
    return hmac.digest(key, message, hashlib.sha256)[:_MAC]


def _forged() -> Forged:
    return Forged("a hook with a position of no inbound call of ours")
