"""The whole service around a store, and what a bank, a worker and a depositor do with it."""

import hashlib
import itertools
from collections.abc import Mapping
from typing import Any

import jwt
import msgspec
import pytest
from msgspec.structs import replace

from ivr.adapters.memory_store import MemoryStore
from ivr.adapters.names import Names
from ivr.adapters.receipts import Ed25519Receipts
from ivr.adapters.seal import Sealer
from ivr.domain.callflow import Mode, Purpose
from ivr.domain.errors import Code, Refused
from ivr.domain.keyring import Keyring
from ivr.domain.phone import NumberClass
from ivr.domain.policy import Bank, Limits, Request, Wallet
from ivr.domain.record import Record
from ivr.service.accounts import Accounts
from ivr.service.call_backs import CallBacks
from ivr.service.calls import Calls
from ivr.service.delivery import Deliveries
from ivr.service.gate_port import Rate
from ivr.service.pacing import Pacing
from ivr.service.placing import Placings
from ivr.service.ports import Client
from ivr.service.receipts import Receipts
from ivr.service.records import Records
from ivr.service.routing import Route
from ivr.service.starting import Starting
from ivr.service.upkeep import Upkeep
from ivr.service.verifications import Verifications
from ivr.service.views import View, Views
from tests.adapters.benches import AnyStore
from tests.service.flows import FakeFlows
from tests.service.phone import Phone
from tests.service.world import (
    Clock,
    FakeArchive,
    FakeCarrier,
    FakeCourier,
    FakeRegistry,
    Gatekeeper,
)

MAIN = "main"
PUBLIC = "https://verify.example"
CALLBACK = "https://bank.example/verdicts"
ACCOUNT = "001-0000001"
KEYRING = Keyring({"k1": b"1" * 32, "k0": b"0" * 32}, b"l" * 32)
NAMES = Names(KEYRING, 4)
WALLETS = {"kumopay": Wallet(id="kumopay", name={"ja": "クモペイ", "en": "Kumo Pay"})}
WEB = Client(
    id="honnin-web",
    bank="honnin",
    scopes=frozenset({"verify", "read"}),
    callback_prefixes=("https://bank.example/verdicts",),
    source_addresses=(),
    private_callbacks=False,
)
BRANCH = replace(WEB, id="honnin-branch")
STRANGER = replace(WEB, id="other-web", bank="other")


def bank(**limits: int) -> Bank:
    """Return the bank, with other limits where they are named."""
    return Bank(
        id="honnin",
        name={"ja": "ほんにん銀行", "en": "Honnin Bank"},
        caller_number="+81345678900",
        desk_spoken="03-4567-8901",
        language="ja",
        wallets=frozenset(WALLETS),
        limits=replace(Limits(calls_to_number_per_hour=60, calls_to_number_per_day=200), **limits),
        number_classes=frozenset({NumberClass.MOBILE, NumberClass.LANDLINE}),
        cooling_off_days=7,
    )


class House:
    """Everything wired as the composition root does it, with fakes at the edges."""

    def __init__(
        self,
        store: AnyStore,
        carrier: FakeCarrier,
        courier: FakeCourier,
        *,
        rates: Mapping[str, Rate] | None = None,
        routes: Mapping[str, Route] | None = None,
        **limits: int,
    ) -> None:
        self.store = store
        self.carrier, self.courier = carrier, courier
        self.registry, self.flows, self.archive = FakeRegistry(), FakeFlows(), FakeArchive()
        self.banks = {"honnin": bank(**limits), "other": replace(bank(), id="other")}
        self.limits = self.banks["honnin"].limits
        self.clients = {client.id: client for client in (WEB, BRANCH, STRANGER)}
        self.signer = Ed25519Receipts(KEYRING)
        self.records = Records(self.store, lambda name: self.banks[name].limits)
        receipts = Receipts(self.signer, KEYRING, PUBLIC)
        self.views = views = Views(KEYRING, receipts)
        common: dict[str, Any] = {"records": self.records, "keyring": KEYRING}
        common_flows: dict[str, Any] = {
            "flows": self.flows,
            "banks": self.banks,
            "wallets": WALLETS,
        }
        self.starting = Starting(**common, views=views, registry=self.registry, **common_flows)
        self.verifications = Verifications(**common, views=views)
        self.gate = Gatekeeper(store)
        self.pacing = Pacing(self.gate, carriers=rates or {}, banks=self.banks, wallets=WALLETS)
        self.calls = Calls(**common, views=views, pacing=self.pacing, **common_flows)
        self.call_backs = CallBacks(**common)
        self.accounts = Accounts(self.store)
        self.upkeep = Upkeep(
            records=self.records,
            placings=Placings(
                **common,
                routes=routes or {MAIN: Route(carrier)},
                banks=self.banks,
                pacing=self.pacing,
                public_url=PUBLIC,
            ),
            deliveries=Deliveries(**common, receipts=receipts, courier=courier),
            find_client=self.clients.get,
            story=store,
            archive=self.archive,
        )
        self._keys = map("key-{}".format, itertools.count(1))

    def new_key(self) -> str:
        """Return an idempotency key that was not used yet."""
        return next(self._keys)

    def start(
        self, account: str = ACCOUNT, client: Client = WEB, key: str | None = None, **fields: Any
    ) -> View:
        """Start a verification as a bank does."""
        asked = Request(
            **{
                "mode": Mode.READOUT,
                "purpose": usual_purpose(fields.get("mode")),
                "bank": "honnin",
                "wallet": "kumopay",
                "account": account,
                **fields,
            }
        )
        digest = hashlib.sha256(msgspec.json.encode(asked)).digest()
        return self.starting.start(client, asked, digest, key or self.new_key())

    def work(self) -> int:
        """Do what is due, as a worker does in one round."""
        taken = self.store.take_due(lease_ms=30_000, limit=100)
        for verification_id in taken:
            self.upkeep.attend(verification_id)
        return len(taken)

    def record(self, view: View) -> Record:
        """Look at a record as it lies in the store, without letting time run."""
        return self.record_of(id_of(view))

    def record_of(self, verification_id: str) -> Record:
        """Look at a record by its id."""
        loaded = self.store.load(verification_id)
        assert loaded is not None
        assert loaded.record is not None
        return loaded.record

    def read(self, view: View) -> Record:
        """Poll."""
        return self.verifications.read(WEB, id_of(view)).record

    def check(self, view: View, typed: str, key: str | None = None, client: Client = WEB) -> View:
        """Hand in what the depositor typed."""
        return self.verifications.check(client, id_of(view), typed, key)

    def call_again(self, view: View, key: str | None = None) -> View:
        """Ask for another call."""
        return self.verifications.call_again(WEB, id_of(view), key or self.new_key())

    def phone(self) -> Phone:
        """Return the telephone that the last order of the carrier is for."""
        order = self.carrier.orders[-1]
        return Phone(self.calls, order, self.carrier.sid_of(order))

    def ring(self) -> Phone:
        """Let the worker place the call that is wished for, and return the telephone."""
        placed = len(self.carrier.orders)
        self.work()
        assert len(self.carrier.orders) == placed + 1
        return self.phone()

    def verdicts_posted(self, verification_id: str) -> list[tuple[str, str, str]]:
        """Return verdict, reason and receipt of every callback of a verification."""
        told = [msgspec.json.decode(post.body)["data"] for post in self.courier.posts]
        return [
            (data["verdict"], data["reason"], data["receipt"])
            for data in told
            if data["id"] == verification_id
        ]

    def claims_of(self, receipt: str, audience: str = "honnin-web") -> Any:
        """Check a receipt with the published keys, and return what it claims, whatever its age."""
        keys = jwt.PyJWKSet.from_dict(self.signer.published())
        key = keys[jwt.get_unverified_header(receipt)["kid"]]
        options: Any = {"verify_exp": False, "verify_iat": False}
        return jwt.decode(
            receipt, key.key, ["EdDSA"], options=options, audience=audience, issuer=PUBLIC
        )

    def live(self, account: str = ACCOUNT) -> str:
        """Return the id of an account's open verification."""
        return self.store.load_account("honnin", account).account.live

    def notes(self) -> list[str]:
        """Return the kinds of everything that was noted and not yet archived."""
        return [note.kind for row in self.store.read_notes(1000) for note in row[3]]


class MemoryHouse(House):
    """A house on the store in memory, with a clock that is moved by hand."""

    def __init__(
        self,
        carrier: FakeCarrier | None = None,
        *,
        rates: Mapping[str, Rate] | None = None,
        routes: Mapping[str, Route] | None = None,
        **limits: int,
    ) -> None:
        self.clock = Clock()
        self.memory = MemoryStore(NAMES, Sealer(KEYRING), self.clock)
        super().__init__(
            self.memory,
            carrier or FakeCarrier(),
            FakeCourier(),
            rates=rates,
            routes=routes,
            **limits,
        )

    def restart(self) -> "MemoryHouse":
        """Return the house as new processes have it: over the same data, with nothing remembered."""
        house = MemoryHouse(self.carrier)
        house.clock, house.memory = self.clock, self.memory
        House.__init__(house, self.memory, self.carrier, self.courier)
        return house

    def close(self) -> None:
        """Leave nothing behind: there is nothing but memory."""

    def wait(self, seconds: float) -> None:
        """Let time pass, with nobody awake."""
        self.clock.wait(seconds)

    def run_until_nothing_is_due(self) -> None:
        """Let a worker work for as long as anything is owed."""
        while (due := self.memory.next_due()) is not None:
            self.clock.now = max(self.clock.now, due)
            self.work()


def id_of(view: View) -> str:
    """Return a verification's id."""
    return view.record.verification.id


def wrong(passcode: str) -> str:
    """Return a passcode that is not this one."""
    return f"{(int(passcode) + 1) % 1_000_000:06d}"


def refusal(ask: Any, *args: Any, **kwargs: Any) -> Refused:
    """Ask for something that is refused, and return the refusal."""
    with pytest.raises(Refused) as caught:
        ask(*args, **kwargs)
    return caught.value


def code(ask: Any, *args: Any, **kwargs: Any) -> Code:
    """Ask for something that is refused, and return the refusal's code."""
    return refusal(ask, *args, **kwargs).code


def usual_purpose(mode: Mode | None) -> Purpose:
    """Return the purpose that a verification of this mode most often has."""
    return Purpose.REVERIFY if mode is Mode.REVERIFY else Purpose.LINK
