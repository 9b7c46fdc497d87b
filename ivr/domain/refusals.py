"""What a client is told when the state of a verification refuses what it asks.

Knows one sentence for each code that the transition table holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ivr.domain.callflow import KEY_ONLY, Mode
from ivr.domain.errors import Code, Refused
from ivr.domain.record import Record

_REFUSALS: Final[Mapping[Code, str]] = {
    Code.NOT_SPOKEN_YET: "The passcode was not spoken yet; there is nothing to check, and this was no try.",
    Code.PASSCODE_EXPIRED: "The passcode's life is over; ask for another call. This was no try.",
    Code.CALL_IN_PROGRESS: "A call is being placed or in progress; wait until it has ended.",
    Code.ALREADY_DECIDED: "This verification has its verdict; start a new one for a new question.",
}


def refusal(code: Code, record: Record) -> Refused:
    """Refuse; a passcode that was spoken in the last call and died is not one that was never spoken."""
    if code is Code.NOT_SPOKEN_YET and record.verification.code_until:
        code = Code.PASSCODE_EXPIRED
    return Refused(code, _REFUSALS[code])


def wrong_mode(mode: Mode) -> Refused:
    """Refuse to check a passcode in a mode in which no page takes one."""
    why = (
        f"In {mode} there is no passcode: the depositor answers by a key"
        if mode in KEY_ONLY
        else f"In {mode} the depositor keys the passcode into the phone"
    )
    return Refused(Code.WRONG_MODE, f"{why}; read the verdict with GET.")
