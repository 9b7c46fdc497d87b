"""A verification as JSON. Pure: from a view to the members that clients read.

Knows names and formats. The account, the registered number and the wrong guesses are not in it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ivr.domain.policy import SECOND
from ivr.domain.record import AT_CARRIER, State
from ivr.service.views import View


def represent(view: View) -> dict[str, Any]:
    """Return the JSON members of a verification."""
    verification = view.record.verification
    running = verification.state in AT_CARRIER | {State.WANTED}
    body: dict[str, Any] = {
        "id": verification.id,
        "state": verification.state.value,
        "mode": verification.mode.value,
        "purpose": verification.purpose.value,
        "bank": verification.bank,
        "wallet": verification.wallet,
        "amount": verification.amount,
        "reference": verification.reference,
        "created_at": _time(verification.created_at),
        "expires_at": _time(verification.expires_at),
        "tries_left": view.record.tries_left(view.limits),
        "calls_left": view.record.calls_left(view.limits),
        "call": {
            "number": verification.call.number,
            "progress": verification.state.value if running else "ended",
        },
        "last_call": verification.last_call.value if verification.last_call else None,
        "passcode_expires_at": _time(verification.code_until) if verification.code_until else None,
        "verdict": None,
        "reason": verification.reason.value if verification.reason else None,
        "decided_at": _time(verification.decided_at) if verification.decided else None,
        "receipt": view.receipt,
    }
    if verification.decided:
        body["verdict"] = "pass" if verification.passed else "fail"
    if view.passcode is not None:
        body["passcode"] = view.passcode
    return body


def _time(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / SECOND, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
