"""Calling a depositor back: somebody who called our number asked for it.

A caller's number can be forged, so that it proves nothing. What follows is a call to the registered
number and nothing else: only for a verification that is open, paced like any call. Whoever asked is
told nothing of whether there will be one.
"""

from __future__ import annotations

from ivr.domain.errors import Refused
from ivr.domain.events import CallBackAsked
from ivr.domain.keyring import Keyring
from ivr.domain.record import AT_CARRIER, State
from ivr.service.records import Change, Records
from ivr.service.tokens import inbound_name

_UNDER_WAY = AT_CARRIER | {State.WANTED}


class CallBacks:
    """The use case behind the key that asks to be called back."""

    def __init__(self, *, records: Records, keyring: Keyring) -> None:
        """Take the records, and what an inbound call is named with."""
        self._records = records
        self._store = records.store
        self._keyring = keyring

    def ask(self, bank: str, number: str, sid: str) -> None:
        """Wish for a call to `number` for what it has open with the bank; often nothing follows.

        `sid` is the carrier's id of the inbound call, in which asking twice is asking once.
        """
        name = inbound_name(self._keyring, sid)
        for verification_id in self._store.called_lately(number):
            if self._is_settled(verification_id, bank, number, name):
                return

    def _is_settled(self, verification_id: str, bank: str, number: str, name: bytes) -> bool:
        """Wish for a call for one verification; False where another may be meant."""

        def step(change: Change) -> bool:
            verification = change.record.verification
            if (verification.bank, verification.number) != (bank, number):
                return False
            asked = CallBackAsked(at=change.now, asked_in=name)
            return change.tell(asked) or verification.call.asked_in == name

        try:
            record, now = self._records.read(verification_id)
        except Refused:
            return False
        verification = record.verification
        if verification.number == number and verification.state in _UNDER_WAY:
            return True
        limits = self._records.limits_of(verification.bank)
        if not step(Change(record, now, limits)):
            return False
        wish = f"{verification_id}/{name.hex()}"
        wait = self._store.reserve_call(
            number,
            wish,
            per_hour=limits.calls_to_number_per_hour,
            per_day=limits.calls_to_number_per_day,
        )
        if not wait and not self._records.change(verification_id, step)[1]:
            self._store.release_call(number, wish)
        return True
