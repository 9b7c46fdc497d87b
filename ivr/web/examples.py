"""One verification as it stands after each call, for the description of the API.

Typed as what is really sent; a test holds it against the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ivr.domain.callflow import Mode, Purpose
from ivr.domain.events import CallEnd
from ivr.domain.record import Reason, State
from ivr.web.representation import Progress, VerificationShown

EXAMPLE_ID: Final = "v3yjorfbv3kyelkqiw5uf2eohwc"
_RECEIPT: Final = "eyJhbGciOiJFZERTQSIsImtpZCI6ImsyMDI2MTEyMiJ9.eyJ2ZXJkaWN0Ijoi...2Q"
_STARTED: Final[VerificationShown] = {
    "id": EXAMPLE_ID,
    "state": State.WANTED,
    "mode": Mode.READOUT,
    "purpose": Purpose.LINK,
    "bank": "honnin",
    "wallet": "kumopay",
    "amount": None,
    "reference": "link-0042",
    "created_at": "2026-11-22T03:00:00.000Z",
    "expires_at": "2026-11-22T03:10:00.000Z",
    "tries_left": 5,
    "calls_left": 2,
    "call": {"number": 1, "progress": Progress.WANTED},
    "last_call": None,
    "passcode_expires_at": None,
    "verdict": None,
    "reason": None,
    "decided_at": None,
    "receipt": None,
    "disputed_at": None,
}
_SPOKEN: Final[VerificationShown] = {
    **_STARTED,
    "state": State.SPOKEN,
    "call": {"number": 1, "progress": Progress.SPOKEN},
    "passcode_expires_at": "2026-11-22T03:05:41.200Z",
}
_DECIDED: Final[VerificationShown] = {
    **_SPOKEN,
    "tries_left": 0,
    "calls_left": 0,
    "call": {"number": 1, "progress": Progress.ENDED},
    "decided_at": "2026-11-22T03:01:07.318Z",
    "receipt": _RECEIPT,
}

ANSWERS: Final[Mapping[str, VerificationShown]] = {
    "start": _STARTED,
    "read": _SPOKEN,
    "check": {
        **_DECIDED,
        "state": State.PASSED,
        "last_call": CallEnd.COMPLETED,
        "verdict": "pass",
        "reason": Reason.RIGHT_PASSCODE,
    },
    "call_again": {
        **_STARTED,
        "calls_left": 1,
        "call": {"number": 2, "progress": Progress.WANTED},
        "last_call": CallEnd.NO_ANSWER,
    },
    "cancel": {
        **_DECIDED,
        "state": State.FAILED,
        "verdict": "fail",
        "reason": Reason.CANCELLED,
    },
}
"""By the call's name."""
