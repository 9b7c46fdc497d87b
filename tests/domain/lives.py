"""A verification's life told event by event, in the order in which things really happen."""

from collections.abc import Callable, Mapping
from typing import Any, Self

from msgspec.structs import replace

from ivr.domain.bookkeeping import turn_taken
from ivr.domain.callflow import KEY_ONLY, Mode, Pace, Purpose
from ivr.domain.conversation import Position
from ivr.domain.events import (
    CallAccepted,
    CallAsked,
    CallBackAsked,
    CallEnd,
    CallEnded,
    CallEvent,
    Confirmed,
    ConsentGiven,
    Event,
    NotMeReported,
    PasscodeChecked,
    PasscodeKeyed,
    PasscodeSpoken,
    PhoneAnswered,
    PlacingStarted,
)
from ivr.domain.policy import ASKED_MODES, SECOND, Limits
from ivr.domain.record import Account, Call, Record, State, Verification
from ivr.domain.verification import after
from ivr.domain.wishes import shown_until

NOON = 1_763_780_400_000
ACCOUNT = "001-0123456"
NUMBER = "+819012345678"
CALLBACK = "https://bank.example/verdicts"


class Life:
    """A record and its time. Each method is one thing that happens, at the time it is now."""

    def __init__(
        self,
        mode: Mode = Mode.READOUT,
        account: Account | None = None,
        limits: Limits | None = None,
        **fields: Any,
    ) -> None:
        # Short enough for a call that is never heard of again to end before its verification does.
        self.limits = limits or Limits(call_time_limit=300)
        self.now = NOON
        verification = Verification(
            id="vabcdefghijklmnop234567abcd",
            client="honnin-web",
            bank="honnin",
            wallet="kumopay",
            account=ACCOUNT,
            number=NUMBER,
            mode=mode,
            purpose=Purpose.LINK,
            language="ja",
            pace=Pace.NORMAL,
            key_id="k1",
            request_digest=bytes(32),
            created_at=NOON,
            expires_at=NOON + self.limits.verification_life * SECOND,
            call=Call(number=1, wished_at=NOON, replay=b"replay-name-of-1"),
            since=NOON,
        )
        verification = replace(verification, **fields)
        self.record = Record(
            verification=verification, account=replace(account or Account(), live=verification.id)
        )
        self._change(code_until=shown_until(self.record, NOON, self.limits))

    @property
    def verification(self) -> Verification:
        return self.record.verification

    @property
    def account(self) -> Account:
        return self.record.account

    @property
    def state(self) -> State:
        return self.verification.state

    @property
    def tries_left(self) -> int:
        return self.record.tries_left(self.limits)

    def _change(self, **fields: Any) -> None:
        self.record = replace(self.record, verification=replace(self.verification, **fields))

    def wait(self, seconds: float) -> Self:
        self.now += round(seconds * SECOND)
        return self

    def wait_until(self, time: int) -> Self:
        self.now = time
        return self

    def event(self, kind: type[Event], **fields: Any) -> Event:
        if issubclass(kind, CallEvent):
            fields.setdefault("call", self.verification.call.number)
        return kind(at=self.now, **fields)

    def tell(self, kind: type[Event], **fields: Any) -> Self:
        self.record = after(self.record, self.event(kind, **fields), self.limits)
        return self

    def place(self) -> Self:
        return self.tell(PlacingStarted)

    def ring(self) -> Self:
        return self.place().tell(CallAccepted, sid=f"CA{self.verification.call.number}")

    def answer(self) -> Self:
        return self.ring().wait(3).tell(PhoneAnswered, sid=self.verification.call.sid)

    def consent(self) -> Self:
        self.answer().wait(10).tell(ConsentGiven)
        return self.take_turn("code", consented=True)

    def take_turn(self, step: str, *, consented: bool = False) -> Self:
        position = Position(step=step, entered=step, language="ja", consented=consented)
        self.record = turn_taken(self.record, position, "release", self.now)
        return self

    def speak(self, after_seconds: float = 0) -> Self:
        return self.consent().wait(after_seconds).tell(PasscodeSpoken)

    def end(self, end: CallEnd = CallEnd.COMPLETED) -> Self:
        return self.wait(5).tell(CallEnded, end=end)

    def hear(self) -> Self:
        return self.speak().end()

    def miss(self) -> Self:
        return self.ring().wait(20).tell(CallEnded, end=CallEnd.NO_ANSWER)

    def call_again(self) -> Self:
        return self.wait(5).tell(CallAsked)

    def ask_back(self, asked_in: bytes = b"inbound-1") -> Self:
        return self.wait(5).tell(CallBackAsked, asked_in=asked_in)

    def check(self, *, right: bool) -> Self:
        return self.tell(PasscodeChecked, right=right)

    def key(self, *, right: bool) -> Self:
        return self.tell(PasscodeKeyed, right=right)

    def give(self, *, right: bool) -> Self:
        """Hand in a passcode the way the mode does."""
        is_readout = self.verification.mode is Mode.READOUT
        return self.check(right=right) if is_readout else self.key(right=right)

    def confirm(self) -> Self:
        return self.tell(Confirmed)

    def succeed(self) -> Self:
        """Come to a pass the way the mode does."""
        if self.verification.mode in KEY_ONLY:
            return self.consent().confirm()
        return self.ask_for_passcode().give(right=True)

    def ask_for_passcode(self) -> Self:
        """Come to where a passcode can be handed in."""
        return self.hear() if self.verification.mode is Mode.READOUT else self.consent()


PATHS: Mapping[State, Callable[[Life], Life]] = {
    State.WANTED: lambda life: life,
    State.PLACING: Life.place,
    State.RINGING: Life.ring,
    State.ANSWERED: Life.answer,
    State.CONSENTED: Life.consent,
    State.SPOKEN: Life.speak,
    State.HEARD: Life.hear,
    State.RESTING: Life.miss,
    State.PASSED: Life.succeed,
    State.FAILED: lambda life: life.answer().tell(NotMeReported),
}
"""How a life comes to each state in its present call."""

MODES: Mapping[State, tuple[Mode, ...]] = {
    state: (Mode.READOUT,) if state in {State.SPOKEN, State.HEARD} else ASKED_MODES
    for state in State
}
"""A passcode is spoken in readout only."""
