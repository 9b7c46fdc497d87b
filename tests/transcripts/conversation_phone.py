"""A telephone that plays transcripts through the conversation alone: no store, carrier or markup.

Judges passcodes by a small model of its own: five tries, five minutes.
"""

from __future__ import annotations

from typing import Final

from ivr.domain.callflow import NOT_ME_KEY, OTHER, SILENCE, CallFlow, Collect, Mode, Pace, Purpose
from ivr.domain.conversation import Happening, Listen, Say, Turn, begin, enter, turn
from ivr.domain.reading import read_digits, read_text
from ivr.domain.words import PURPOSES
from tests.transcripts.script import Called

TRIES: Final = 5
LIFE: Final = 300
VALUES: Final = {
    language: {
        "bank": bank,
        "wallet": wallet,
        "purpose": PURPOSES[language][Purpose.LINK],
        "life": life,
        "account_tail": "4567",
        "desk": "03-4567-8901",
        "passcode": "012345",
    }
    for language, bank, wallet, life in (
        ("ja", "ほんにん銀行", "クモペイ", "5分"),
        ("en", "Honnin Bank", "Kumo Pay", "5 minutes"),
    )
}


class ConversationPhone:
    """One call."""

    passcode = "012345"
    wrong = "543210"

    def __init__(self, flow: CallFlow, called: Called) -> None:
        self._flow = flow
        self._tries = 0
        self._passed = 0
        self._ending = ""
        self._is_spoken = False
        self._last = self._take(begin(flow, called.language, called.pace))

    def heard(self) -> str:
        said = [each.text for each in self._last.instructions if isinstance(each, Say | Listen)]
        place = self._last.place
        texts = (
            read_text(text, VALUES[place.language], place.language, place.pace) for text in said
        )
        return "".join(
            part if isinstance(part, str) else " " for text in texts for part in text.parts
        )

    def spoken(self, passcode: str) -> str:
        words = read_digits(passcode, self._last.place.language, Pace.NORMAL)
        return "".join(part for part in words if isinstance(part, str))

    def wait(self, seconds: int) -> None:
        self._passed += seconds

    def type(self, passcode: str) -> None:
        assert self._is_spoken, "a guess before the passcode was spoken"
        self._judge(passcode)

    def press(self, keys: str) -> None:
        place = self._last.place
        assert not place.over, "nobody listens"
        if self._ending:
            self._last = self._take(enter(self._flow, place, self._flow.decided))
        else:
            self._last = self._take(turn(self._flow, place, self._outcome(keys)))

    def hang_up(self) -> None:
        assert not self._last.place.over, "nobody is there"
        self._ending = self._ending or self._left_open()

    def ending(self) -> str:
        if self._last.place.over and not self._ending:
            return self._left_open()
        return self._ending

    def _left_open(self) -> str:
        if self._is_spoken:
            return "open/completed"
        place = self._last.place
        return "open/no_consent" if place.over and not place.consented else "open/hung_up"

    def _outcome(self, keys: str) -> str:
        ask = self._flow.steps[self._last.place.step].ask
        assert ask, "nothing was asked"
        if not keys:
            return SILENCE
        if ask.collect is Collect.KEY:
            assert len(keys) == 1, "one key at a time"
            return keys
        if keys == NOT_ME_KEY[Collect.PASSCODE]:
            return keys
        return self._judge(keys) if len(keys) == len(self.passcode) else OTHER

    def _judge(self, passcode: str) -> str:
        if self._passed >= LIFE:
            return "too_late"
        if passcode == self.passcode:
            self._ending = "pass/right_passcode"
            return "right"
        self._tries += 1
        if self._tries < TRIES:
            return "wrong"
        self._ending = "fail/wrong_passcode"
        return "last_try_wrong"

    def _take(self, taken: Turn) -> Turn:
        if Happening.NOT_ME_REPORTED in taken.happened:
            self._ending = "fail/not_me"
        if Happening.PASSCODE_SPOKEN in taken.happened:
            assert self._flow.mode is Mode.READOUT
            self._is_spoken = True
        return taken
