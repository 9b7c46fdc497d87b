"""A telephone that plays transcripts through the conversation alone: no store, carrier or markup.

Judges passcodes by a small model of its own: five tries, five minutes.
"""

from __future__ import annotations

from typing import Final

from ivr.domain.callflow import (
    NOT_ME_KEY,
    OTHER,
    PASSCODE_SLOT,
    SILENCE,
    CallFlow,
    Collect,
    Mode,
    Pace,
)
from ivr.domain.conversation import Happening, Position, Turn, begin, enter, turn
from ivr.domain.reading import Spoken, read_digits
from ivr.rehearsal.hearing import heard_in
from ivr.rehearsal.script import Called, Differs
from ivr.rehearsal.values import Values

CLOSED: Final = "closed"
TRIES: Final = 5
LIFE: Final = 300
_WRONG: Final = "543210"
_OTHER_WRONG: Final = "654321"


class ConversationPhone:
    """One call; `values` are what the placeholders stand for, by language, the passcode among them.

    `desk` is how a transfer ends, `closed` where nobody is there, once somebody leaves it by
    `leave_desk`. Without it, a transfer ends by itself and as `called` says.
    """

    def __init__(
        self, flow: CallFlow, called: Called, values: Values, desk: str | None = None
    ) -> None:
        """Answer the telephone."""
        self._flow = flow
        self._leaves_by_itself = desk is None
        self._desk = desk or called.desk.value
        self._said: list[Turn] = []
        self._values = values
        self.passcode = values[called.language][PASSCODE_SLOT]
        self.wrong = _OTHER_WRONG if self.passcode == _WRONG else _WRONG
        self._tries = 0
        self._passed = 0
        self._ending = ""
        self._is_spoken = False
        self._last = self._take(
            begin(flow, called.language, called.pace, is_desk_open=self._desk != CLOSED)
        )

    def heard(self) -> str:
        """Return all that was said since the last key."""
        return "".join(
            part if isinstance(part, str) else " "
            for each in self.passages()
            for part in each.parts
        )

    @property
    def last(self) -> Turn:
        """The turn that is heard now."""
        return self._last

    @property
    def flow(self) -> CallFlow:
        """The flow that the call follows."""
        return self._flow

    def passages(self) -> tuple[Spoken, ...]:
        """Return the same with its rests, as it is spoken."""
        return tuple(each for taken in self._said for each in heard_in(taken, self._values))

    def spoken(self, passcode: str) -> str:
        """Return a passcode as it is heard."""
        words = read_digits(passcode, self._last.position.language, Pace.NORMAL)
        return "".join(part for part in words if isinstance(part, str))

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self._passed += seconds

    def type(self, passcode: str) -> None:
        """Type a passcode into the bank's page."""
        if not self._is_spoken:
            raise Differs("a passcode is typed before one was spoken")
        self._judge(passcode)

    def press(self, keys: str) -> None:
        """Press keys, or (with none) say nothing until the question is over."""
        position = self._last.position
        if position.over:
            raise Differs("a key is pressed after the call was over")
        if self._ending:
            self._last = self._take(enter(self._flow, position, self._flow.decided))
        else:
            self._last = self._take(self._turn(position, self._outcome(keys)))

    def leave_desk(self) -> None:
        """Let the desk's call end, after which the flow goes on."""
        self._last = self._take(self._turn(self._last.position, self._desk))

    def hang_up(self) -> None:
        """Put the receiver down."""
        if self._last.position.over:
            raise Differs("the receiver is put down after the call was over")
        self._ending = self._ending or self._left_open()

    def ending(self) -> str:
        """Return how it stands: `pass/…`, `fail/…` or `open/…`; empty while the call goes on."""
        if self._last.position.over and not self._ending:
            return self._left_open()
        return self._ending

    def _left_open(self) -> str:
        if self._flow.mode is Mode.INBOUND:
            return "inbound/nothing_asked"
        if self._is_spoken:
            return "open/completed"
        position = self._last.position
        return "open/no_consent" if position.over and not position.consented else "open/hung_up"

    def _turn(self, position: Position, outcome: str) -> Turn:
        return turn(self._flow, position, outcome, is_desk_open=self._desk != CLOSED)

    def _outcome(self, keys: str) -> str:
        if not keys:
            return SILENCE
        ask = self._flow.steps[self._last.position.step].ask
        if ask is None or ask.collect is Collect.KEY:
            if len(keys) > 1:
                raise Differs(f"{len(keys)} keys are pressed where one is asked for")
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
        """Take a turn in, and those that follow a transfer by themselves."""
        self._said = [self._note(taken)]
        while taken.position.at_desk and self._leaves_by_itself:
            taken = self._turn(taken.position, self._desk)
            self._said.append(self._note(taken))
        return taken

    def _note(self, taken: Turn) -> Turn:
        if Happening.NOT_ME_REPORTED in taken.happened:
            self._ending = "fail/not_me"
        if Happening.CONFIRMED in taken.happened:
            self._ending = "pass/confirmed"
        if Happening.CALL_BACK_ASKED in taken.happened:
            self._ending = "inbound/call_back_asked"
        if Happening.PASSCODE_SPOKEN in taken.happened:
            self._is_spoken = True
        return taken
