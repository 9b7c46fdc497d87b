"""What a document can tell the carrier to do, as values.

Knows the verbs that the stand-in plays and the documented default of each attribute. Knows nothing
of XML (see `twiml.py`) or of playing (see `player.py`).
"""

from dataclasses import dataclass

from ivr.simulator.network.speech import Piece
from ivr.simulator.network.trouble import Note

GATHER_SECONDS = 5
DIAL_SECONDS = 30
LONGEST_DIAL = 14_400


@dataclass(frozen=True, kw_only=True)
class Say:
    """Words in a voice, `loop` times; 0 is until the call ends."""

    pieces: tuple[Piece, ...]
    language: str
    voice: str
    loop: int = 1


@dataclass(frozen=True, kw_only=True)
class Play:
    """A recording, `loop` times; 0 is until the call ends."""

    url: str
    loop: int = 1


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Seconds of silence."""

    seconds: int = 1


@dataclass(frozen=True, kw_only=True)
class Gather:
    """Wait for keys, saying the prompts meanwhile. `action` None is the document itself."""

    prompts: tuple[Say | Play | Pause, ...] = ()
    action: str | None = None
    method: str = "POST"
    takes_keys: bool = True
    digits: int | None = None
    seconds: int = GATHER_SECONDS
    finish_on: str = "#"
    action_on_empty: bool = False


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """Go on with another document."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, kw_only=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, kw_only=True)
class Reject:
    """Refuse an incoming call. A call that we placed was answered long ago: it just ends."""

    reason: str = "rejected"


@dataclass(frozen=True, kw_only=True)
class Number:
    """Somebody to dial. `url` is asked what he hears alone, before he is connected."""

    number: str
    url: str | None = None
    method: str = "POST"


@dataclass(frozen=True, kw_only=True)
class Dial:
    """Connect with somebody else, then ask `action` what follows, or go on when there is none.

    `caller` is the number that he sees; empty is that of the call.
    """

    numbers: tuple[Number, ...]
    caller: str = ""
    action: str | None = None
    method: str = "POST"
    seconds: int = DIAL_SECONDS
    time_limit: int = LONGEST_DIAL


Prompt = Say | Play | Pause
Verb = Say | Play | Pause | Gather | Redirect | Hangup | Reject | Dial


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document that was read: what to do in order, and what the carrier would warn about."""

    verbs: tuple[Verb, ...]
    warnings: tuple[Note, ...] = ()
