from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ivr.domain.callflow import KEY_ONLY, WITH_PASSCODE, Mode
from ivr.domain.errors import Code, Impossible, Refused
from ivr.domain.events import (
    REQUESTS,
    CallAccepted,
    CallAsked,
    CallBackAsked,
    CallEnd,
    CallEnded,
    CallEvent,
    CallPostponed,
    CallRefused,
    Cancelled,
    Confirmed,
    ConsentGiven,
    Event,
    NotMeReported,
    PasscodeChecked,
    PasscodeKeyed,
    PasscodeSpoken,
    PhoneAnswered,
    PhoneRang,
    PlacingStarted,
    TimeRanOut,
)
from ivr.domain.policy import ASKED_MODES, SECOND, Limits
from ivr.domain.record import DECIDED, Record, State
from ivr.domain.transitions import STALE, TABLE, Cell
from ivr.domain.verification import after
from tests.domain.lives import MODES, PATHS, Life

EVENTS: dict[type[Event], list[dict[str, Any]]] = {
    PlacingStarted: [{}],
    CallAccepted: [{"sid": "CA1"}],
    CallPostponed: [{"until": 9}],
    CallRefused: [{"end": CallEnd.CARRIER_BUSY}, {"end": CallEnd.UNREACHABLE}],
    PhoneRang: [{"sid": "CA1"}],
    PhoneAnswered: [{"sid": "CA1"}],
    ConsentGiven: [{}],
    PasscodeSpoken: [{}],
    PasscodeKeyed: [{"right": True}, {"right": False}],
    NotMeReported: [{}],
    Confirmed: [{}],
    CallEnded: [{"end": end, "again": again} for end in CallEnd for again in (False, True)],
    TimeRanOut: [{}],
    PasscodeChecked: [{"right": True}, {"right": False}, {"right": False, "replay": b"k" * 16}],
    CallAsked: [{}, {"replay": b"k" * 16}],
    CallBackAsked: [{"asked_in": b"k" * 16}],
    Cancelled: [{}],
}
UNDECIDED = [state for state in State if state not in DECIDED]
ONLY_IN = {
    PasscodeSpoken: {Mode.READOUT},
    PasscodeChecked: {Mode.READOUT},
    PasscodeKeyed: {Mode.KEYIN},
    Confirmed: KEY_ONLY,
}

ANOTHER_CALL: set[type[Event]] = {CallAsked, CallBackAsked}


def lives(state: State) -> Iterator[Life]:
    """Every kind of life that comes to a state: first and last call, first and last try, slow and fast."""
    calls_before = (1, 2) if state is State.RESTING else (1, 3)
    for mode, calls, tries, failures in product(MODES[state], calls_before, (0, 4), (0, 9)):
        life = Life(mode)
        for _ in range(calls - 1):
            life.miss().call_again()
        PATHS[state](life)
        verification = replace(life.verification, tries=tries)
        account = replace(life.account, failures=failures)
        life.record = Record(verification=verification, account=account)
        yield life
    if state in {State.PLACING, State.RINGING}:
        yield PATHS[state](Life(limits=Limits(call_time_limit=300, retry_busy=1)))
    if state is State.SPOKEN:
        yield Life().speak(after_seconds=60)
    if state is State.RESTING:
        yield Life(Mode.KEYIN).consent().end()
        yield Life(Mode.KEYIN, tries=4).consent().end()


def times(life: Life, kind: type[Event]) -> set[int]:
    verification = life.verification
    if kind is TimeRanOut:
        return {verification.deadline(life.limits), verification.expires_at}
    if kind is CallEnded:
        return {life.now, max(life.now, verification.code_until)}
    return {life.now}


def scenes(state: State, kind: type[Event]) -> Iterator[tuple[Life, Event]]:
    for life in lives(state):
        position = life.verification.call.position
        if life.verification.mode not in ONLY_IN.get(kind, ASKED_MODES):
            continue
        if (
            kind is PasscodeKeyed
            and state is State.RESTING
            and not (position and position.consented)
        ):
            continue
        if kind in ANOTHER_CALL and not life.record.calls_left(life.limits):
            continue
        for fields, time in product(EVENTS[kind], times(life, kind)):
            yield life, life.wait_until(time).event(kind, **fields)


def outcome(life: Life, event: Event) -> State | Code | str:
    before = life.record
    try:
        changed = after(before, event, life.limits)
    except Refused as refused:
        return refused.code
    except Impossible:
        return "impossible"
    return "stale" if changed is before else changed.verification.state


def expected(cell: Cell | None) -> set[State | Code | str]:
    match cell:
        case None:
            return {"impossible"}
        case frozenset():
            return set(cell)
        case Code():
            return {cell}
        case _:
            return {"stale"}


def test_every_state_has_a_row_and_every_event_a_place_in_the_tests() -> None:
    assert set(TABLE) == set(State)
    kinds = {*Event.__subclasses__(), *CallEvent.__subclasses__()} - {CallEvent}
    assert set(EVENTS) == kinds
    assert all(set(row) <= set(EVENTS) for row in TABLE.values())


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", UNDECIDED)
def test_each_cell_does_what_the_table_declares_all_of_it_and_nothing_else(
    state: State, kind: type[Event]
) -> None:
    found = {outcome(life, event) for life, event in scenes(state, kind)}
    if not found:
        assert state in {State.SPOKEN, State.HEARD}
        assert kind in {PasscodeKeyed, Confirmed}
        found = {outcome(life, life.event(kind, **EVENTS[kind][0])) for life in lives(state)}
    assert found == expected(TABLE[state].get(kind))


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", sorted(DECIDED))
def test_after_a_verdict_facts_are_stale_and_requests_come_too_late(
    state: State, kind: type[Event]
) -> None:
    assert TABLE[state] == {}
    too_late = Code.ALREADY_DECIDED if issubclass(kind, REQUESTS) else "stale"
    for life in lives(state):
        for fields in EVENTS[kind]:
            assert outcome(life, life.event(kind, **fields)) == too_late


@pytest.mark.parametrize("state", UNDECIDED)
def test_news_of_an_earlier_call_changes_nothing_in_any_state(state: State) -> None:
    for life in lives(state):
        number = life.verification.call.number
        for kind in CallEvent.__subclasses__():
            for fields, call in product(EVENTS[kind], (number - 1, number + 1)):
                assert outcome(life, life.event(kind, call=call, **fields)) == "stale"


@pytest.mark.parametrize("state", UNDECIDED)
def test_before_its_deadline_no_time_has_run_out(state: State) -> None:
    for life in lives(state):
        life.wait_until(life.verification.deadline(life.limits) - 1)
        assert outcome(life, life.event(TimeRanOut)) == "stale"


@pytest.mark.parametrize("state", UNDECIDED)
def test_a_passcode_is_never_checked_for_a_client_but_in_readout(state: State) -> None:
    for life in lives(state):
        if life.verification.mode is not Mode.READOUT:
            for right in (True, False):
                assert outcome(life, life.event(PasscodeChecked, right=right)) == Code.WRONG_MODE


@pytest.mark.parametrize("mode", ASKED_MODES)
def test_a_passcode_is_spoken_in_readout_only_and_keyed_in_keyin_only(mode: Mode) -> None:
    life = Life(mode).consent()
    if mode is not Mode.READOUT:
        assert outcome(life, life.event(PasscodeSpoken)) == "impossible"
    if mode is not Mode.KEYIN:
        assert outcome(life, life.event(PasscodeKeyed, right=True)) == "impossible"


@pytest.mark.parametrize("state", UNDECIDED)
def test_a_key_alone_passes_nothing_where_there_is_a_passcode(state: State) -> None:
    for life in lives(state):
        if life.verification.mode in WITH_PASSCODE:
            assert outcome(life, life.event(Confirmed)) in {"impossible", "stale"}


@pytest.mark.parametrize("state", UNDECIDED)
def test_nothing_is_confirmed_before_the_consent_key_of_this_call(state: State) -> None:
    for life in lives(state):
        if life.verification.mode in KEY_ONLY and state is not State.CONSENTED:
            assert outcome(life, life.event(Confirmed)) in {"impossible", "stale"}


def test_nothing_is_confirmed_once_its_time_is_over() -> None:
    life = Life(Mode.NOTICE).consent()
    life.wait_until(life.verification.expires_at - 1)
    assert outcome(life, life.event(Confirmed)) is State.PASSED
    life.wait_until(life.verification.expires_at)
    assert outcome(life, life.event(Confirmed)) == "stale"


def test_a_passcode_is_not_taken_in_a_call_without_the_consent_key() -> None:
    dropped = Life(Mode.KEYIN).answer().end()
    assert outcome(dropped, dropped.event(PasscodeKeyed, right=True)) == "impossible"


def test_no_fourth_call_is_asked_for() -> None:
    life = Life().miss().call_again().miss().call_again().hear()
    assert outcome(life, life.event(CallAsked)) == Code.NO_CALLS_LEFT


def test_only_a_passcode_or_a_confirmation_leads_to_a_pass_and_only_after_consent() -> None:
    ways = {
        (state, kind)
        for state, row in TABLE.items()
        for kind, cell in row.items()
        if isinstance(cell, frozenset) and State.PASSED in cell
    }
    assert ways == {
        (State.SPOKEN, PasscodeChecked),
        (State.HEARD, PasscodeChecked),
        (State.CONSENTED, PasscodeKeyed),
        (State.CONSENTED, Confirmed),
        (State.RESTING, PasscodeKeyed),
    }


def test_only_the_mark_of_a_worker_leads_to_placing_and_only_from_a_wish() -> None:
    ways = {
        (state, kind)
        for state, row in TABLE.items()
        for kind, cell in row.items()
        if isinstance(cell, frozenset) and State.PLACING in cell
    }
    assert ways == {(State.WANTED, PlacingStarted)}


@pytest.mark.parametrize("state", UNDECIDED)
def test_time_not_me_and_the_client_can_end_every_open_verification(state: State) -> None:
    for kind in (TimeRanOut, NotMeReported, Cancelled):
        cell = TABLE[state][kind]
        assert isinstance(cell, frozenset)
        assert State.FAILED in cell


@given(data=st.data(), mode=st.sampled_from(ASKED_MODES))
def test_no_walk_leaves_the_declared_states_or_changes_a_verdict(
    data: st.DataObject, mode: Mode
) -> None:
    life = Life(mode)
    kinds = st.sampled_from([kind for kind in EVENTS if mode in ONLY_IN.get(kind, ASKED_MODES)])
    for _ in range(30):
        life.wait(data.draw(st.integers(0, 100 * SECOND)) / SECOND)
        kind = data.draw(kinds)
        before = life.record
        event = life.event(kind, **data.draw(st.sampled_from(EVENTS[kind])))
        try:
            life.record = after(before, event, life.limits)
        except (Refused, Impossible):
            continue
        cell = TABLE[before.verification.state].get(kind, STALE)
        if life.record is not before:
            assert isinstance(cell, frozenset)
            assert life.state in cell
        assert life.verification.tries <= life.limits.tries
        if before.verification.decided:
            assert life.record is before
