"""A call in progress: the carrier asks what to say, or reports how it goes.

Knows how a hook finds its call, what a key means at the present step, and that a hook repeated, late
or out of order changes nothing. Does not know the carrier's words, its signature or its markup.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

import msgspec

from ivr.domain.callflow import NOT_ME_KEY, OTHER, PASSCODE_SLOT, SILENCE, CallFlow, Collect, Pace
from ivr.domain.conversation import (
    Happening,
    Instruction,
    Place,
    Turn,
    again,
    begin,
    enter,
    speaks_passcode,
    turn,
)
from ivr.domain.errors import Forged, Impossible
from ivr.domain.events import (
    CallEnded,
    ConsentGiven,
    NotMeReported,
    PasscodeKeyed,
    PasscodeSpoken,
    PhoneAnswered,
    PhoneRang,
)
from ivr.domain.keyring import Keyring
from ivr.domain.passcode import DIGITS
from ivr.domain.policy import Bank, Wallet
from ivr.domain.record import State, Verification, turn_taken
from ivr.domain.words import values_of
from ivr.service.ports import CallProgress, FlowBook, StatusHook, VoiceHook
from ivr.service.records import Change, Records
from ivr.service.tokens import call_token
from ivr.service.views import Views


class HookAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a hook was sent: which call of which verification, and which turn (0 in a status hook)."""

    verification: str
    call: int
    token: str
    turn: int = 0


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What to say next, ready to be rendered. `values` fill the placeholders; `next_turn` is for the next hook."""

    instructions: tuple[Instruction, ...]
    values: Mapping[str, str]
    language: str
    pace: Pace
    voice: str
    next_turn: int

    def __repr__(self) -> str:
        """Show no values: a passcode may be among them."""
        return f"Reply({self.language}, {len(self.instructions)} instructions)"


class Calls:
    """The use cases behind the carrier's hooks."""

    def __init__(
        self,
        *,
        records: Records,
        views: Views,
        keyring: Keyring,
        flows: FlowBook,
        banks: Mapping[str, Bank],
        wallets: Mapping[str, Wallet],
    ) -> None:
        """Take the ports and what is configured."""
        self._records = records
        self._views = views
        self._keyring = keyring
        self._flows = flows
        self._banks = banks
        self._wallets = wallets

    def take_turn(self, address: HookAddress, hook: VoiceHook) -> Reply:
        """Answer a voice hook: take the turn it reports, once, and say what comes next.

        Raises:
            Forged: the hook does not belong to this call.
            Refused: `not_found`.

        """

        def step(change: Change) -> tuple[CallFlow, Turn, int]:
            verification = self._check_address(change, address, hook.sid)
            flow = self._flow_of(verification)
            call = verification.call
            if (
                address.call != call.number
                or address.turn > call.turn
                or verification.state is State.WANTED
                or (call.turn == 0 and verification.decided)
            ):
                return flow, _close(flow, verification), address.turn
            if address.turn < call.turn and call.place:
                return flow, again(flow, call.place), call.turn - 1
            taken = self._advance(change, flow, address, hook)
            return flow, taken, address.turn

        record, (flow, taken, number) = self._records.change(address.verification, step)
        return self._reply(record.verification, flow, taken, number + 1)

    def report(self, address: HookAddress, hook: StatusHook) -> None:
        """Take in a status hook. Late, repeated or reordered ones change nothing.

        Raises:
            Forged: the hook does not belong to this call.
            Refused: `not_found`.

        """

        def step(change: Change) -> None:
            self._check_address(change, address, hook.sid)
            match hook.news:
                case CallProgress.RINGING:
                    change.tell(PhoneRang(at=change.now, call=address.call, sid=hook.sid))
                case CallProgress.ANSWERED:
                    change.tell(PhoneAnswered(at=change.now, call=address.call, sid=hook.sid))
                case end:
                    change.tell(CallEnded(at=change.now, call=address.call, end=end))

        self._records.change(address.verification, step)

    def _check_address(self, change: Change, address: HookAddress, sid: str) -> Verification:
        verification = change.record.verification
        expected = call_token(self._keyring, verification.key_id, verification.id, address.call)
        if not hmac.compare_digest(expected, address.token):
            message = "a hook with a token of no call of ours"
            raise Forged(message)
        call = verification.call
        if address.call == call.number and call.sid and call.sid != sid:
            message = "a hook for this call from another call"
            raise Forged(message)
        return verification

    def _flow_of(self, verification: Verification) -> CallFlow:
        flow = self._flows.get(verification.call.release) or self._flows.find(
            verification.mode, verification.purpose
        )
        if flow is None:
            message = f"no call flow for {verification.purpose} in {verification.mode}"
            raise Impossible(message)
        return flow

    def _advance(
        self, change: Change, flow: CallFlow, address: HookAddress, hook: VoiceHook
    ) -> Turn:
        verification = change.record.verification
        place = verification.call.place
        if place is None:
            change.tell(PhoneAnswered(at=change.now, call=address.call, sid=hook.sid))
            taken = begin(flow, verification.language, verification.pace)
        elif place.over:
            return again(flow, place)
        else:
            taken = self._answer(change, flow, place, hook)
        change.record = turn_taken(change.record, taken.place, flow.release)
        change.note(
            "turn_taken",
            step=taken.place.step,
            turn=address.turn,
            flow=flow.name,
            release=flow.release,
        )
        return taken

    def _answer(self, change: Change, flow: CallFlow, place: Place, hook: VoiceHook) -> Turn:
        """Turn keys into an outcome, tell the verification what happened, and go where that leads."""
        was_decided = change.record.verification.decided
        ask = flow.steps[place.step].ask
        collect = ask.collect if ask else Collect.KEY
        outcome = _read_keys(hook, collect)
        if was_decided:
            if outcome == NOT_ME_KEY[collect]:
                change.note("not_me_after_verdict")
            return enter(flow, place, flow.decided)
        if collect is Collect.PASSCODE and len(outcome) == DIGITS:
            outcome = self._judge_keyed(change, outcome)
        taken = turn(flow, place, outcome)
        call = change.record.verification.call.number
        for happening in taken.happened:
            match happening:
                case Happening.CONSENT_GIVEN:
                    change.tell(ConsentGiven(at=change.now, call=call))
                case Happening.NOT_ME_REPORTED:
                    change.tell(NotMeReported(at=change.now, call=call))
                case Happening.PASSCODE_SPOKEN:
                    change.tell(PasscodeSpoken(at=change.now, call=call))
        return taken

    def _judge_keyed(self, change: Change, digits: str) -> str:
        verification = change.record.verification
        if change.now >= verification.code_until:
            return "too_late"
        right = self._views.is_right(verification, digits)
        change.tell(PasscodeKeyed(at=change.now, call=verification.call.number, right=right))
        match change.record.verification.state:
            case State.PASSED:
                return "right"
            case State.FAILED:
                return "last_try_wrong"
            case _:
                return "wrong"

    def _reply(
        self, verification: Verification, flow: CallFlow, taken: Turn, next_turn: int
    ) -> Reply:
        if verification.state is not State.SPOKEN and any(map(speaks_passcode, taken.instructions)):
            taken = enter(flow, taken.place, flow.decided)
        language = taken.place.language
        values = values_of(
            verification,
            self._banks[verification.bank],
            self._wallets[verification.wallet],
            language,
        )
        if verification.state is State.SPOKEN:
            values[PASSCODE_SLOT] = self._views.passcode(verification)
        return Reply(
            instructions=taken.instructions,
            values=values,
            language=language,
            pace=taken.place.pace,
            voice=flow.voices[language],
            next_turn=next_turn,
        )


def _close(flow: CallFlow, verification: Verification) -> Turn:
    """Say that there is nothing more to do, whatever was asked."""
    language = verification.language
    place = verification.call.place or Place(
        step=flow.decided, entered=flow.decided, language=language
    )
    return enter(flow, place, flow.decided)


def _read_keys(hook: VoiceHook, collect: Collect) -> str:
    """Name what was pressed: a key, six digits, `silence`, or `other`."""
    digits = hook.digits
    if hook.finished_on == "*" or "*" in digits:
        return "*"
    digits = digits.rstrip("#") if collect is Collect.PASSCODE else digits
    if not digits:
        return "#" if hook.digits else SILENCE
    if collect is Collect.PASSCODE:
        return digits if len(digits) == DIGITS and digits.isdigit() else OTHER
    return digits if len(digits) == 1 else OTHER
