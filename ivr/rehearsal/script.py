"""A call as a branch manager reads it: a list of what is heard, pressed and typed, and how it ends.

    - calls: {flow: link-readout, language: ja}
    - hears: なければ9を押してください。
      presses: "9"
    - hears: このお申し込みを止めました。
    - ends: fail/not_me

`hears` is a piece of what is said since the last key, in order. `presses` are keys, or `nothing`;
`types` goes into the bank's page; `waits` are seconds that pass first. `{passcode}` stands for the
right one, spoken in `hears`; `{wrong}` for another. Knows nothing of who plays the call: a
`Telephone` does, the conversation alone or the whole product.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

import msgspec

from ivr.domain.callflow import Pace, Purpose
from ivr.domain.errors import HonninError

NOTHING: Final = "nothing"
_SHOWN: Final = 80


class NoTranscript(HonninError):
    """Ops must act: a file is no transcript. The message names the file and what to do."""


class Differs(HonninError):
    """A call did not go as its transcript says. The message names the line and what was heard."""


class DeskAnswer(StrEnum):
    """What becomes of a transfer to the bank's desk."""

    CLOSED = "closed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DONE = "done"


class Called(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which flow a call follows, how it begins, and what a transfer meets.

    `purpose` is one of the flow's, and its first where none is named. `at` is when the call is
    placed, where the hours of the desk are looked up.
    """

    flow: str
    language: str
    purpose: Purpose | None = None
    pace: Pace = Pace.NORMAL
    at: datetime | None = None
    desk: DeskAnswer = DeskAnswer.CLOSED


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line: what is heard, then what is done."""

    calls: Called | None = None
    hears: str = ""
    waits: int = 0
    types: str = ""
    presses: str = ""
    hangs_up: bool = False
    ends: str = ""


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """A whole call."""

    name: str
    called: Called
    lines: tuple[Line, ...]
    ends: str


class Telephone(Protocol):
    """Who plays a call."""

    @property
    def passcode(self) -> str:
        """Return the right passcode."""

    @property
    def wrong(self) -> str:
        """Return another one."""

    def heard(self) -> str:
        """Return all that was said since the last key."""

    def spoken(self, passcode: str) -> str:
        """Return a passcode as it is heard."""

    def wait(self, seconds: int) -> None:
        """Let time pass."""

    def type(self, passcode: str) -> None:
        """Type a passcode into the bank's page."""

    def press(self, keys: str) -> None:
        """Press keys, or (with none) say nothing until the question is over."""

    def hang_up(self) -> None:
        """Put the receiver down."""

    def ending(self) -> str:
        """Return how it stands: `pass/…`, `fail/…` or `open/…`; empty while the call goes on.

        A call to us ends with `inbound/call_back_asked` or `inbound/nothing_asked`.
        """


def read_transcripts(folder: Path) -> list[Transcript]:
    """Read all transcripts of a folder. Raises `NoTranscript`."""
    return [read_transcript(file) for file in sorted(folder.glob("*.yaml"))]


def read_transcript(file: Path) -> Transcript:
    """Read one transcript.

    Raises:
        NoTranscript: it cannot be read, or does not begin with `calls:` and end with `ends:`.

    """
    try:
        first, *lines, last = msgspec.yaml.decode(file.read_bytes(), type=list[Line])
    except OSError as error:
        raise NoTranscript(f"{file}: it cannot be read: {error.strerror}") from error
    except (ValueError, msgspec.MsgspecError) as error:
        raise NoTranscript(
            f"{file}: it is no list of lines such as “- hears: …”: {error}"
        ) from error
    if not first.calls or not last.ends:
        raise NoTranscript(f"{file}: begin with “- calls: …”, and end with “- ends: …”")
    return Transcript(name=file.stem, called=first.calls, lines=tuple(lines), ends=last.ends)


def replay(transcript: Transcript, telephone: Telephone) -> None:
    """Play a transcript.

    Raises:
        Differs: at the first line that the telephone does not agree with.

    """
    heard = telephone.heard()
    for number, line in enumerate(transcript.lines, start=2):
        words = line.hears.replace("{passcode}", telephone.spoken(telephone.passcode))
        found = _spaced(words).search(heard)
        if found is None:
            raise Differs(f"entry {number}: “{line.hears}” is not heard; {_next(heard)}")
        heard = heard[found.end() :]
        if _act(line, telephone):
            heard = telephone.heard()
    if telephone.ending() != transcript.ends:
        ending = telephone.ending() or "a call that goes on"
        raise Differs(f"it ends with {ending}, and not with {transcript.ends}")


def _act(line: Line, telephone: Telephone) -> bool:
    """Do what a line says; tell whether something else is heard from now on."""
    telephone.wait(line.waits)
    if line.types:
        telephone.type(_filled(line.types, telephone))
    if line.presses:
        telephone.press("" if line.presses == NOTHING else _filled(line.presses, telephone))
    if line.hangs_up:
        telephone.hang_up()
    return bool(line.presses)


def _filled(keys: str, telephone: Telephone) -> str:
    return keys.replace("{passcode}", telephone.passcode).replace("{wrong}", telephone.wrong)


def _spaced(words: str) -> re.Pattern[str]:
    """Return what finds words whatever blanks are in them: these are pauses, which are not compared."""
    return re.compile(r"\s*".join(map(re.escape, "".join(words.split()))))


def _next(heard: str) -> str:
    """Tell what is heard instead, as far as it helps."""
    words = " ".join(heard.split())
    if not words:
        return "nothing more is heard before the next key"
    return f"what comes next is “{words[:_SHOWN]}{'…' if len(words) > _SHOWN else ''}”"
