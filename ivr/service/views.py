"""A verification as its client may see it, and the refusals that show one.

Knows what a client may learn and when. Does not know JSON or HTTP.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ivr.domain import passcode as passcodes
from ivr.domain.callflow import Mode
from ivr.domain.errors import Code, Refused
from ivr.domain.keyring import Keyring, Use
from ivr.domain.policy import Limits
from ivr.domain.record import Record, State, Verification
from ivr.service.ports import Client
from ivr.service.receipts import Receipts
from ivr.service.records import not_found

_UNANSWERED = frozenset({State.WANTED, State.PLACING, State.RINGING})


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A verification as its client may see it. `passcode` only in keyin, until the call is answered."""

    record: Record
    limits: Limits
    receipt: str | None = None
    passcode: str | None = None

    def __repr__(self) -> str:
        """Show no passcode."""
        return f"View({self.record.verification!r})"


class Views:
    """Makes views, with receipts and, where the page shows it, the passcode."""

    def __init__(self, keyring: Keyring, receipts: Receipts) -> None:
        """Take what receipts and passcodes are derived with."""
        self._keyring = keyring
        self._receipts = receipts

    def view(self, record: Record, limits: Limits) -> View:
        """Show a record without its passcode."""
        return View(record=record, limits=limits, receipt=self._receipts.receipt_for(record))

    def view_for(self, name: bytes, record: Record, limits: Limits) -> View:
        """Show a record to the request called `name`.

        In keyin with the passcode, if that request is the one to which it is shown, and until the
        call is answered.
        """
        verification = record.verification
        shown = (
            verification.mode is Mode.KEYIN
            and verification.state in _UNANSWERED
            and verification.call.replay == name
        )
        view = self.view(record, limits)
        if not shown:
            return view
        return msgspec.structs.replace(view, passcode=self.passcode(verification))

    def passcode(self, verification: Verification) -> str:
        """Derive the passcode that is good in the present call."""
        secret = self._keyring.key(verification.key_id, Use.PASSCODE)
        return passcodes.derive(secret, verification.binding(), verification.call.code_number)

    def is_right(self, verification: Verification, guess: str) -> bool:
        """Compare a guess with the passcode that is good in the present call."""
        secret = self._keyring.key(verification.key_id, Use.PASSCODE)
        return passcodes.matches(
            secret, verification.binding(), verification.call.code_number, guess
        )

    def already_decided(self, record: Record) -> Refused:
        """Return the refusal that comes after the verdict, with the verdict in it."""
        return Refused(
            Code.ALREADY_DECIDED,
            "This verification has its verdict; start a new one for a new question.",
            **self._verdict(record),
        )

    def wrong_passcode(self, record: Record, tries_left: int) -> Refused:
        """Return the refusal of a wrong passcode: with the verdict where that was the last try."""
        if tries_left:
            return Refused(
                Code.WRONG_PASSCODE,
                "That is not the passcode that was spoken; pressing 1 in the call repeats it.",
                field="passcode",
                tries_left=tries_left,
            )
        return Refused(
            Code.WRONG_PASSCODE,
            "That is not the passcode that was spoken, and it was the last try.",
            field="passcode",
            tries_left=0,
            **self._verdict(record),
        )

    def _verdict(self, record: Record) -> dict[str, Any]:
        verification = record.verification
        return {
            "verdict": verification.verdict,
            "reason": verification.reason.value if verification.reason else None,
            "receipt": self._receipts.receipt_for(record),
        }


def check_owner(record: Record, client: Client) -> Verification:
    """Return the verification if it is this client's. Raises `Refused` (`not_found`)."""
    if record.verification.client != client.id:
        raise not_found()
    return record.verification
