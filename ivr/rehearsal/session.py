"""A rehearsal: somebody is the depositor, hears a call and answers it, and it is written down.

Knows what can be done at each moment and how a session becomes a transcript. Does not know
terminals.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from ivr.domain.callflow import Collect, Pace
from ivr.domain.conversation import Dial, Listen
from ivr.domain.passcode import DIGITS
from ivr.rehearsal.conversation_phone import ConversationPhone
from ivr.rehearsal.hearing import length, wait_of
from ivr.rehearsal.script import NOTHING, Called, Differs
from ivr.rehearsal.values import Values

_SENTENCE: Final = re.compile(r"(?<=[。！？])|(?<=[.!?])\s+")


class Session:
    """One rehearsed call, and its transcript so far. `seconds` are spoken and waited for."""

    def __init__(self, phone: ConversationPhone, called: Called, values: Values) -> None:
        """Begin to listen."""
        self.phone = phone
        self.seconds = 0.0
        self._hung_up = False
        self._values = values
        self._lines = [f"- calls: {_called(called)}"]
        self._hears()

    @property
    def is_over(self) -> bool:
        """Nothing more is said, and nothing can be pressed."""
        return self.phone.last.position.over or self._hung_up

    @property
    def question(self) -> Listen | None:
        """What the call listens for now."""
        found = [each for each in self.phone.last.instructions if isinstance(each, Listen)]
        return found[0] if found else None

    @property
    def is_at_desk(self) -> bool:
        """The depositor is put through to the desk."""
        return Dial() in self.phone.last.instructions

    def press(self, keys: str) -> None:
        """Press keys, or (with none) say nothing.

        Raises:
            Differs: what is asked for takes no such keys; nothing was pressed.

        """
        question = self.question
        waited = 0.0 if keys else wait_of(self.phone.last)
        if question and question.collect is Collect.KEY and len(keys) > 1:
            raise Differs("one key is asked for: press one, or nothing")
        if len(keys) > DIGITS:
            raise Differs(f"{DIGITS} digits are asked for, and {len(keys)} keys are too many")
        self.phone.press(keys)
        self._does("presses", self._hidden(keys) or NOTHING)
        self.seconds += waited
        self._hears()

    def leave_desk(self) -> None:
        """Let the desk's call end."""
        self.phone.leave_desk()
        self._hears()

    def type(self, passcode: str) -> None:
        """Type a passcode into the page. Raises `Differs` where none was spoken."""
        self.phone.type(passcode)
        self._does("types", self._hidden(passcode))

    def wait(self, seconds: int) -> None:
        """Let time pass before anything else is done."""
        self.phone.wait(seconds)
        self._does("waits", seconds)

    def hang_up(self) -> None:
        """Put the receiver down."""
        self.phone.hang_up()
        self._hung_up = True
        self._does("hangs_up", True)  # noqa: FBT003 - a field's value

    def transcript(self) -> str:
        """Write the session down, as `script.py` reads it."""
        return "\n".join([*self._lines, f"- ends: {self.phone.ending()}", ""])

    def _hears(self) -> None:
        self.seconds += length(self.phone.passages())
        self._lines += [f"- hears: {_quoted(each)}" for each in self._sentences()]

    def _sentences(self) -> Iterator[str]:
        """Yield what is heard, sentence by sentence; not how long the passcode lives: that changes."""
        life = self._values[self.phone.last.position.language]["life"]
        spoken = self.phone.spoken(self.phone.passcode)
        for passage in self.phone.passages():
            words = "".join(part for part in passage.parts if isinstance(part, str))
            for sentence in _SENTENCE.split(words.replace(spoken, "{passcode}")):
                if sentence.strip() and life not in sentence:
                    yield sentence.strip()

    def _does(self, what: str, value: object) -> None:
        """Add an act to the last line, or on a line of its own where that has one that comes later."""
        if re.search(r"^  |^- (?!hears)", self._lines[-1], re.MULTILINE):
            self._lines.append(f"- {what}: {_quoted(value)}")
        else:
            self._lines[-1] += f"\n  {what}: {_quoted(value)}"

    def _hidden(self, keys: str) -> str:
        """Write a passcode by its name: another call has another one."""
        if keys == self.phone.passcode:
            return "{passcode}"
        return "{wrong}" if len(keys) == DIGITS and keys.isdigit() else keys


def _called(called: Called) -> str:
    pace = "" if called.pace is Pace.NORMAL else f", pace: {called.pace}"
    return f"{{flow: {called.flow}, language: {called.language}{pace}}}"


def _quoted(value: object) -> str:
    """Write a value as YAML; JSON's way of quoting is YAML's, too."""
    return json.dumps(value, ensure_ascii=False)
