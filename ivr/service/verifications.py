"""What a bank asks of a verification that was started: read, check, call again, cancel.

Knows that a repeated request counts once. Does not know HTTP, Redis or the carrier.
"""

from __future__ import annotations

from ivr.domain import passcode as passcodes
from ivr.domain.errors import Code, Refused
from ivr.domain.events import CallAsked, Cancelled, PasscodeChecked
from ivr.domain.keyring import Keyring
from ivr.domain.policy import Limits
from ivr.domain.record import RIGHT, Record, Verification
from ivr.service.ports import Client
from ivr.service.records import Change, Records
from ivr.service.starting import called_too_often
from ivr.service.tokens import replay_name
from ivr.service.views import View, Views, check_owner

_NAME = 8
"""How many bytes of a replay name stand for the key; the rest stands for the body."""


class Verifications:
    """The use cases of the API for banks, but for the start."""

    def __init__(self, *, records: Records, views: Views, keyring: Keyring) -> None:
        """Take the records, and what views and replay names are made with."""
        self._records = records
        self._store = records.store
        self._views = views
        self._keyring = keyring

    def read(self, client: Client, verification_id: str) -> View:
        """Return a verification as it stands. Raises `Refused` (`not_found`)."""
        record, _ = self._records.read(verification_id)
        check_owner(record, client)
        return self._views.view(record, self._limits(record))

    def check(self, client: Client, verification_id: str, typed: str, key: str | None) -> View:
        """Check the passcode that the depositor typed; return only on a pass.

        Raises:
            Refused: `wrong_passcode` with `tries_left` (and `verdict` on the last), or the check
                cannot be made now; then nothing was counted.

        """
        guess = passcodes.read_typed(typed)
        name = replay_name(self._keyring, client.id, key, f"{verification_id}/{guess}".encode())

        def step(change: Change) -> int:
            verification = check_owner(change.record, client)
            seen = _find_check(verification, name)
            if seen is not None:
                return seen
            if verification.decided:
                raise self._views.already_decided(change.record)
            change.tell(
                PasscodeChecked(
                    at=change.now, right=self._views.is_right(verification, guess), replay=name
                )
            )
            return (
                RIGHT
                if change.record.verification.passed
                else change.record.tries_left(change.limits)
            )

        record, tries_left = self._records.change(verification_id, step)
        if tries_left == RIGHT:
            return self._views.view(record, self._limits(record))
        raise self._views.wrong_passcode(record, tries_left)

    def call_again(self, client: Client, verification_id: str, key: str) -> View:
        """Wish for another call, with a new passcode. Raises `Refused`."""
        name = replay_name(self._keyring, client.id, key, verification_id.encode())
        record, now = self._records.read(verification_id)
        verification = check_owner(record, client)
        limits = self._limits(record)
        if verification.call.replay == name:
            return self._views.view_for(name, record, limits)
        wait = 0

        def step(change: Change) -> None:
            if change.record.verification.call.replay == name:
                return
            if change.record.verification.decided:
                raise self._views.already_decided(change.record)
            change.tell(CallAsked(at=change.now, replay=name))
            if wait:
                raise called_too_often(wait)

        # What must be refused is refused before a reservation, perhaps an older one, is touched.
        step(Change(record, now, limits))
        wish = f"{verification_id}/{name.hex()}"
        wait = self._store.reserve_call(
            verification.number,
            wish,
            per_hour=limits.calls_to_number_per_hour,
            per_day=limits.calls_to_number_per_day,
        )
        try:
            record, _ = self._records.change(verification_id, step)
        except Refused:
            self._store.release_call(verification.number, wish)
            raise
        return self._views.view_for(name, record, limits)

    def cancel(self, client: Client, verification_id: str) -> View:
        """Take a verification back; a call in progress is hung up. Raises `Refused`."""

        def step(change: Change) -> None:
            check_owner(change.record, client)
            if change.record.verification.decided:
                raise self._views.already_decided(change.record)
            change.tell(Cancelled(at=change.now))

        record, _ = self._records.change(verification_id, step)
        return self._views.view(record, self._limits(record))

    def _limits(self, record: Record) -> Limits:
        return self._records.limits_of(record.verification.bank)


def _find_check(verification: Verification, name: bytes) -> int | None:
    """Return the tries that were left after an earlier check of this name; None where there was none."""
    if not name:
        return None
    for seen, tries_left in verification.checks:
        if seen == name:
            return tries_left
        if seen[:_NAME] == name[:_NAME]:
            raise Refused(
                Code.IDEMPOTENCY_KEY_REUSED,
                "This Idempotency-Key was used for another passcode; use a new key for each try.",
                field="Idempotency-Key",
            )
    return None
