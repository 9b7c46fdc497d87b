"""Placing a call: mark first, ask the carrier once, note what it said.

Whoever finds the mark never asks again: a worker that died between mark and note leaves a call that
a hook claims, or that ends as `carrier_unsure`. Knows the carrier as a port and nothing of Redis.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from ivr.domain.bookkeeping import hang_up_done, sid_learned
from ivr.domain.events import CallAccepted, CallPostponed, CallRefused, PlacingStarted
from ivr.domain.keyring import Keyring
from ivr.domain.policy import SECOND, Bank
from ivr.domain.record import Record, State, Verification
from ivr.service.carrier_port import (
    Accepted,
    CallOrder,
    NotPlaced,
    Placing,
    Postponed,
    Unsure,
)
from ivr.service.hook_address import hook_path
from ivr.service.pacing import Pacing
from ivr.service.records import Change, Records
from ivr.service.routing import Route, Routing
from ivr.service.tokens import call_token

_BACKOFF: Final = (0, 500, 1_000, 2_000, 4_000)
"""How long a call waits at least when it was postponed so often before, in ms: at once, then longer."""


class Placings:
    """Places and hangs up calls for the worker."""

    def __init__(
        self,
        *,
        records: Records,
        routes: Mapping[str, Route],
        keyring: Keyring,
        banks: Mapping[str, Bank],
        pacing: Pacing,
        public_url: str,
    ) -> None:
        """`routes` are those of the carriers, the preferred one first.

        `public_url` is the base under which the carrier reaches our hooks, without a slash at its end.
        """
        self._records = records
        self._keyring = keyring
        self._banks = banks
        self._pacing = pacing
        self._routing = Routing(routes, records.store, pacing)
        self._public_url = public_url

    def place(self, verification_id: str) -> None:
        """Place the call that is wished for, if it still is, its turn has come and nobody else has begun to."""

        def mark(change: Change) -> bool:
            if not _is_due(change.record, change.now):
                return False
            call = change.record.verification.call.number
            return change.tell(PlacingStarted(at=change.now, call=call, carrier=carrier))

        carrier = self._find_carrier(verification_id)
        if not carrier:
            return
        record, marked = self._records.change(verification_id, mark)
        if marked:
            asked = self._routing.of(record.verification.call).carrier
            self._note(record, asked.place(self._order(record.verification)))
        elif not record.verification.call.carrier:
            # It was taken back before anybody was asked for it.
            self._leave(record)

    def _find_carrier(self, verification_id: str) -> str:
        """Return who is asked; empty where it is nobody's turn yet, and then have the wish looked at again.

        Whoever dies between here and the mark has lost a token; the next worker is let through again.
        """
        if self._routing.asks_nobody:
            return self._routing.first
        record, now = self._records.read(verification_id)
        if not _is_due(record, now):
            return ""
        verification = record.verification
        carrier, wait = self._routing.find(verification)
        if not carrier:
            until = verification.deadline(self._records.limits_of(verification.bank))
            self._records.store.look_again(verification_id, min(now + wait, until))
        return carrier

    def _leave(self, record: Record) -> None:
        self._pacing.leave(record.verification, record.verification.call.number)

    def hang_up(self, verification_id: str) -> None:
        """Hang up a call that was taken back; where the carrier fails, it is tried again.

        Not for ever: a call that cannot be on any more is left alone.
        """
        record, now = self._records.read(verification_id)
        verification = record.verification
        limits = self._records.limits_of(verification.bank)
        longest = (limits.ring + limits.carrier_queue + limits.call_time_limit) * SECOND
        is_over = now >= verification.decided_at + longest
        carrier = self._routing.of(verification.call).carrier
        if not carrier.hang_up(verification.call.sid) and not is_over:
            return

        def done(change: Change) -> None:
            change.record = hang_up_done(change.record)
            change.note("hang_up_left_alone" if is_over else "call_hung_up_by_us")

        self._records.change(verification_id, done)

    def _order(self, verification: Verification) -> CallOrder:
        bank = self._banks[verification.bank]
        call = verification.call.number
        token = call_token(self._keyring, verification.key_id, verification.id, call)
        address = partial(hook_path, verification.id, call, token, verification.language)
        return CallOrder(
            to=verification.number,
            caller=bank.caller_by(verification.call.carrier),
            voice_url=self._public_url + address("0"),
            status_url=self._public_url + address("status"),
            ring=bank.limits.ring,
            time_limit=bank.limits.whole_call(at_desk=bank.desk is not None),
        )

    def _note(self, record: Record, answer: Placing) -> None:
        number = record.verification.call.number

        def step(change: Change) -> None:
            match placing:
                case Accepted(sid):
                    change.tell(CallAccepted(at=change.now, call=number, sid=sid))
                    change.record = sid_learned(change.record, number, sid)
                case Postponed(seconds, code):
                    until = change.now + _pause(seconds, change.record.verification.call.postponed)
                    change.tell(CallPostponed(at=change.now, call=number, until=until))
                    change.note("carrier_postponed", code=code)
                case NotPlaced(end, code):
                    change.note("carrier_refused", code=code)
                    change.tell(CallRefused(at=change.now, call=number, end=end))
                case Unsure(code):
                    change.note("carrier_unsure", code=code)

        placing = self._routing.heard(record.verification.call, answer)
        self._records.change(record.verification.id, step)
        if isinstance(placing, NotPlaced | Postponed):
            self._leave(record)


def _is_due(record: Record, now: int) -> bool:
    verification = record.verification
    return verification.state is State.WANTED and verification.call.postponed_until <= now


def _pause(seconds: float, postponed: int) -> int:
    """Return for how long a call is put off, in milliseconds: as told, and longer the more often it was."""
    return max(round(seconds * SECOND), _BACKOFF[min(postponed, len(_BACKOFF) - 1)])
