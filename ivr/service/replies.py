"""What is said next, with the values that fill it: all that a renderer needs.

Knows which words a call may be told, and that a passcode is told only while it is good for
something. Does not know markup.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ivr.domain.callflow import PASSCODE_SLOT, REFERENCE_SLOT, CallFlow, Pace, Transfer
from ivr.domain.case_number import reference_spoken
from ivr.domain.conversation import Dial, Instruction, Listen, Say, Turn, enter, speaks_passcode
from ivr.domain.errors import Impossible
from ivr.domain.keyring import Keyring
from ivr.domain.policy import Bank, Wallet
from ivr.domain.record import State, Verification
from ivr.domain.words import values_of
from ivr.service.hook_address import hook_path
from ivr.service.ports import FlowBook
from ivr.service.tokens import desk_token
from ivr.service.views import Views


class DeskLine(msgspec.Struct, frozen=True, kw_only=True):
    """How the bank's desk is dialled: `ring` and `longest` (ringing and talk) in seconds.

    `whisper_path` is where the carrier asks what the staff hear first.
    """

    number: str
    caller: str
    ring: int
    longest: int
    whisper_path: str

    def __repr__(self) -> str:
        """Show no number."""
        return "DeskLine(…)"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What to say next. `values` fill the placeholders; `next_turn` is for the next hook.

    `voices` are the flow's, by language: a text may say some of its words in another than the call's.
    `desk` is there where an instruction dials it.
    """

    instructions: tuple[Instruction, ...]
    values: Mapping[str, str]
    language: str
    pace: Pace
    voices: Mapping[str, str]
    next_turn: int
    desk: DeskLine | None = None

    def __repr__(self) -> str:
        """Show no values: a passcode may be among them."""
        return f"Reply({self.language}, {len(self.instructions)} instructions)"


class Replies:
    """Makes replies for a verification's call."""

    def __init__(
        self,
        views: Views,
        keyring: Keyring,
        banks: Mapping[str, Bank],
        wallets: Mapping[str, Wallet],
        flows: FlowBook,
    ) -> None:
        """Take what passcodes and tokens are derived with, the names that are spoken, and the recordings."""
        self._flows = flows
        self._views = views
        self._keyring = keyring
        self._banks = banks
        self._wallets = wallets

    def reply(
        self, verification: Verification, flow: CallFlow, taken: Turn, *, next_turn: int, now: int
    ) -> Reply:
        """Return the turn with its values; a passcode that is dead by now is not read out again."""
        is_good = verification.state is State.SPOKEN and now < verification.code_until
        if not is_good and any(map(speaks_passcode, taken.instructions)):
            taken = enter(flow, taken.position, flow.decided)
        bank, wallet = self._banks[verification.bank], self._wallets[verification.wallet]
        values = values_of(verification, bank, wallet, taken.position.language, now)
        if is_good:
            values[PASSCODE_SLOT] = self._views.passcode(verification)
        return Reply(
            instructions=tuple(map(self._playable, taken.instructions)),
            values=values,
            language=taken.position.language,
            pace=taken.position.pace,
            voices=flow.voices,
            next_turn=next_turn,
            desk=self._desk(verification, bank) if Dial() in taken.instructions else None,
        )

    def whisper(self, verification: Verification, flow: CallFlow, transfer: Transfer) -> Reply:
        """Return what the desk's staff hear first, in their bank's language if it is written."""
        own = self._banks[verification.bank].language
        # A part may hold words in a language that this flow has no voice for.
        spoken = [each for each in transfer.staff if each in flow.voices]
        language = own if own in spoken else spoken[0]
        reference = reference_spoken(verification.id, verification.reference)
        return Reply(
            instructions=(Say(transfer.staff[language]),),
            values={REFERENCE_SLOT: reference},
            language=language,
            pace=Pace.NORMAL,
            voices=flow.voices,
            next_turn=0,
        )

    def _desk(self, verification: Verification, bank: Bank) -> DeskLine:
        if bank.desk is None:
            raise Impossible(f"the bank {bank.id} has no desk to transfer a call to")
        call = verification.call.number
        token = desk_token(self._keyring, verification.key_id, verification.id, call)
        return DeskLine(
            number=bank.desk.number,
            caller=bank.caller_by(verification.call.carrier),
            ring=bank.desk.ring,
            longest=bank.limits.desk_time_limit,
            whisper_path=hook_path(verification.id, call, token, bank.language, "desk"),
        )

    def _playable(self, instruction: Instruction) -> Instruction:
        """Leave out a recording that is not to be had here: its text is said instead."""
        match instruction:
            case Say(_, audio) | Listen(_, _, _, audio) if audio:
                if self._flows.recording(audio) is None:
                    return msgspec.structs.replace(instruction, audio="")
        return instruction
