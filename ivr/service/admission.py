"""Whether a request is met at all: the bank, its wallet, a call flow, and a number that may be called.

Knows what is configured and the bank's registry. Touches no store: a refused request leaves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from ivr.domain.callback_url import check_callback
from ivr.domain.callflow import CallFlow
from ivr.domain.errors import Code, Refused
from ivr.domain.phone import PhoneNumber, parse
from ivr.domain.policy import Bank, Request, Wallet, check_number_age, judge
from ivr.service.ports import Client, FlowBook, Registry


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

    def judge(self, client: Client, request: Request, bank: Bank) -> tuple[CallFlow, PhoneNumber]:
        """Return the call flow to follow and the number to call. Raises `Refused`."""
        judge(request, bank, self._wallets.get(request.wallet))
        check_callback(request.callback_url, client.callback_prefixes)
        return self._find_flow(request), self._find_number(request, bank)

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

    def _find_number(self, request: Request, bank: Bank) -> PhoneNumber:
        registered = self._registry.find(bank.id, request.account)
        if registered is None:
            raise Refused(
                Code.UNKNOWN_ACCOUNT,
                "The bank's registry has no such account; check branch and number.",
                field="account",
            )
        number = parse(registered.number, callable_classes=bank.number_classes)
        check_number_age(bank, registered.days)
        return number
