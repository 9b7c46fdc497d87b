"""What the service needs of whoever places calls, and what it is told in return.

Three kinds of answers keep apart what must never be mixed: the call was taken, it surely was not,
or nobody knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from ivr.domain.events import CallEnd


class CallOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What the carrier is asked to do. URLs are absolute; times in seconds."""

    to: str
    caller: str
    voice_url: str
    status_url: str
    ring: int
    time_limit: int

    def __repr__(self) -> str:
        """Show no number."""
        return "CallOrder(…)"


class Accepted(msgspec.Struct, frozen=True):
    """The carrier took the call."""

    sid: str


class Postponed(msgspec.Struct, frozen=True):
    """The carrier surely did not take the call; ask again after so many seconds at the soonest.

    `fault` says that the carrier itself is in trouble, not that it has too many calls.
    """

    seconds: float
    code: str
    fault: bool = False


class NotPlaced(msgspec.Struct, frozen=True):
    """The carrier surely did not place the call, and will not. `fault`: nor any other, as it is."""

    end: CallEnd
    code: str
    fault: bool = False


class Unsure(msgspec.Struct, frozen=True):
    """Nobody knows whether the phone rings. Never asked again."""

    code: str


Placing = Accepted | Postponed | NotPlaced | Unsure


class Carrier(Protocol):
    """Who places calls."""

    def place(self, order: CallOrder) -> Placing:
        """Ask once for a call. Never raises for what the carrier or the network does."""

    def hang_up(self, sid: str) -> bool:
        """Hang up a call; True when it is over for certain."""


class DialEnd(StrEnum):
    """How the other leg of a transfer ended."""

    DONE = "done"
    BUSY = "busy"
    NO_ANSWER = "no_answer"


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """A hook of call `sid`. `carrier` is whose keys signed it."""

    sid: str
    carrier: str = ""


class VoiceHook(Hook, frozen=True, kw_only=True):
    """The carrier asks what to say next. `finished_on` is the key that ended a collection.

    `dialled` is how a transfer ended, where there was one. `hung_up` says that nobody hears the
    answer: the carrier tells how a transfer ended even when the depositor ended it.
    """

    digits: str
    finished_on: str
    dialled: DialEnd | None = None
    hung_up: bool = False

    def __repr__(self) -> str:
        """Show no digits."""
        return "VoiceHook(…)"


class InboundHook(VoiceHook, frozen=True, kw_only=True):
    """The same of a call that somebody makes to us, at our number `to`.

    `caller` is his number as the carrier was told it, which proves nothing; empty where it is withheld.
    """

    to: str
    caller: str

    def __repr__(self) -> str:
        """Show no number."""
        return "InboundHook(…)"


class WhisperHook(Hook, frozen=True, kw_only=True):
    """The carrier asks what the staff of the desk hear first. `parent` is the call that is transferred.

    `parent` is empty where the carrier does not say.
    """

    parent: str


class CallProgress(StrEnum):
    """What a status hook says of a call that has not ended."""

    RINGING = "ringing"
    ANSWERED = "answered"


class StatusHook(Hook, frozen=True, kw_only=True):
    """The carrier reports: progress, or how the call ended."""

    news: CallProgress | CallEnd


class Headers(Protocol):
    """The headers of a hook."""

    def get(self, name: str, /) -> str | None:
        """Return a header, however its name is spelt; None where it is absent."""


class HookReader(Protocol):
    """Reads what claims to come from the carrier."""

    def read_voice(self, url: str, form: Sequence[tuple[str, str]], headers: Headers) -> VoiceHook:
        """Check the signature and the grammar of every field. Raises `Forged`."""

    def read_whisper(
        self, url: str, form: Sequence[tuple[str, str]], headers: Headers
    ) -> WhisperHook:
        """Check the signature and the grammar of every field. Raises `Forged`."""

    def read_inbound(
        self, url: str, form: Sequence[tuple[str, str]], headers: Headers
    ) -> InboundHook:
        """Check the signature and the grammar of every field. Raises `Forged`."""

    def read_status(
        self, url: str, form: Sequence[tuple[str, str]], headers: Headers
    ) -> StatusHook:
        """Check the signature and the grammar of every field. Raises `Forged`."""
