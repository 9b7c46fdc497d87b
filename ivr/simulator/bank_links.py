"""The sample bank's linking backend: from "link my account" to linked or refused.

Knows the bank's customers, the verification client and what a browser may see. Knows no HTTP server
and no telephone. It links only on a pass whose receipt it has checked; the facts alone never link.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ivr.simulator.bank_client import Answer
from ivr.simulator.bank_ledger import Ledger
from ivr.simulator.bank_receipts import CheckedReceipt, ReceiptChecker
from ivr.simulator.depositors import Bank, Depositor

KEPT_LINKS = 500
LONGEST_WAIT = 25
SHOWN = (
    "state",
    "mode",
    "call",
    "last_call",
    "tries_left",
    "calls_left",
    "expires_at",
    "passcode_expires_at",
    "verdict",
    "reason",
    "passcode",
)
SHOWN_OF_PROBLEMS = ("code", "title", "detail", "field", "tries_left", "verdict", "reason")


class UnknownLinkError(Exception):
    """No link of this id: it never was, or it was too long ago."""


class Verifications(Protocol):
    """What the backend asks of the verification API."""

    def start(self, order: Mapping[str, object]) -> Answer: ...  # noqa: D102
    def look(self, verification: str, *, wait: int, seen: str | None) -> Answer: ...  # noqa: D102
    def check(self, verification: str, passcode: str) -> Answer: ...  # noqa: D102
    def call_again(self, verification: str) -> Answer: ...  # noqa: D102
    def cancel(self, verification: str) -> Answer: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How the person at the page wants to be asked."""

    mode: str
    language: str
    pace: str


@dataclass(kw_only=True)
class Link:
    """One attempt to link: whose account, which verification, and the receipt once it is there."""

    id: str
    depositor: Depositor
    verification: str
    request_sha256: str
    decided: bool = False
    receipt: CheckedReceipt | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the page gets: a status and JSON without the API's names, ids and key."""

    status: int
    body: dict[str, Any]


class LinkingBackend:
    """One verb for each thing that the page can ask."""

    def __init__(
        self,
        bank: Bank,
        verifications: Verifications,
        receipts: ReceiptChecker,
        ledger: Ledger,
        callback_url: str,
    ) -> None:
        """Take everything it works with; `callback_url` is where it wants to be told."""
        self._bank = bank
        self._verifications = verifications
        self._receipts = receipts
        self._ledger = ledger
        self._callback_url = callback_url
        self._links: OrderedDict[str, Link] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, facts: Mapping[str, str], wish: Wish) -> Reply:
        """Check the remembered facts, then ask for the call that alone can decide."""
        depositor = self._bank.who_knows(facts)
        if depositor is None:
            return Reply(status=403, body={"code": "facts_do_not_match"})
        self._withdraw_older(depositor)
        reference = secrets.token_urlsafe(12)
        order = self._order(depositor, wish, reference)
        answer = self._noted("start", self._verifications.start(order))
        if not answer.ok:
            return _problem(answer)
        link = Link(
            id=reference,
            depositor=depositor,
            verification=answer.body["id"],
            request_sha256=answer.request_sha256,
        )
        self._keep(link)
        return self._shown(link, answer)

    def look(self, link_id: str, *, wait: int, seen: str | None) -> Reply:
        """Show how it stands, held while it is still as `seen`. Raises: UnknownLinkError."""
        link = self._find(link_id)
        wait = max(0, min(wait, LONGEST_WAIT)) if seen else 0
        answer = self._verifications.look(link.verification, wait=wait, seen=seen)
        return self._shown(link, self._noted("look", answer))

    def check(self, link_id: str, passcode: str) -> Reply:
        """Pass on what was typed, and what the API said to it. Raises: UnknownLinkError."""
        link = self._find(link_id)
        answer = self._verifications.check(link.verification, passcode)
        return self._shown(link, self._noted("check", answer))

    def call_again(self, link_id: str) -> Reply:
        """Ask for another call. Raises: UnknownLinkError."""
        link = self._find(link_id)
        answer = self._verifications.call_again(link.verification)
        return self._shown(link, self._noted("call_again", answer))

    def cancel(self, link_id: str) -> Reply:
        """Withdraw. Raises: UnknownLinkError."""
        link = self._find(link_id)
        answer = self._verifications.cancel(link.verification)
        return self._shown(link, self._noted("cancel", answer))

    def _find(self, link_id: str) -> Link:
        with self._lock:
            if link_id not in self._links:
                raise UnknownLinkError
            return self._links[link_id]

    def _order(self, depositor: Depositor, wish: Wish, reference: str) -> dict[str, object]:
        return {
            "mode": wish.mode,
            "purpose": "link",
            "bank": self._bank.id,
            "wallet": self._bank.wallet_id,
            "account": depositor.account,
            "language": wish.language,
            "pace": wish.pace,
            "reference": reference,
            "callback_url": self._callback_url,
        }

    def _withdraw_older(self, depositor: Depositor) -> None:
        """Cancel what a closed window left open: an account has one verification at a time."""
        with self._lock:
            links = list(self._links.values())
        for link in links:
            if link.depositor is depositor and not link.decided:
                self._noted("cancel", self._verifications.cancel(link.verification))
                link.decided = True

    def _noted(self, asked: str, answer: Answer) -> Answer:
        self._ledger.note_answer(asked=asked, status=answer.status, body=answer.body)
        return answer

    def _keep(self, link: Link) -> None:
        with self._lock:
            self._links[link.id] = link
            while len(self._links) > KEPT_LINKS:
                self._links.popitem(last=False)

    def _shown(self, link: Link, answer: Answer) -> Reply:
        if not answer.ok:
            return _problem(answer)
        told = answer.body
        link.decided = told.get("verdict") is not None
        receipt = self._receipt(link, told.get("receipt"))
        callback = self._ledger.callback_about(link.verification)
        body = {name: told.get(name) for name in SHOWN}
        body |= {
            "link": link.id,
            "seen": answer.etag,
            "number_hint": link.depositor.number_hint,
            "linked": _is_linked(told, receipt),
            "receipt": receipt.shown() if receipt else None,
            "callback": callback and {name: callback.get(name) for name in ("verdict", "reason")},
        }
        return Reply(status=answer.status, body=body)

    def _receipt(self, link: Link, compact: str | None) -> CheckedReceipt | None:
        if compact is None:
            return None
        with link.lock:
            if link.receipt is None or link.receipt.compact != compact:
                link.receipt = self._receipts.check(
                    compact, verification=link.verification, request_sha256=link.request_sha256
                )
            return link.receipt


def _is_linked(told: Mapping[str, Any], receipt: CheckedReceipt | None) -> bool:
    if receipt is None or receipt.trouble is not None:
        return False
    return bool(told.get("verdict") == "pass" == receipt.claims.get("verdict"))


def _problem(answer: Answer) -> Reply:
    kept = {name: answer.body[name] for name in SHOWN_OF_PROBLEMS if name in answer.body}
    return Reply(status=answer.status, body={"code": "no_sensible_answer", **kept})
