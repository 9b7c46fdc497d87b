"""What a call flow is: steps, what each says, asks and leads to.

Knows the shape of a flow once it was read and checked. Does not know YAML, files or carriers
(`adapters/flows/files.py` reads them) nor how a call moves through it (`conversation.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec


class Mode(StrEnum):
    """What a call is for.

    `readout` speaks the passcode and `keyin` takes it; in `notice` (a contract was made) and
    `reverify` (is this old one yours?) a key alone is the answer; `inbound` answers whoever calls us.
    """

    READOUT = "readout"
    KEYIN = "keyin"
    NOTICE = "notice"
    REVERIFY = "reverify"
    INBOUND = "inbound"


class Purpose(StrEnum):
    """What the depositor is asked to agree to."""

    LINK = "link"
    CHARGE = "charge"
    CHANGE = "change"
    REVERIFY = "reverify"


class Pace(StrEnum):
    """How fast we speak and how long we wait."""

    NORMAL = "normal"
    SLOW = "slow"


class Reading(StrEnum):
    """How a placeholder's value is spoken."""

    PLAIN = "plain"
    DIGITS = "digits"
    YEN = "yen"


class Collect(StrEnum):
    """What a question takes."""

    KEY = "key"
    PASSCODE = "passcode"


WITH_PASSCODE: Final = frozenset({Mode.READOUT, Mode.KEYIN})
KEY_ONLY: Final = frozenset({Mode.NOTICE, Mode.REVERIFY})
"""Modes without a passcode: whoever is told presses a key, and approves nothing new by it."""
PASSCODE_SLOT: Final = "passcode"
REFERENCE_SLOT: Final = "reference"
SILENCE: Final = "silence"
OTHER: Final = "other"
NOT_ME_KEY: Final = {Collect.KEY: "9", Collect.PASSCODE: "*"}
CLOSED: Final = "closed"
TRANSFER_ENDS: Final = frozenset({CLOSED, "busy", "no_answer", "done"})
KEYS: Final = frozenset("0123456789*#")
ANSWERS: Final = frozenset({"right", "wrong", "last_try_wrong", "too_late"})


class Slot(msgspec.Struct, frozen=True):
    """A placeholder in a text: which value, and how it is read."""

    name: str
    reading: Reading = Reading.PLAIN


class Rest(msgspec.Struct, frozen=True):
    """A pause within a text, in milliseconds at normal pace."""

    ms: int


class In(msgspec.Struct, frozen=True):
    """Where a text goes on in another language, by that language's voice: as far as the next, or the end."""

    language: str


Part = str | Slot | Rest | In
Text = tuple[Part, ...]
Texts = Mapping[str, Text]
Recorded = Mapping[str, str]
"""Recordings by language, each named by its content: what is played in place of a text."""


@lru_cache(maxsize=1024)
def passages(text: Text, language: str) -> tuple[tuple[str, Text], ...]:
    """Split a text of `language` where its language changes; return each passage with its language."""
    found: list[tuple[str, list[Part]]] = [(language, [])]
    for part in text:
        if isinstance(part, In):
            found.append((part.language, []))
        else:
            found[-1][1].append(part)
    return tuple((own, tuple(parts)) for own, parts in found if parts)


def own_words(text: Text, language: str) -> Text:
    """Return what a text says in its own language: whoever hears it may understand no other."""
    return tuple(part for each, own in passages(text, language) if each == language for part in own)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where an outcome leads.

    With `repeat`, the same step is taken again (by way of the step `via`, where there is one), unless
    it was taken again that often in this call, for whatever reason: then `then` follows. `consent`
    marks the key by which the depositor agrees.
    """

    then: str
    repeat: int | None = None
    via: str | None = None
    consent: bool = False
    language: str | None = None
    pace: Pace | None = None


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A question: what is said (a key stops it), what it takes, and how long it waits, in seconds.

    `slowly` is said instead at the slow pace. `audio` names recordings by language, as in a step.
    """

    say: Texts
    collect: Collect
    wait: int
    slowly: Texts | None = None
    audio: Recorded = {}

    def at(self, pace: Pace) -> Texts:
        """Return what is said at a pace."""
        return self.slowly if self.slowly and pace is Pace.SLOW else self.say


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """The depositor is put through to the bank's desk. `staff` is what they hear there first.

    A bank's staff hear its own language, or the first that is written.
    """

    staff: Texts


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step: say, then ask and branch, or go on, or transfer, or hang up.

    `warning` marks the step whose `say` warns somebody who acts on another's orders. `not_me` and
    `confirmed` report what the depositor answered, `call_back` that a caller asks to be called. The
    `say` of a step that transfers is left out while the desk is closed. `audio` is played in place of
    `say`, in the languages that it has, at the normal pace.
    """

    name: str
    say: Texts | None = None
    audio: Recorded = {}
    ask: Ask | None = None
    on: Mapping[str, Target] = {}
    then: str | None = None
    warning: bool = False
    not_me: bool = False
    confirmed: bool = False
    call_back: bool = False
    hang_up: bool = False
    transfer: Transfer | None = None


class CallFlow(msgspec.Struct, frozen=True, kw_only=True):
    """A whole flow. `release` names the set of files that it came with, so that a call can name what it followed.

    It is for calls of its `mode` and of any of its `purposes`; an inbound flow has none. `recordings`
    holds the seconds of each recording that it plays.
    """

    name: str
    release: str
    mode: Mode
    purposes: tuple[Purpose, ...]
    title: Mapping[str, str]
    voices: Mapping[str, str]
    start: str
    steps: Mapping[str, Step]
    decided: str
    apology: str
    recordings: Mapping[str, float] = {}
