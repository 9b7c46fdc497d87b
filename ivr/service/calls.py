"""A call in progress: the carrier asks what to say, or reports how it goes.

Knows how a hook moves its call on, what the verification must hear of it, and that a hook repeated,
late or out of order changes nothing but for one thing: "not me" is heard whenever it is said.
Does not know the carrier's words, its signature or its markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ivr.domain.bookkeeping import sid_learned, turn_taken
from ivr.domain.callflow import NOT_ME_KEY, CallFlow, Collect
from ivr.domain.conversation import HangUp, Happening, Position, Turn, again, begin, enter, turn
from ivr.domain.errors import Impossible
from ivr.domain.events import CallEnded, PasscodeKeyed, PhoneAnswered, PhoneRang
from ivr.domain.keyring import Keyring
from ivr.domain.passcode import DIGITS
from ivr.domain.policy import Bank, Wallet
from ivr.domain.record import State, Verification
from ivr.service.carrier_port import CallProgress, DialEnd, StatusHook, VoiceHook, WhisperHook
from ivr.service.happenings import hear_not_me, tell_happened
from ivr.service.hook_address import HookAddress, check_address, check_desk_address
from ivr.service.meter_port import HookAge, HookTurn
from ivr.service.pacing import Pacing
from ivr.service.ports import FlowBook
from ivr.service.positions import close, has_position, language_of, left
from ivr.service.pressed import read_keys, says_not_me
from ivr.service.records import Change, Records, not_found
from ivr.service.replies import Replies, Reply
from ivr.service.retrying import Retrying
from ivr.service.views import Views


class _Taken(NamedTuple):
    """A turn as it was taken: what is said, which hook comes next, when, and whether it was news."""

    flow: CallFlow
    turn: Turn
    next_turn: int
    now: int
    age: HookAge


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
        pacing: Pacing,
    ) -> None:
        """Take the ports and what is configured."""
        self._records = records
        self._views = views
        self._keyring = keyring
        self._flows = flows
        self._banks = banks
        self._pacing, self._retrying = pacing, Retrying(records, banks)
        self._replies = Replies(views, keyring, banks, wallets, flows)

    def take_turn(self, address: HookAddress, hook: VoiceHook) -> Reply:
        """Answer a voice hook: take the turn it reports, once, and say what comes next.

        Raises:
            Forged: the hook does not belong to this call.
            Refused: `not_found`.

        """

        def step(change: Change) -> _Taken:
            verification = change.record.verification
            check_address(self._keyring, verification, address, hook)
            flow = self._flow_of(verification)
            call = verification.call
            if address.call == call.number and address.turn < call.turn and call.position:
                told = again(flow, call.position)
                return _Taken(flow, told, call.turn, change.now, HookAge.REPEATED)
            if self._is_out_of_turn(verification, address, flow):
                if says_not_me(hook):
                    hear_not_me(change)
                told = close(flow, verification)
                return _Taken(flow, told, address.turn + 1, change.now, HookAge.LATE)
            told = self._advance(change, flow, address, hook)
            return _Taken(flow, told, address.turn + 1, change.now, HookAge.FRESH)

        record, taken = self._records.change(address.verification, step)
        self._records.meter.hook(_kind_of(address, hook), taken.age)
        return self._replies.reply(
            record.verification, taken.flow, taken.turn, next_turn=taken.next_turn, now=taken.now
        )

    def whisper(self, address: HookAddress, hook: WhisperHook) -> Reply:
        """Say what the desk's staff hear before the depositor is put through. Changes nothing.

        Raises:
            Forged: the hook does not belong to a transfer of this call.
            Refused: `not_found`, also where the call is not at the desk any more.

        """
        record, _ = self._records.read(address.verification)
        verification = record.verification
        check_desk_address(self._keyring, verification, address, hook)
        call, flow = verification.call, self._flow_of(verification)
        step = flow.steps.get(call.position.step) if call.position and call.at_desk else None
        if address.call != call.number or step is None or step.transfer is None:
            raise not_found()
        return self._replies.whisper(verification, flow, step.transfer)

    def report(self, address: HookAddress, hook: StatusHook) -> None:
        """Take in a status hook. Late, repeated or reordered ones change nothing.

        Raises:
            Forged: the hook does not belong to this call.
            Refused: `not_found`.

        """

        def step(change: Change, *, may_retry: bool) -> bool:
            check_address(self._keyring, change.record.verification, address, hook)
            at, call = change.now, address.call
            match hook.news:
                case CallProgress.RINGING:
                    news = change.tell(PhoneRang(at=at, call=call, sid=hook.sid))
                case CallProgress.ANSWERED:
                    news = change.tell(PhoneAnswered(at=at, call=call, sid=hook.sid))
                case end:
                    return change.tell(CallEnded(at=at, call=call, end=end, again=may_retry))
            change.record = sid_learned(change.record, call, hook.sid)
            return news

        record, news = self._retrying.change(address, hook.news, step)
        kind = HookTurn(hook.news) if isinstance(hook.news, CallProgress) else HookTurn.ENDED
        self._records.meter.hook(kind, HookAge.FRESH if news else HookAge.LATE)
        if kind is HookTurn.ENDED:
            self._pacing.leave(record.verification, address.call)

    def _flow_of(self, verification: Verification) -> CallFlow:
        """Return the flow of the release in force when the call began, and goes on with.

        A release that nobody knows, as one named by an earlier version of ours, gives way to the
        release in force.
        """
        use = verification.mode, verification.purpose
        flow = (
            self._flows.get(verification.call.release, *use) if verification.call.position else None
        )
        flow = flow or self._flows.find(*use, verification.bank)
        if flow is None:
            raise Impossible(f"no call flow for {verification.purpose} in {verification.mode}")
        return flow

    def _is_out_of_turn(
        self, verification: Verification, address: HookAddress, flow: CallFlow
    ) -> bool:
        """Tell whether there is no position from which this hook could go on.

        It is of an earlier call, or of a turn that we never answered, or the carrier had said that
        it did not place this call, or the call's flow was replaced by one without the step.
        """
        call = verification.call
        return (
            address.call != call.number
            or address.turn != call.turn
            or verification.state is State.WANTED
            or (call.turn == 0 and verification.decided)
            or (call.position is not None and not has_position(flow, call.position))
        )

    def _advance(
        self, change: Change, flow: CallFlow, address: HookAddress, hook: VoiceHook
    ) -> Turn:
        verification = change.record.verification
        position = verification.call.position
        if position is None:
            change.stand(flow.release, flow.start)
            change.tell(PhoneAnswered(at=change.now, call=address.call, sid=hook.sid))
            language = language_of(flow, verification)
            taken = begin(
                flow, language, verification.pace, is_desk_open=self._is_desk_open(change)
            )
        elif position.over:
            return again(flow, position)
        elif position.at_desk:
            taken = self._return(change, flow, position, hook)
        else:
            taken = self._answer(change, flow, position, hook)
        change.record = turn_taken(change.record, taken.position, flow.release, change.now)
        change.stand(flow.release, taken.position.step)
        change.note("turn_taken", turn=address.turn, flow=flow.name)
        return taken

    def _answer(self, change: Change, flow: CallFlow, position: Position, hook: VoiceHook) -> Turn:
        """Turn keys into an outcome, tell the verification what happened, go where that leads."""
        ask = flow.steps[position.step].ask
        collect = ask.collect if ask else Collect.KEY
        outcome = read_keys(hook, collect)
        if change.record.verification.decided:
            if outcome == NOT_ME_KEY[collect]:
                hear_not_me(change)
            return enter(flow, position, flow.decided)
        if collect is Collect.PASSCODE and len(outcome) == DIGITS:
            outcome = self._judge_keyed(change, outcome)
        taken = turn(flow, position, outcome, is_desk_open=self._is_desk_open(change))
        tell_happened(change, flow, position, taken)
        if Happening.CONFIRMED in taken.happened and not change.record.verification.passed:
            # It came too late, and nobody is told that it counted.
            return enter(flow, taken.position, flow.apology)
        return taken

    def _return(self, change: Change, flow: CallFlow, position: Position, hook: VoiceHook) -> Turn:
        """Go on after a transfer, verdict or not; if the depositor has hung up, only note how it ended."""
        ended = hook.dialled or DialEnd.NO_ANSWER
        change.note("desk_call_ended", how=ended.value, hung_up=int(hook.hung_up))
        if hook.hung_up:
            return Turn(position=left(flow, position), instructions=(HangUp(),))
        taken = turn(flow, position, ended.value, is_desk_open=self._is_desk_open(change))
        tell_happened(change, flow, position, taken)
        return taken

    def _is_desk_open(self, change: Change) -> bool:
        desk = self._banks[change.record.verification.bank].desk
        return desk is not None and desk.is_open(change.now)

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


def _kind_of(address: HookAddress, hook: VoiceHook) -> HookTurn:
    if hook.dialled:
        return HookTurn.DESK
    return HookTurn.KEYS if address.turn else HookTurn.FIRST
