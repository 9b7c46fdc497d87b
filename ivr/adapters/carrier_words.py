"""The carrier's words, each with what it means to us: total maps, read at the door.

Knows Twilio's call statuses, SIP response codes and REST error codes, and nothing that follows from
them. An unknown word is an error that names it, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ivr.domain.errors import Impossible
from ivr.domain.events import CallEnd
from ivr.service.carrier_port import (
    CallProgress,
    DialEnd,
    NotPlaced,
    Placing,
    Postponed,
    Unsure,
)

E164: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
# What the carrier gives for a caller who shows no number: a word, or that word keyed on a telephone.
_WITHHELD: Final = frozenset(
    {"ANONYMOUS", "BLOCKED", "PRIVATE", "RESTRICTED", "UNAVAILABLE", "UNKNOWN"}
)
_KEYPAD: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_WITHHELD_NUMBERS: Final = frozenset(f"+{word.translate(_KEYPAD)}" for word in _WITHHELD)

_STATUSES: Final[Mapping[str, CallProgress | CallEnd]] = {
    "queued": CallProgress.RINGING,
    "initiated": CallProgress.RINGING,
    "ringing": CallProgress.RINGING,
    "in-progress": CallProgress.ANSWERED,
    "answered": CallProgress.ANSWERED,
    "completed": CallEnd.COMPLETED,
    "busy": CallEnd.BUSY,
    "no-answer": CallEnd.NO_ANSWER,
    "canceled": CallEnd.NO_ANSWER,
    "failed": CallEnd.UNREACHABLE,
}
# RFC 3261, 21: what the far end answered tells more than the carrier's status.
_SIP: Final[Mapping[tuple[str, str], CallEnd]] = {
    ("no-answer", "603"): CallEnd.REJECTED,
    ("busy", "603"): CallEnd.REJECTED,
    ("failed", "603"): CallEnd.REJECTED,
    ("failed", "480"): CallEnd.NO_ANSWER,
    ("failed", "408"): CallEnd.NO_ANSWER,
    ("failed", "486"): CallEnd.BUSY,
    ("failed", "600"): CallEnd.BUSY,
    ("failed", "500"): CallEnd.CARRIER_BUSY,
    ("failed", "502"): CallEnd.CARRIER_BUSY,
    ("failed", "503"): CallEnd.CARRIER_BUSY,
    ("failed", "504"): CallEnd.CARRIER_BUSY,
}
_DIALLED: Final[Mapping[str, DialEnd]] = {
    "completed": DialEnd.DONE,
    "answered": DialEnd.DONE,
    "busy": DialEnd.BUSY,
    "no-answer": DialEnd.NO_ANSWER,
    "canceled": DialEnd.NO_ANSWER,
    "failed": DialEnd.NO_ANSWER,
}
_NUMBER_REFUSED: Final = frozenset({13224, 21211, 21214, 21215, 21216, 21217})
_ASK_AGAIN: Final = frozenset({10004, 20429})
_UNSURE: Final = frozenset({20500, 20503})
_TOO_MANY: Final = 429
# Wrong credentials, or an account that is suspended: it will say so to every call.
_SHUT_OUT: Final = frozenset({401, 403})
_SERVER_FAULT: Final = 500


def read_caller(shown: str) -> str:
    """Read the number that a caller shows; empty where it is withheld, or no telephone number."""
    return shown if E164.fullmatch(shown) and shown not in _WITHHELD_NUMBERS else ""


def read_status(status: str, sip_code: str) -> CallProgress | CallEnd:
    """Read a call status with the SIP response code that came with it (empty where none did).

    Raises:
        Impossible: a status that is not in the table.

    """
    meaning = _SIP.get((status, sip_code)) or _STATUSES.get(status)
    if meaning is None:
        message = f"the carrier said CallStatus {status!r}, which is not in the table"
        raise Impossible(message)
    return meaning


def read_dialled(status: str, bridged: str) -> DialEnd | None:
    """Read how a transfer ended; None where there was none (both are empty).

    Staff who put the receiver down before they were connected did answer; nobody spoke with them.

    Raises:
        Impossible: a status that is not in the table.

    """
    if not status:
        return None
    if status not in _DIALLED:
        message = f"the carrier said DialCallStatus {status!r}, which is not in the table"
        raise Impossible(message)
    end = _DIALLED[status]
    return DialEnd.NO_ANSWER if end is DialEnd.DONE and bridged == "false" else end


def is_over(status: str) -> bool:
    """Tell whether a call status is of a call that has ended."""
    return isinstance(_STATUSES.get(status), CallEnd)


def read_refusal(http_status: int, code: int | None, retry_after: float) -> Placing:
    """Sort the carrier's error answer to a request for a call.

    Only 429 and its code are documented as never processed; a server's fault says nothing about
    whether the call was placed; every other refusal is of a call that was not placed.
    """
    name = str(code or http_status)
    if http_status == _TOO_MANY or code in _ASK_AGAIN:
        return Postponed(retry_after, name)
    if http_status >= _SERVER_FAULT or code in _UNSURE:
        return Unsure(name)
    if code in _NUMBER_REFUSED:
        return NotPlaced(CallEnd.UNREACHABLE, name)
    return NotPlaced(CallEnd.CARRIER_BUSY, name, fault=http_status in _SHUT_OUT)
