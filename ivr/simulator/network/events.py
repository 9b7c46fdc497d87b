"""What happened on a call, as its phone and its transcript tell it.

Knows the words of the event stream; `at` is milliseconds since the call was ordered. Does not know
who listens, nor what an event leads to.
"""

from enum import StrEnum

import msgspec


class Ending(StrEnum):
    """How a call ended, in the carrier's words."""

    COMPLETED = "completed"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    FAILED = "failed"
    CANCELED = "canceled"


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", rename={"from_": "from"}):
    """Something that happened at a moment of a call."""

    call: str
    at: int


class Ringing(Event, frozen=True, kw_only=True, tag="ringing"):
    """The phone rings and shows a number."""

    from_: str


class Dialled(Event, frozen=True, kw_only=True, tag="dialled"):
    """The phone calls a number."""

    to: str


class Answered(Event, frozen=True, kw_only=True, tag="answered"):
    """Somebody or something picked up."""


class Greeting(Event, frozen=True, kw_only=True, tag="greeting"):
    """The phone's own voice: an answering machine, or somebody's screening."""

    text: str
    seconds: float


class Beep(Event, frozen=True, kw_only=True, tag="beep"):
    """The answering machine begins to record."""


class Speech(Event, frozen=True, kw_only=True, tag="speech"):
    """The call says something."""

    text: str
    language: str
    voice: str
    rate: float
    seconds: float


class Sound(Event, frozen=True, kw_only=True, tag="sound"):
    """The call plays a recording."""

    url: str
    seconds: float


class Paused(Event, frozen=True, kw_only=True, tag="pause"):
    """The call is silent on purpose."""

    seconds: float


class Cut(Event, frozen=True, kw_only=True, tag="cut"):
    """What was being said or played stopped before its end."""


class Listening(Event, frozen=True, kw_only=True, tag="listening"):
    """The call is silent and waits for keys."""

    digits: int | None
    seconds: int


class Pressed(Event, frozen=True, kw_only=True, tag="pressed"):
    """A key. `taken` says whether the call was listening; a key in between is lost."""

    key: str
    taken: bool


class Recorded(Event, frozen=True, kw_only=True, tag="recorded"):
    """What the phone kept of our words."""

    text: str


class Forwarded(Event, frozen=True, kw_only=True, tag="forwarded"):
    """Screening put the call through to the person."""


class Connecting(Event, frozen=True, kw_only=True, tag="connecting"):
    """Somebody else is called, to be connected with."""

    to_label: dict[str, str]


class Whispered(Event, frozen=True, kw_only=True, tag="whispered"):
    """What he hears alone, before he is connected."""

    text: str
    language: str
    seconds: float


class Transferred(Event, frozen=True, kw_only=True, tag="transferred"):
    """The call was connected with somebody else."""

    to_label: dict[str, str]


class TransferEnded(Event, frozen=True, kw_only=True, tag="transfer_ended"):
    """The other one hung up, or never came to the phone."""

    status: str


class Trouble(Event, frozen=True, kw_only=True, tag="trouble"):
    """The carrier could not fetch, read or play something; `fatal` ends the call's document."""

    code: int
    message: str
    fatal: bool


class Ended(Event, frozen=True, kw_only=True, tag="ended"):
    """The call is over."""

    how: Ending
