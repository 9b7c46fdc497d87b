"""Faults planted in the product, one at a time: the simulation is worth what it finds of them.

Each replaces one thing in the product's own code, for as long as its `with` lasts, by what a tired
founder might have written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

from msgspec.structs import replace

from ivr.adapters import memory_store, memory_switch, redis_assured
from ivr.domain import rules, transitions, verdicts
from ivr.domain.events import CallAsked, NotMeReported, PasscodeChecked, PasscodeSpoken
from ivr.domain.record import Record, State
from ivr.service import (
    calls,
    delivery,
    happenings,
    pacing,
    placing,
    records,
    routing,
    verifications,
    views,
)
from ivr.service.carrier_port import Postponed, Unsure
from ivr.service.ports import Loaded
from ivr.service.store_faults import UnkeptError

Mutant = Callable[[], AbstractContextManager[None]]


@contextmanager
def _instead(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextmanager
def _entry(table: Any, key: Any, value: Any) -> Iterator[None]:
    before = table.get(key)
    table[key] = value
    try:
        yield
    finally:
        if before is None:
            del table[key]
        else:
            table[key] = before


def _a_save_that_compares_nothing() -> AbstractContextManager[None]:
    return _instead(memory_store, "mark_of", lambda sealed: b"same" if sealed else b"")


def _an_ambiguous_call_is_placed_again() -> AbstractContextManager[None]:
    note = placing.Placings._note

    def hopeful(self: Any, record: Record, found: Any) -> None:
        note(self, record, Postponed(1.0, "again") if isinstance(found, Unsure) else found)

    return _instead(placing.Placings, "_note", hopeful)


def _a_call_is_marked_after_it_was_asked_for() -> AbstractContextManager[None]:
    place = placing.Placings.place

    def hasty(self: Any, verification_id: str) -> None:
        record, _ = self._records.read(verification_id)
        if record.verification.state is State.WANTED:
            self._routing.of(record.verification.call).carrier.place(
                self._order(record.verification)
            )
            place(self, verification_id)

    return _instead(placing.Placings, "place", hasty)


def _a_new_call_forgets_the_failures() -> AbstractContextManager[None]:
    asked = rules.RULES[CallAsked]

    def forgiving(record: Record, event: CallAsked, limits: Any) -> Record:
        after = asked(record, event, limits)
        return replace(after, account=replace(after.account, failures=0))

    return _entry(rules.RULES, CallAsked, forgiving)


def _a_new_call_keeps_the_consent_of_the_last() -> AbstractContextManager[None]:
    asked = rules.RULES[CallAsked]

    def trusting(record: Record, event: CallAsked, limits: Any) -> Record:
        after = asked(record, event, limits)
        call = replace(after.verification.call, position=record.verification.call.position, turn=1)
        return replace(after, verification=replace(after.verification, call=call))

    return _entry(rules.RULES, CallAsked, trusting)


def _news_is_written_apart_from_the_record() -> AbstractContextManager[None]:
    save = records.Records._save

    def apart(self: Any, loaded: Any, change: Any) -> bool:
        notes, change.notes = change.notes, []
        saved = save(self, loaded, change)
        if saved and notes:
            self.store.note(change.record.verification.id, notes)
        change.notes = notes
        return saved

    return _instead(records.Records, "_save", apart)


def _work_that_is_taken_is_forgotten() -> AbstractContextManager[None]:
    take = memory_store.MemoryStore.take_due

    def greedy(self: Any, **how: Any) -> list[str]:
        taken = take(self, **how)
        for each in taken:
            self.forget_due(each)
        return taken

    return _instead(memory_store.MemoryStore, "take_due", greedy)


def _nobody_looks_at_the_servers_clock() -> AbstractContextManager[None]:
    save = memory_store.MemoryStore.save

    def late(self: Any, *values: Any, **more: Any) -> None:
        save(self, *values, **{**more, "pass_before": None})

    return _instead(memory_store.MemoryStore, "save", late)


def _a_passcode_lives_as_long_as_its_verification() -> AbstractContextManager[None]:
    spoken = rules.RULES[PasscodeSpoken]

    def generous(record: Record, event: PasscodeSpoken, limits: Any) -> Record:
        after = spoken(record, event, limits)
        verification = after.verification
        return replace(
            after, verification=replace(verification, code_until=verification.expires_at)
        )

    return _entry(rules.RULES, PasscodeSpoken, generous)


def _a_guess_before_the_passcode_counts() -> AbstractContextManager[None]:
    row: Mapping[Any, Any] = {
        **transitions.TABLE[State.RINGING],
        PasscodeChecked: frozenset({State.RINGING, State.PASSED, State.FAILED}),
    }

    def judge(record: Record, event: PasscodeChecked, limits: Any) -> Record:
        return verdicts.judge_try(record, event.at, limits, right=event.right)

    @contextmanager
    def both() -> Iterator[None]:
        with (
            _entry(transitions.TABLE, State.RINGING, row),
            _entry(rules.RULES, PasscodeChecked, judge),
        ):
            yield

    return both()


def _the_first_calls_passcode_opens_all() -> AbstractContextManager[None]:
    is_right = views.Views.is_right

    def lenient(self: Any, verification: Any, digits: str) -> bool:
        first = replace(verification, call=replace(verification.call, number=1))
        return bool(is_right(self, verification, digits) or is_right(self, first, digits))

    return _instead(views.Views, "is_right", lenient)


def _a_repeated_check_counts_again() -> AbstractContextManager[None]:
    return _instead(verifications, "_find_check", lambda _verification, _name: None)


def _a_repeated_hook_is_taken_again() -> AbstractContextManager[None]:
    took = calls.Calls.take_turn

    def deaf(self: Any, address: Any, hook: Any) -> Any:
        def step(change: Any) -> None:
            call = change.record.verification.call
            if address.turn < call.turn and call.position:
                moved = replace(call, turn=address.turn)
                verification = replace(change.record.verification, call=moved)
                change.record = replace(change.record, verification=verification)

        self._records.change(address.verification, step)
        return took(self, address, hook)

    return _instead(calls.Calls, "take_turn", deaf)


def _a_record_goes_before_its_verdict_was_told() -> AbstractContextManager[None]:
    return _instead(
        Record, "keep_for", lambda self, _: 1_000 if self.verification.decided else None
    )


def _deadlines_are_left_to_others() -> AbstractContextManager[None]:
    return _instead(records, "_let_time_run", lambda _: False)


def _not_me_is_not_heard_after_a_pass() -> AbstractContextManager[None]:
    return _instead(happenings, "disputed", lambda record, _: record)


def _a_late_not_me_turns_a_verdict() -> AbstractContextManager[None]:
    def turning(change: Any) -> None:
        if change.record.verification.decided:
            change.record = rules._not_me_reported(
                change.record, NotMeReported(at=change.now, call=1), change.limits
            )
        else:
            change.tell(NotMeReported(at=change.now, call=change.record.verification.call.number))

    return _instead(calls, "hear_not_me", turning)


def _a_failed_callback_counts_as_delivered() -> AbstractContextManager[None]:
    return _instead(delivery, "_SUCCESS", range(600))


def _an_ambiguous_call_is_taken_to_the_other_carrier() -> AbstractContextManager[None]:
    heard = routing.Routing.heard

    def eager(self: Any, call: Any, placing: Any) -> Any:
        found = heard(self, call, placing)
        return Postponed(0.0, "other") if isinstance(found, Unsure) else found

    return _instead(routing.Routing, "heard", eager)


def _nobody_waits_at_the_gate() -> AbstractContextManager[None]:
    return _instead(pacing.Pacing, "enter", lambda _self, _verification, _carrier: 0)


def _a_call_that_was_not_asked_for_yet_is_over() -> AbstractContextManager[None]:
    enter = pacing.Pacing.enter

    def forgetful(self: Any, verification: Any, carrier: str) -> int:
        wait = enter(self, verification, carrier)
        self.leave(verification, verification.call.number)
        return wait

    return _instead(pacing.Pacing, "enter", forgetful)


def _a_carrier_that_failed_is_never_forgiven() -> AbstractContextManager[None]:
    return _instead(memory_switch, "_LEFT_ALONE", 10**9)


def _tries_have_no_end() -> AbstractContextManager[None]:
    judge = verdicts.judge_try

    def endless(record: Record, at: int, limits: Any, *, right: bool) -> Record:
        return judge(record, at, replace(limits, tries=99), right=right)

    return _instead(rules, "judge_try", endless)


def _what_no_replica_has_is_taken_for_kept() -> AbstractContextManager[None]:
    return _instead(redis_assured.Assured, "__contains__", lambda *_: True)


def _a_save_without_an_acknowledgement_counts_as_kept() -> AbstractContextManager[None]:
    save = records.Records._save

    def hopeful(self: records.Records, loaded: Loaded, change: records.Change) -> bool:
        try:
            return save(self, loaded, change)
        except UnkeptError:
            return True

    return _instead(records.Records, "_save", hopeful)


def _a_process_trusts_its_own_clock() -> AbstractContextManager[None]:
    begin = records.Change.__init__

    def trusting(self: records.Change, record: Record, now: int, limits: Any) -> None:
        assert now
        begin(self, record, time.time_ns() // 1_000_000, limits)

    return _instead(records.Change, "__init__", trusting)


MUTANTS: Final[Mapping[str, Mutant]] = {
    each.__name__.strip("_").replace("_", " "): each
    for each in (
        _a_save_that_compares_nothing,
        _an_ambiguous_call_is_placed_again,
        _a_call_is_marked_after_it_was_asked_for,
        _a_new_call_forgets_the_failures,
        _a_new_call_keeps_the_consent_of_the_last,
        _news_is_written_apart_from_the_record,
        _work_that_is_taken_is_forgotten,
        _nobody_looks_at_the_servers_clock,
        _a_passcode_lives_as_long_as_its_verification,
        _a_guess_before_the_passcode_counts,
        _the_first_calls_passcode_opens_all,
        _a_repeated_check_counts_again,
        _a_repeated_hook_is_taken_again,
        _a_record_goes_before_its_verdict_was_told,
        _deadlines_are_left_to_others,
        _not_me_is_not_heard_after_a_pass,
        _a_late_not_me_turns_a_verdict,
        _a_failed_callback_counts_as_delivered,
        _tries_have_no_end,
        _an_ambiguous_call_is_taken_to_the_other_carrier,
        _nobody_waits_at_the_gate,
        _a_call_that_was_not_asked_for_yet_is_over,
        _a_carrier_that_failed_is_never_forgiven,
        _what_no_replica_has_is_taken_for_kept,
        _a_save_without_an_acknowledgement_counts_as_kept,
        _a_process_trusts_its_own_clock,
    )
}
