"""What can happen to a verification. Facts arrive and are never refused; requests may be.

Every event carries its time `at`, in milliseconds since the epoch by the store's clock: the domain
is told the time, it never looks. Events of a call carry the call's number, so that news of an
earlier call changes nothing.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class CallEnd(StrEnum):
    """How a call ended."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    HUNG_UP = "hung_up"
    NO_CONSENT = "no_consent"
    CARRIER_BUSY = "carrier_busy"
    CARRIER_UNSURE = "carrier_unsure"
    UNREACHABLE = "unreachable"
    COMPLETED = "completed"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened at a time."""

    at: int


class CallEvent(Event, frozen=True, kw_only=True):
    """A fact about call number `call` of the verification."""

    call: int


class PlacingStarted(CallEvent, frozen=True, kw_only=True):
    """A worker is about to ask a carrier. From here on nobody asks again for this call."""

    carrier: str = ""


class CallAccepted(CallEvent, frozen=True, kw_only=True):
    """The carrier took the call and named it `sid`."""

    sid: str


class CallPostponed(CallEvent, frozen=True, kw_only=True):
    """The carrier said, in so many words, that it did not take the call, and when to ask again."""

    until: int


class CallRefused(CallEvent, frozen=True, kw_only=True):
    """The carrier said, in so many words, that it will not place this call."""

    end: CallEnd


class PhoneRang(CallEvent, frozen=True, kw_only=True):
    """The carrier reports that it dials or that the phone rings."""

    sid: str


class PhoneAnswered(CallEvent, frozen=True, kw_only=True):
    """Somebody, or something, answered: the carrier asks what to say first."""

    sid: str


class ConsentGiven(CallEvent, frozen=True, kw_only=True):
    """The consent key was pressed at the consent question."""


class Confirmed(CallEvent, frozen=True, kw_only=True):
    """The depositor confirmed, by the consent key, what he was told; in the modes without a passcode only."""


class PasscodeSpoken(CallEvent, frozen=True, kw_only=True):
    """The passcode is on its way to the depositor's ear."""


class PasscodeKeyed(CallEvent, frozen=True, kw_only=True):
    """Six digits were keyed into the phone."""

    right: bool


class NotMeReported(CallEvent, frozen=True, kw_only=True):
    """The depositor says that it was not him."""


class CallEnded(CallEvent, frozen=True, kw_only=True):
    """The carrier reports the end of the call. `again`: the number may be called again by rule."""

    end: CallEnd
    again: bool = False


class TimeRanOut(Event, frozen=True, kw_only=True):
    """A deadline may have passed."""


class PasscodeChecked(Event, frozen=True, kw_only=True):
    """The client hands in what the depositor typed. `replay` names the request, for a retried one."""

    right: bool
    replay: bytes = b""


class CallAsked(Event, frozen=True, kw_only=True):
    """The client asks for another call. `replay` names the request, for a retried one."""

    replay: bytes = b""


class CallBackAsked(Event, frozen=True, kw_only=True):
    """Somebody who called our number from the registered one asks to be called.

    A fact and no request: whether anything follows is nothing that he is told. `asked_in` names
    the inbound call, in which asking twice is asking once.
    """

    asked_in: bytes


class Cancelled(Event, frozen=True, kw_only=True):
    """The client takes the verification back."""


REQUESTS = (PasscodeChecked, CallAsked, Cancelled)
"""What a client asks for: refused with a code where it cannot be. Everything else is a fact."""
