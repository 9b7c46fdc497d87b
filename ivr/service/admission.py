"""Whether a request is met at all: the bank, its wallet, a call flow, and a number that may be called.

Knows what is configured and the bank's registry. Touches no store: a refused request leaves nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from ivr.domain.callback_url import check_callback
from ivr.domain.callflow import CallFlow, Pace
from ivr.domain.errors import Code, Refused
from ivr.domain.judging import check_number_age, judge
from ivr.domain.phone import PhoneNumber, parse
from ivr.domain.policy import (
    Bank,
    Request,
    Wallet,
)
from ivr.service.ports import Client, FlowBook, RegisteredNumber, Registry


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """What a request that is met leads to: which flow, which number, and how the depositor is spoken to."""

    flow: CallFlow
    number: PhoneNumber
    language: str
    pace: Pace


class Admission:
    """Judges requests before anything is kept of them."""

    def __init__(
        self,
        registry: Registry,
        flows: FlowBook,
        banks: Mapping[str, Bank],
        wallets: Mapping[str, Wallet],
    ) -> None:
        """Take the registry of numbers, the call flows in force, and what is configured."""
        self._registry = registry
        self._flows = flows
        self._banks = banks
        self._wallets = wallets

    def find_bank(self, client: Client, request: Request) -> Bank:
        """Return the bank that is asked for, if it is the client's own. Raises `Refused`."""
        bank = self._banks.get(request.bank)
        if bank is None:
            raise Refused(
                Code.UNKNOWN_BANK,
                "There is no such bank; use the id of your own bank.",
                field="bank",
            )
        if bank.id != client.bank:
            raise Refused(Code.BANK_NOT_YOURS, "This key belongs to another bank.", field="bank")
        return bank

    def judge(self, client: Client, request: Request, bank: Bank) -> Admitted:
        """Return what the request leads to. Raises `Refused`."""
        wallet = self._wallets.get(request.wallet)
        judge(request, bank, wallet)
        check_callback(request.callback_url, client.callback_prefixes)
        flow = self._find_flow(request)
        registered = self._find_registered(request, bank)
        number = parse(registered.number, callable_classes=bank.number_classes)
        check_number_age(bank, registered.days)
        named = bank.name.keys() & (wallet.name.keys() if wallet else set())
        return Admitted(
            flow=flow,
            number=number,
            language=_language(request, registered, bank, spoken=named & flow.voices.keys())
            or min(flow.voices),
            pace=Pace.SLOW if Pace.SLOW in (request.pace, registered.pace) else Pace.NORMAL,
        )

    def _find_flow(self, request: Request) -> CallFlow:
        flow = self._flows.find(request.mode, request.purpose, request.bank)
        if flow is None:
            raise Refused(
                Code.PURPOSE_NOT_OFFERED,
                f"No call flow is published for {request.purpose} in {request.mode}.",
                field="purpose",
            )
        if request.language and request.language not in flow.voices:
            raise Refused(
                Code.LANGUAGE_NOT_OFFERED,
                f"The call flow for {request.purpose} speaks {', '.join(sorted(flow.voices))}.",
                field="language",
            )
        return flow

    def _find_registered(self, request: Request, bank: Bank) -> RegisteredNumber:
        registered = self._registry.find(bank.id, request.account)
        if registered is None:
            raise Refused(
                Code.UNKNOWN_ACCOUNT,
                "The bank's registry has no such account; check branch and number.",
                field="account",
            )
        return registered


def _language(
    request: Request, registered: RegisteredNumber, bank: Bank, *, spoken: Collection[str]
) -> str | None:
    """Choose the call's language: the request's, else the depositor's own, else the bank's.

    A language of the registry that is not `spoken` here is passed over: the client did not ask for it.
    """
    wishes = (request.language, registered.language, bank.language)
    return next((wish for wish in wishes if wish in spoken), None)
