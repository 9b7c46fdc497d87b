"""A call that somebody makes to our number: which bank it is, why it calls, and "call me back".

Nobody can prove who he is on such a call, and so it opens, decides and reveals nothing: everybody
hears the same words. Knows how a hook moves the call on; nothing of it is kept. Does not know the
carrier's words, its signature or its markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from ivr.domain.callflow import CallFlow, Collect, Mode, Pace
from ivr.domain.conversation import Happening, Turn, begin, turn
from ivr.domain.errors import Impossible, Refused
from ivr.domain.keyring import Keyring
from ivr.domain.phone import NumberClass, parse
from ivr.domain.policy import Bank
from ivr.domain.words import values_of_bank
from ivr.service.call_backs import CallBacks
from ivr.service.carrier_port import InboundHook
from ivr.service.inbound_position import Stand, TurnOf, read, write
from ivr.service.ports import FlowBook
from ivr.service.pressed import read_keys
from ivr.service.replies import Reply

_ANY_CLASS: Final = frozenset(NumberClass)


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What is said next, by which bank, and the position for the address of the next hook.

    `asked` says that the caller asked to be called back, whatever follows.
    """

    reply: Reply
    bank: str
    position: str
    asked: bool


class InboundCalls:
    """The use case behind the hooks of calls to us."""

    def __init__(
        self,
        *,
        call_backs: CallBacks,
        keyring: Keyring,
        flows: FlowBook,
        banks: Mapping[str, Bank],
    ) -> None:
        """Take what is configured, and who sees to it that somebody is called back."""
        self._call_backs = call_backs
        self._keyring = keyring
        self._flows = flows
        self._banks = {
            number: bank
            for bank in banks.values()
            for number in (bank.caller_number, *bank.caller_numbers.values())
        }

    def begin(self, hook: InboundHook) -> Spoken:
        """Answer the first hook of a call.

        Raises:
            Impossible: the number is no bank's, or no flow for calls to us is in force.

        """
        bank = self._bank_of(hook)
        flow = self._flow_of(bank)
        language = bank.language if bank.language in flow.voices else min(flow.voices)
        taken = begin(flow, language, Pace.NORMAL)
        if taken.happened:
            raise Impossible(f"{flow.name} would do something before anything was asked")
        return self._reply(hook, bank, flow, taken, 1)

    def take_turn(self, written: str, number: int, hook: InboundHook) -> Spoken:
        """Answer a later hook, from the position that its address holds.

        Raises:
            Forged: the address was not written by us for this turn of this call.
            Impossible: as for `begin`, or the flow in force has no such step any more.

        """
        bank = self._bank_of(hook)
        stand = read(self._keyring, TurnOf(sid=hook.sid, bank=bank.id, number=number), written)
        flow = self._flows.get(stand.release, Mode.INBOUND, None) or self._flow_of(bank)
        taken = turn(flow, stand.position, read_keys(hook, Collect.KEY))
        if set(taken.happened) - {Happening.CALL_BACK_ASKED}:
            raise Impossible(f"{flow.name} would have a call to us decide something")
        if taken.happened:
            self._ask(bank, hook)
        return self._reply(hook, bank, flow, taken, number + 1)

    def _ask(self, bank: Bank, hook: InboundHook) -> None:
        try:
            caller = parse(hook.caller, callable_classes=_ANY_CLASS)
        except Refused:
            return
        self._call_backs.ask(bank.id, caller.reveal(), hook.sid)

    def _bank_of(self, hook: InboundHook) -> Bank:
        bank = self._banks.get(hook.to)
        if bank is None:
            raise Impossible("somebody called a number that is no bank's caller_number")
        return bank

    def _flow_of(self, bank: Bank) -> CallFlow:
        flow = self._flows.find(Mode.INBOUND, None, bank.id)
        if flow is None:
            raise Impossible("somebody called us, and no call flow is in force for that")
        return flow

    def _reply(
        self, hook: InboundHook, bank: Bank, flow: CallFlow, taken: Turn, number: int
    ) -> Spoken:
        position = taken.position
        reply = Reply(
            instructions=taken.instructions,
            values=values_of_bank(bank, position.language),
            language=position.language,
            pace=position.pace,
            voices=flow.voices,
            next_turn=number,
        )
        at = TurnOf(sid=hook.sid, bank=bank.id, number=number)
        return Spoken(
            reply=reply,
            bank=bank.id,
            position=write(self._keyring, at, Stand(release=flow.release, position=position)),
            asked=bool(taken.happened),
        )
