"""The life of a verification as one table.

`TABLE` says for each state and event what may follow: the states it can move to (itself among them,
where something is counted), `STALE` for news that comes twice or late and changes nothing, or the
code with which a client's request is refused. What is not in the table is impossible and raises.
Terminal states are empty rows: facts are stale there, and requests come too late.

Knows names only; the rules that choose among the states of a cell are in `verification.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ivr.domain.errors import Code
from ivr.domain.events import (
    CallAccepted,
    CallAsked,
    CallBackAsked,
    CallEnded,
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
from ivr.domain.record import State


class Stale:
    """The cell of an event that comes twice or late: nothing changes."""


STALE: Final = Stale()
Cell = frozenset[State] | Stale | Code


def _to(*states: State) -> frozenset[State]:
    return frozenset(states)


def _stale(*events: type[Event]) -> dict[type[Event], Cell]:
    return dict.fromkeys(events, STALE)


_ENDED: Final = _to(State.RESTING, State.FAILED)
_ENDED_OR_AGAIN: Final = _ENDED | {State.WANTED}
_FAILED: Final = _to(State.FAILED)
_PLACED: Final = (PlacingStarted, CallAccepted, CallPostponed, CallRefused)
_HOOKS: Final = (PhoneRang, PhoneAnswered, ConsentGiven, PasscodeSpoken, Confirmed)
_NOT_YET: Final[Mapping[type[Event], Cell]] = {
    PasscodeChecked: Code.NOT_SPOKEN_YET,
    CallAsked: Code.CALL_IN_PROGRESS,
    CallBackAsked: STALE,
    Cancelled: _FAILED,
}

TABLE: Final[Mapping[State, Mapping[type[Event], Cell]]] = {
    State.WANTED: {
        **_NOT_YET,
        **_stale(*_HOOKS, PasscodeKeyed, CallEnded),
        PlacingStarted: _to(State.PLACING),
        NotMeReported: _FAILED,
        TimeRanOut: _ENDED,
    },
    State.PLACING: {
        **_NOT_YET,
        **_stale(PlacingStarted),
        CallAccepted: _to(State.RINGING),
        CallPostponed: _to(State.WANTED),
        CallRefused: _ENDED,
        PhoneRang: _to(State.RINGING),
        PhoneAnswered: _to(State.ANSWERED),
        NotMeReported: _FAILED,
        CallEnded: _ENDED_OR_AGAIN,
        TimeRanOut: _ENDED,
    },
    State.RINGING: {
        **_NOT_YET,
        **_stale(*_PLACED, PhoneRang),
        PhoneAnswered: _to(State.ANSWERED),
        NotMeReported: _FAILED,
        CallEnded: _ENDED_OR_AGAIN,
        TimeRanOut: _ENDED,
    },
    State.ANSWERED: {
        **_NOT_YET,
        **_stale(*_PLACED, PhoneRang, PhoneAnswered),
        ConsentGiven: _to(State.CONSENTED),
        NotMeReported: _FAILED,
        CallEnded: _ENDED,
        TimeRanOut: _ENDED,
    },
    State.CONSENTED: {
        **_NOT_YET,
        **_stale(*_PLACED, PhoneRang, PhoneAnswered, ConsentGiven),
        PasscodeSpoken: _to(State.SPOKEN),
        Confirmed: _to(State.PASSED),
        PasscodeKeyed: _to(State.CONSENTED, State.PASSED, State.FAILED),
        NotMeReported: _FAILED,
        CallEnded: _ENDED,
        TimeRanOut: _ENDED,
    },
    State.SPOKEN: {
        **_stale(*_PLACED, *_HOOKS, PasscodeKeyed, CallBackAsked),
        NotMeReported: _FAILED,
        CallEnded: _to(State.HEARD, State.RESTING, State.FAILED),
        TimeRanOut: _to(State.HEARD, State.RESTING, State.FAILED),
        PasscodeChecked: _to(State.SPOKEN, State.PASSED, State.FAILED),
        CallAsked: Code.CALL_IN_PROGRESS,
        Cancelled: _FAILED,
    },
    State.HEARD: {
        **_stale(*_PLACED, *_HOOKS, PasscodeKeyed, CallEnded),
        NotMeReported: _FAILED,
        TimeRanOut: _ENDED,
        PasscodeChecked: _to(State.HEARD, State.PASSED, State.FAILED),
        CallAsked: _to(State.WANTED),
        CallBackAsked: _to(State.WANTED),
        Cancelled: _FAILED,
    },
    State.RESTING: {
        **_stale(*_PLACED, *_HOOKS, CallEnded),
        NotMeReported: _FAILED,
        PasscodeKeyed: _to(State.RESTING, State.PASSED, State.FAILED),
        TimeRanOut: _FAILED,
        PasscodeChecked: Code.NOT_SPOKEN_YET,
        CallAsked: _to(State.WANTED),
        CallBackAsked: _to(State.WANTED),
        Cancelled: _FAILED,
    },
    State.PASSED: {},
    State.FAILED: {},
}
