"""A verification as JSON. Pure: from a view to the members that clients read.

Knows names and formats, and says of each member what it means: the OpenAPI document is made from
these shapes. The account, the registered number and the wrong guesses are not in them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from ivr.domain.callflow import Mode, Purpose
from ivr.domain.events import CallEnd
from ivr.domain.moments import iso_time
from ivr.domain.record import AT_CARRIER, Reason, State, Verification
from ivr.service.views import View


class Progress(StrEnum):
    """How far the present or last call has come."""

    WANTED = "wanted"
    PLACING = "placing"
    RINGING = "ringing"
    ANSWERED = "answered"
    CONSENTED = "consented"
    SPOKEN = "spoken"
    ENDED = "ended"


Verdict = Literal["pass", "fail"]
Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class Call(TypedDict):
    """The present or last call."""

    number: Annotated[int, Meta(ge=1, description="1 for the first call of the verification.")]
    progress: Progress


class VerificationShown(TypedDict):
    """A verification as its client may see it."""

    id: Annotated[str, Meta(description="Names the verification in every other call.")]
    state: State
    mode: Mode
    purpose: Purpose
    bank: Annotated[str, Meta(description="As it was asked for.")]
    wallet: Annotated[str, Meta(description="As it was asked for.")]
    amount: Annotated[int | None, Meta(description="In whole yen, where the purpose has one.")]
    reference: Annotated[str | None, Meta(description="Your own word for it, as it was sent.")]
    created_at: Annotated[Moment, Meta(description="When it was asked for.")]
    expires_at: Annotated[Moment, Meta(description="When the verification fails by itself.")]
    tries_left: Annotated[
        int,
        Meta(
            ge=0,
            description="Wrong passcodes that are still forgiven; 0 where there is no passcode.",
        ),
    ]
    calls_left: Annotated[int, Meta(ge=0, description="Calls that may still be asked for.")]
    call: Call
    last_call: Annotated[CallEnd | None, Meta(description="How the last call ended.")]
    passcode_expires_at: Annotated[
        Moment | None, Meta(description="Until when the present passcode is taken.")
    ]
    verdict: Annotated[Verdict | None, Meta(description="Null until there is one; then final.")]
    reason: Annotated[Reason | None, Meta(description="Why the verdict is what it is.")]
    decided_at: Annotated[Moment | None, Meta(description="When the verdict fell.")]
    disputed_at: Annotated[
        Moment | None,
        Meta(description="When the depositor said “not me” after a pass: act on it at once."),
    ]
    receipt: Annotated[
        str | None, Meta(description="The verdict as a compact JWS, signed with EdDSA.")
    ]
    passcode: NotRequired[
        Annotated[
            str,
            Meta(
                pattern="^[0-9]{6}$",
                description="What the page shows. Only in keyin, only in the answer to the request "
                "that began the call, and only until the phone is answered.",
            ),
        ]
    ]


def represent(view: View) -> VerificationShown:
    """Return the JSON members of a verification."""
    verification = view.record.verification
    shown: VerificationShown = {
        "id": verification.id,
        "state": verification.state,
        "mode": verification.mode,
        "purpose": verification.purpose,
        "bank": verification.bank,
        "wallet": verification.wallet,
        "amount": verification.amount,
        "reference": verification.reference,
        "created_at": iso_time(verification.created_at),
        "expires_at": iso_time(verification.expires_at),
        "tries_left": view.record.tries_left(view.limits),
        "calls_left": view.record.calls_left(view.limits),
        "call": {"number": verification.call.number, "progress": _progress(verification)},
        "last_call": verification.last_call,
        "passcode_expires_at": iso_time(verification.code_until)
        if verification.code_until
        else None,
        "verdict": verification.verdict,
        "reason": verification.reason,
        "decided_at": iso_time(verification.decided_at) if verification.decided else None,
        "disputed_at": iso_time(verification.disputed_at) if verification.disputed_at else None,
        "receipt": view.receipt,
    }
    if view.passcode is not None:
        shown["passcode"] = view.passcode
    return shown


def _progress(verification: Verification) -> Progress:
    is_running = verification.state in AT_CARRIER | {State.WANTED}
    return Progress(verification.state.value) if is_running else Progress.ENDED
