"""Starting a verification: have the request judged, then commit the wish to call.

Knows the order in which a request is judged, and that a repeated request starts nothing twice.
Does not know HTTP, Redis or the carrier. Nothing is kept of a request that is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from ivr.domain.account_tail import tail_of
from ivr.domain.errors import Code, Refused, TryLater
from ivr.domain.keyring import Keyring
from ivr.domain.policy import SECOND, Bank, Request, Wallet
from ivr.domain.record import Account, Call, Record, Verification
from ivr.domain.wishes import shown_until
from ivr.service.admission import Admission, Admitted
from ivr.service.ports import Claim, Client, FlowBook, Loaded, Registry
from ivr.service.records import Change, Records
from ivr.service.tokens import replay_name
from ivr.service.views import View, Views

_ROUNDS: Final = 50


class Starting:
    """The use case behind `POST /v1/verifications`."""

    def __init__(
        self,
        *,
        records: Records,
        views: Views,
        keyring: Keyring,
        registry: Registry,
        flows: FlowBook,
        banks: Mapping[str, Bank],
        wallets: Mapping[str, Wallet],
    ) -> None:
        """Take the ports and what is configured."""
        self._records = records
        self._store = records.store
        self._views = views
        self._keyring = keyring
        self._admission = Admission(registry, flows, banks, wallets)
        self._banks = banks

    def start(self, client: Client, request: Request, digest: bytes, key: str) -> View:
        """Start a verification, or answer a repeated request with the one it started.

        `digest` is the SHA-256 of the body as received, for the receipt; `key` the idempotency key.

        Raises:
            Refused: the request cannot be met; nobody is called and nothing is kept.
            TryLater: the store was too busy.

        """
        bank = self._admission.find_bank(client, request)
        name = replay_name(self._keyring, client.id, key, msgspec.json.encode(request))
        try:
            admitted = self._admission.judge(client, request, bank)
        except Refused:
            if record := self._find_replayed(name):
                return self._views.view_for(name, record, bank.limits)
            raise
        claim = self._store.claim(name, self._store.new_id(bank.id, request.account))
        if claim.name != name:
            raise Refused(
                Code.IDEMPOTENCY_KEY_REUSED,
                "This Idempotency-Key was used for another request; use a new key for a new request.",
                field="Idempotency-Key",
            )
        record = None if claim.fresh else self._find_started(claim, bank)
        if record is None:
            draft = self._draft(client, request, admitted, claim=claim, digest=digest)
            record = self._commit(draft, name, bank, claim.loaded)
        return self._views.view_for(name, record, bank.limits)

    def _find_replayed(self, name: bytes) -> Record | None:
        """Return what the same request started when it was still met; it is not judged anew."""
        earlier = self._store.find_claim(name)
        return self._records.find(earlier) if earlier else None

    def _find_started(self, claim: Claim, bank: Bank) -> Record | None:
        """Return what the first request with this key started; None where it never got so far.

        What was started is kept for longer than `kept_after_end`: until then, nothing means nothing.
        """
        started = self._records.find(claim.id)
        if started is None and claim.age >= bank.limits.kept_after_end * SECOND:
            raise Refused(
                Code.IDEMPOTENCY_KEY_SPENT,
                "This Idempotency-Key was used before and its verification is no longer kept; use a new key.",
                field="Idempotency-Key",
            )
        return started

    def _draft(
        self,
        client: Client,
        request: Request,
        admitted: Admitted,
        *,
        claim: Claim,
        digest: bytes,
    ) -> Verification:
        """Write down what is asked; times are filled in when it is committed."""
        return Verification(
            id=claim.id,
            client=client.id,
            bank=request.bank,
            wallet=request.wallet,
            account=request.account,
            number=admitted.number.reveal(),
            mode=admitted.flow.mode,
            purpose=request.purpose,
            language=admitted.language,
            pace=admitted.pace,
            key_id=self._keyring.current,
            request_digest=digest,
            created_at=0,
            expires_at=0,
            call=Call(number=1, wished_at=0),
            amount=request.amount,
            reference=request.reference,
            callback_url=request.callback_url,
        )

    def _commit(self, draft: Verification, name: bytes, bank: Bank, loaded: Loaded) -> Record:
        wait = self._store.reserve_call(
            draft.number,
            draft.id,
            per_hour=bank.limits.calls_to_number_per_hour,
            per_day=bank.limits.calls_to_number_per_day,
        )
        try:
            if wait:
                raise called_too_often(wait)
            return self._create(draft, name, bank, loaded)
        except Refused:
            self._store.release_call(draft.number, draft.id)
            raise

    def _create(self, draft: Verification, name: bytes, bank: Bank, loaded: Loaded) -> Record:
        for _ in range(_ROUNDS):
            self._check_account(loaded, draft)
            change = _first_change(loaded, draft, name, bank)
            if self._records.create(loaded, change):
                return change.record
            if started := self._records.find(draft.id):
                return started
            loaded = self._store.load_account(draft.bank, draft.account)
        raise TryLater("store_contended", "Too many requests for this account at once.")

    def _check_account(self, loaded: Loaded, draft: Verification) -> None:
        account = loaded.account
        if account.live and account.live != draft.id:
            live = self._records.find(account.live)
            if live and not live.verification.decided:
                raise _in_use(live, draft)
        if account.blocked_until > loaded.now:
            raise Refused(
                Code.ACCOUNT_BLOCKED,
                "Too many wrong passcodes in a row for this account; staff of the bank can unlock it.",
                field="account",
            )


def _in_use(live: Record, draft: Verification) -> Refused:
    mine = (
        {"verification": live.verification.id} if live.verification.client == draft.client else {}
    )
    return Refused(
        Code.ACCOUNT_IN_USE,
        "Another verification of this account is open; wait for its verdict or cancel it.",
        field="account",
        **mine,
    )


def called_too_often(wait: int) -> Refused:
    """Return the refusal for a number that has had its calls; `wait` in seconds."""
    return Refused(
        Code.NUMBER_CALLED_TOO_OFTEN,
        f"This depositor was called too often; the next call is possible in {wait} s.",
        retry_after=wait,
    )


def _first_change(loaded: Loaded, draft: Verification, name: bytes, bank: Bank) -> Change:
    now = loaded.now
    replace = msgspec.structs.replace
    verification = replace(
        draft,
        created_at=now,
        since=now,
        expires_at=now + bank.limits.verification_life * SECOND,
        call=Call(number=1, wished_at=now, replay=name),
    )
    account: Account = replace(loaded.account, live=draft.id)
    record = Record(verification=verification, account=account)
    shown = shown_until(record, now, bank.limits)
    record = replace(record, verification=replace(verification, code_until=shown))
    change = Change(record, now, bank.limits)
    change.note(
        "verification_requested",
        client=draft.client,
        bank=draft.bank,
        wallet=draft.wallet,
        mode=draft.mode.value,
        purpose=draft.purpose.value,
        account_tail=tail_of(draft.account),
    )
    return change
