"""Where a hook is sent: the call that it is about, and the token that nobody can guess."""

from __future__ import annotations

import hmac

import msgspec

from ivr.domain.errors import Forged
from ivr.domain.keyring import Keyring
from ivr.domain.record import Verification
from ivr.service.carrier_port import Hook, WhisperHook
from ivr.service.tokens import call_token, desk_token


class HookAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Which call of which verification, and which turn (0 where a hook is of no turn)."""

    verification: str
    call: int
    token: str
    turn: int = 0


def hook_path(verification: str, call: int, token: str, language: str, last: str) -> str:
    """Return the path of a hook; `last` is the turn, `status` or `desk`. The language is for apologies."""
    return f"/hooks/{verification}/{call}/{token}/{language}/{last}"


def check_address(
    keyring: Keyring, verification: Verification, address: HookAddress, hook: Hook
) -> None:
    """Check the token, and that the carrier and its id are those that the call was bound to.

    Raises:
        Forged: the hook does not belong to this call.

    """
    expected = call_token(keyring, verification.key_id, verification.id, address.call)
    if not hmac.compare_digest(expected.encode(), address.token.encode()):
        raise Forged("a hook with a token of no call of ours")
    call = verification.call
    if address.call == call.number and call.sid and call.sid != hook.sid:
        raise Forged("a hook for this call from another call")
    _check_carrier(verification, address, hook)


def check_desk_address(
    keyring: Keyring, verification: Verification, address: HookAddress, hook: WhisperHook
) -> None:
    """Check the token of a transfer, and that it is a transfer of the call, where the carrier says of which.

    Raises:
        Forged: the hook does not belong to a transfer of this call.

    """
    expected = desk_token(keyring, verification.key_id, verification.id, address.call)
    if not hmac.compare_digest(expected.encode(), address.token.encode()):
        raise Forged("a hook with a token of no transfer of ours")
    call = verification.call
    if address.call == call.number and hook.parent and call.sid and call.sid != hook.parent:
        raise Forged("a hook for a transfer of another call")
    _check_carrier(verification, address, hook)


def _check_carrier(verification: Verification, address: HookAddress, hook: Hook) -> None:
    """Check that a hook was signed by the keys of the carrier that was asked for the call."""
    asked = verification.call.carrier
    if address.call == verification.call.number and asked and hook.carrier not in {"", asked}:
        raise Forged("a hook for this call from another carrier")
