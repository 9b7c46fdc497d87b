"""What was pressed, by the name under which a call flow knows it."""

from __future__ import annotations

from typing import Final

from ivr.domain.callflow import NOT_ME_KEY, OTHER, SILENCE, Collect
from ivr.domain.passcode import DIGITS
from ivr.service.carrier_port import VoiceHook

_STAR: Final = "*"


def read_keys(hook: VoiceHook, collect: Collect) -> str:
    """Name it: a key, six digits, `silence`, or `other`."""
    digits = hook.digits
    if hook.finished_on == _STAR or _STAR in digits:
        return _STAR
    digits = digits.rstrip("#") if collect is Collect.PASSCODE else digits
    if not digits:
        return "#" if hook.digits else SILENCE
    if collect is Collect.PASSCODE:
        return digits if len(digits) == DIGITS and digits.isdigit() else OTHER
    return digits if len(digits) == 1 else OTHER


def says_not_me(hook: VoiceHook) -> bool:
    """Tell whether the keys say "not me" at whatever question this was."""
    return read_keys(hook, Collect.KEY) in NOT_ME_KEY.values()
