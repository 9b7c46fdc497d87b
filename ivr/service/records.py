"""Load, decide, save: the only way a record changes, and the loop that a lost race goes round.

Knows that time runs out for whoever loads a record late, and what must be saved with a change.
Does not know why a record changes: each use case hands in a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, TypeVar

from ivr.domain.errors import Code, Refused, TryLater
from ivr.domain.events import (
    CallEvent,
    Event,
    PasscodeChecked,
    PasscodeKeyed,
    PlacingStarted,
    TimeRanOut,
)
from ivr.domain.policy import Limits
from ivr.domain.record import Record
from ivr.domain.verification import after
from ivr.service.meter_port import Meter, Unmetered
from ivr.service.ports import Loaded, Note, Store
from ivr.service.store_faults import LostRaceError, TooLateError

_ROUNDS: Final = 1000
"""More lost races in a row than any contention explains; each round means that somebody else won."""

Result = TypeVar("Result")


class Change:
    """A record on its way: tell it events, leave notes; what remains is saved in one step.

    Each note of a call that has begun names the release that the call follows, and its step.
    """

    def __init__(self, record: Record, now: int, limits: Limits) -> None:
        """Begin with the record as loaded, at the store's time `now`."""
        self.record = record
        self.now = now
        self.limits = limits
        self.notes: list[Note] = []
        self._stand: dict[str, str] | None = None

    def stand(self, release: str, step: str) -> None:
        """Say at which step of which release the call is while a turn is taken."""
        self._stand = {"release": release, "step": step}

    def is_overdue(self) -> bool:
        """Tell whether a deadline has passed. Each request asks, and nearly always none has."""
        verification = self.record.verification
        return not verification.decided and self.now >= verification.deadline(self.limits)

    def tell(self, event: Event) -> bool:
        """Apply an event; False where it was stale. A change leaves a note of the event's kind."""
        changed = after(self.record, event, self.limits)
        if changed is self.record:
            return False
        self.record = changed
        self.notes.append(_note_of(event, changed, self._where()))
        return True

    def note(self, kind: str, **detail: str | int) -> None:
        """Leave a note that changes no state."""
        call = self.record.verification.call.number
        where = {**detail, **self._where()}
        self.notes.append(Note(kind=kind, at=self.now, call=call, detail=where))

    def _where(self) -> dict[str, str]:
        call = self.record.verification.call
        if self._stand is not None or call.position is None:
            return self._stand or {}
        return {"release": call.release, "step": call.position.step}


def _note_of(event: Event, record: Record, where: Mapping[str, str]) -> Note:
    verification = record.verification
    detail: dict[str, str | int] = {"state": verification.state.value, **where}
    if isinstance(event, PasscodeChecked | PasscodeKeyed):
        detail["right"] = int(event.right)
        detail["tries"] = verification.tries
    if isinstance(event, PlacingStarted) and event.carrier:
        detail["carrier"] = event.carrier
    if verification.decided and verification.reason:
        detail["reason"] = verification.reason.value
    elif verification.last_call:
        detail["last_call"] = verification.last_call.value
    call = event.call if isinstance(event, CallEvent) else verification.call.number
    return Note(kind=snake(type(event).__name__), at=event.at, call=call, detail=detail)


@cache
def snake(name: str) -> str:
    """Turn a class name into the name used in stories: `PhoneRang` is `phone_rang`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip(
        "_"
    )


class Records:
    """Verifications with their accounts, behind the compare-and-set."""

    def __init__(
        self, store: Store, limits_of: Callable[[str], Limits], meter: Meter | None = None
    ) -> None:
        """`limits_of` gives a bank's limits by its id; `meter` is told of what was saved."""
        self.store = store
        self.limits_of = limits_of
        self.meter = meter or Unmetered()

    def read(self, verification_id: str) -> tuple[Record, int]:
        """Load a record with time applied; return it and the store's time. Raises `Refused` (`not_found`)."""
        return self.change(verification_id, lambda change: change.now)

    def find(self, verification_id: str) -> Record | None:
        """Load a record with time applied; None where there is none."""
        try:
            return self.read(verification_id)[0]
        except Refused:
            return None

    def change(
        self, verification_id: str, step: Callable[[Change], Result]
    ) -> tuple[Record, Result]:
        """Load the record, let `step` decide, save what it left; again from the start on a lost race.

        Return the record as saved, and what `step` returned.

        `step` may run more than once and must touch nothing but its change. What it raises leaves
        everything as it was. Time is applied, and saved, before the step sees the record.

        Raises:
            Refused: `not_found`, or what `step` raises.
            TryLater: the store was too busy to let this change through, or no replica has it.

        """
        for _ in range(_ROUNDS):
            loaded = self.store.load(verification_id)
            if loaded is None or loaded.record is None:
                raise not_found()
            change = Change(
                loaded.record, loaded.now, self.limits_of(loaded.record.verification.bank)
            )
            timed_out = _let_time_run(change)
            if timed_out:
                self._save(loaded, change)
                continue
            try:
                result = step(change)
            except Refused:  # which may show what another saved a moment ago
                self.store.assure(loaded)
                raise
            if self._save(loaded, change):
                return change.record, result
        raise TryLater("store_contended", "Too many changes to this verification at once.")

    def create(self, loaded: Loaded, change: Change) -> bool:
        """Save a new record beside the account in `loaded`; False where somebody else came first."""
        return self._save(loaded, change)

    def _save(self, loaded: Loaded, change: Change) -> bool:
        if change.record is loaded.record and not change.notes:
            self.store.assure(loaded)
            return True
        verification = change.record.verification
        newly_passed = verification.passed and not (
            loaded.record and loaded.record.verification.passed
        )
        try:
            self.store.save(
                loaded,
                change.record,
                change.notes,
                due=change.record.next_look(change.limits),
                keep=change.record.keep_for(change.limits),
                pass_before=verification.pass_before if newly_passed else None,
            )
        except (LostRaceError, TooLateError):
            return False
        self.meter.saved(loaded.record, change.record, change.notes)
        return True


def _let_time_run(change: Change) -> bool:
    ran_out = False
    while change.is_overdue() and change.tell(TimeRanOut(at=change.now)):
        ran_out = True
    return ran_out


def not_found() -> Refused:
    """Return the one answer for ids that never were, are gone, or belong to somebody else."""
    return Refused(Code.NOT_FOUND, "There is no such verification for this client; check the id.")
