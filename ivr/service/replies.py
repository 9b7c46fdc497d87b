"""What is said next, with the values that fill it: all that a renderer needs.

Knows which words a call may be told, and that a passcode is told only while it is good for
something. Does not know markup.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ivr.domain.callflow import PASSCODE_SLOT, CallFlow, Pace
from ivr.domain.conversation import Instruction, Turn, enter, speaks_passcode
from ivr.domain.policy import Bank, Wallet
from ivr.domain.record import State, Verification
from ivr.domain.words import values_of
from ivr.service.views import Views


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What to say next. `values` fill the placeholders; `next_turn` is for the next hook.

    `voices` are the flow's, by language: a text may say some of its words in another than the call's.
    """

    instructions: tuple[Instruction, ...]
    values: Mapping[str, str]
    language: str
    pace: Pace
    voices: Mapping[str, str]
    next_turn: int

    def __repr__(self) -> str:
        """Show no values: a passcode may be among them."""
        return f"Reply({self.language}, {len(self.instructions)} instructions)"


class Replies:
    """Makes replies for a verification's call."""

    def __init__(
        self, views: Views, banks: Mapping[str, Bank], wallets: Mapping[str, Wallet]
    ) -> None:
        """Take what passcodes are derived with, and the names that are spoken."""
        self._views = views
        self._banks = banks
        self._wallets = wallets

    def reply(
        self, verification: Verification, flow: CallFlow, taken: Turn, *, next_turn: int, now: int
    ) -> Reply:
        """Return the turn with its values; a passcode that is dead by now is not read out again."""
        is_good = verification.state is State.SPOKEN and now < verification.code_until
        if not is_good and any(map(speaks_passcode, taken.instructions)):
            taken = enter(flow, taken.place, flow.decided)
        bank, wallet = self._banks[verification.bank], self._wallets[verification.wallet]
        values = values_of(verification, bank, wallet, taken.place.language, now)
        if is_good:
            values[PASSCODE_SLOT] = self._views.passcode(verification)
        return Reply(
            instructions=taken.instructions,
            values=values,
            language=taken.place.language,
            pace=taken.place.pace,
            voices=flow.voices,
            next_turn=next_turn,
        )
