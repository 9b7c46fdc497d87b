"""The web processes in one: an app over a store in memory, a clock that is told, and small fakes."""

import hashlib
import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from ivr.adapters.client_book import ClientBook, digest_of
from ivr.adapters.memory_store import MemoryStore
from ivr.adapters.names import Names
from ivr.adapters.receipts import Ed25519Receipts
from ivr.adapters.seal import Sealer
from ivr.app import create_app
from ivr.assembly import Parts, pacing_of
from ivr.domain.keyring import Keyring, Use
from ivr.domain.passcode import derive
from ivr.domain.phone import NumberClass
from ivr.domain.policy import SECOND, Bank, Limits, Wallet
from ivr.domain.record import Record, Verification
from ivr.service.carrier_port import Accepted, CallOrder, Carrier, Placing
from ivr.service.meter_port import Meter
from ivr.service.placing import Placings
from ivr.service.ports import Bell, FlowBook, Loaded, Note, RegisteredNumber, Registry, Store
from ivr.service.receipts import Receipts
from ivr.service.records import Records
from ivr.service.routing import Route
from ivr.service.tokens import call_token
from ivr.service.views import Views
from ivr.settings import CarrierSettings, Role, Settings
from ivr.settings.house import House as HouseSettings
from ivr.web.plain_flask import PlainFlask
from tests.web.described import check_answer
from tests.web.small_flow import SmallBook

HOOKS = "https://hooks.honnin.example"
KEYRING = Keyring({"k2": b"\2" * 32, "k1": b"\1" * 32}, b"\3" * 32)
ACCOUNT_SID = "AC" + "7" * 32
SID = "CA" + "1" * 32
TOKENS = ("the-token-of-now", "the-token-before")
SHARED = {"webhooks_sharedkey_1": "the-shared-secret"}
KEYS = {
    name: f"honnin_{name}"
    for name in ("linking", "revoked", "reader", "writer", "rival", "inside", "foreign")
}
NUMBERS = {
    "101-1234567": RegisteredNumber(number="+819012345601", days=900),
    "101-2345678": RegisteredNumber(number="+81312345602", days=None),
    "102-1111111": RegisteredNumber(number="+819012345611", days=900),
    "102-2222222": RegisteredNumber(number="+819012345612", days=900),
    "201-0000000": RegisteredNumber(number="", days=None),
    "201-0000050": RegisteredNumber(number="+815012345678", days=900),
    "201-0000120": RegisteredNumber(number="+81120123456", days=900),
    "201-0000003": RegisteredNumber(number="+81-90-1234-5603", days=900),
    "201-0000009": RegisteredNumber(number="+819012345609", days=6),
}
ASKED: Mapping[str, Any] = {
    "mode": "readout",
    "purpose": "link",
    "bank": "honnin",
    "wallet": "kumopay",
    "account": "101-1234567",
}


class Clock:
    """A clock that is told the time, in milliseconds."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)


class HandBell(Bell):
    """A bell that the store rings; who waits for it is counted."""

    def __init__(self) -> None:
        self.condition = threading.Condition()
        self.waiting = 0
        self.lets_go = False

    def ring(self) -> None:
        with self.condition:
            self.condition.notify_all()

    def wait_for_work(self, seconds: float) -> frozenset[int]:
        with self.condition:
            self.condition.wait(seconds)
        return frozenset()

    def wait_for_change(
        self,
        verification_id: str,  # noqa: ARG002 - there is one bell for all
        seconds: float,
        is_changed: Callable[[], bool],
    ) -> None:
        with self.condition:
            if is_changed() or self.lets_go:
                return
            self.waiting += 1
            self.condition.notify_all()
            self.condition.wait(seconds)
            self.waiting -= 1

    def let_go(self) -> None:
        with self.condition:
            self.lets_go = True
            self.condition.notify_all()

    def wait_until_held(self, polls: int) -> None:
        """Return when so many polls wait."""
        with self.condition:
            assert self.condition.wait_for(lambda: self.waiting >= polls, 60)


class RingingStore(MemoryStore):
    """A store in memory that rings a bell after each save, and goes by a clock that is told the time."""

    def __init__(self) -> None:
        self.bell, self.clock = HandBell(), Clock()
        super().__init__(Names(KEYRING, 4), Sealer(KEYRING), self.clock)

    def save(
        self,
        loaded: Loaded,
        record: Record,
        notes: Sequence[Note],
        *,
        due: int | None,
        keep: int | None,
        pass_before: int | None = None,
    ) -> None:
        super().save(loaded, record, notes, due=due, keep=keep, pass_before=pass_before)
        self.bell.ring()

    def snapshot(self) -> tuple[object, ...]:
        """Everything that a request may have left behind, but for claims of idempotency keys."""
        reserved = {name: dict(calls) for name, calls in self._calls.items() if calls}
        return dict(self._values), dict(self._due), dict(self._ends), reserved, len(self._story)

    def claims(self) -> int:
        return len(self._claims)

    def noted(self) -> list[Note]:
        return [note for row in self.read_notes(10_000) for note in row[3]]


class PaperRegistry(Registry):
    """The registered numbers, from a dictionary."""

    def __init__(self, numbers: Mapping[str, RegisteredNumber]) -> None:
        self.numbers = numbers

    def find(self, bank: str, account: str) -> RegisteredNumber | None:
        return self.numbers.get(account) if bank == "honnin" else None


class QuietCarrier(Carrier):
    """Takes every call and does nothing."""

    def __init__(self) -> None:
        self.orders: list[CallOrder] = []

    def place(self, order: CallOrder) -> Placing:
        self.orders.append(order)
        return Accepted(SID)

    def hang_up(self, sid: str) -> bool:
        return bool(sid)


def bank(bank_id: str, limits: Limits) -> Bank:
    return Bank(
        id=bank_id,
        name={"ja": "ほんにん銀行", "en": "Honnin Bank"},
        caller_number="+81345678900" if bank_id == "honnin" else "+81345678999",
        desk_spoken="03-4567-8901",
        language="ja",
        wallets=frozenset({"kumopay"}),
        limits=limits,
        number_classes=frozenset({NumberClass.MOBILE, NumberClass.LANDLINE}),
        cooling_off_days=7,
    )


def clients_text() -> str:
    """`clients.toml` with a client for each thing that may be wrong with one."""
    rows: dict[str, dict[str, Any]] = {
        "linking": {"keys": ["linking", "revoked!"]},
        "reader": {"scopes": ["read"]},
        "writer": {"scopes": ["verify"]},
        "rival": {},
        "inside": {"source_addresses": ["10.0.0.0/8", "2001:db8::/32"]},
        "foreign": {"bank": "other"},
    }
    return "\n".join(_client(name, row) for name, row in rows.items())


def _client(name: str, row: Mapping[str, Any]) -> str:
    keys = [
        f'{{digest = "{digest_of(KEYS[key.rstrip("!")])}", made = 2026-01-01'
        + (", revoked = 2026-02-01}" if key.endswith("!") else "}")
        for key in row.get("keys", [name])
    ]
    return f"""[[client]]
id = "{name}"
bank = "{row.get("bank", "honnin")}"
scopes = {row.get("scopes", ["verify", "read"])}
callback_prefixes = ["https://linking.bank.example/callbacks"]
source_addresses = {row.get("source_addresses", [])}
keys = [{", ".join(keys)}]
"""


def settings(folder: Path, **changes: Any) -> Settings:
    """Settings as if read, with `changes`; `limits` and `long_polls` reach inside."""
    limits = changes.pop("limits", Limits())
    house = HouseSettings(long_polls=changes.pop("long_polls", 2), **changes.pop("house", {}))
    carrier = CarrierSettings(
        url="https://api.twilio.com", account=ACCOUNT_SID, tokens=TOKENS, shared_keys=SHARED
    )
    (folder / "clients.toml").write_text(clients_text(), encoding="utf-8")
    made = Settings(
        role=Role.BOTH,
        public_url=HOOKS,
        redis_url="",
        database_url="",
        data_dir=folder,
        config_dir=folder,
        callflows_dir=folder,
        house=house,
        carriers=(carrier,),
        keyring=KEYRING,
        banks={each: bank(each, limits) for each in ("honnin", "other")},
        wallets={
            "kumopay": Wallet(id="kumopay", name={"ja": "クモペイ", "en": "Kumo Pay"}),
            "sorapay": Wallet(id="sorapay", name={"ja": "ソラペイ", "en": "Sora Pay"}),
        },
    )
    return msgspec.structs.replace(made, **changes)


def parts(
    made: Settings,
    store: Store,
    bell: Bell,
    numbers: Mapping[str, RegisteredNumber],
    book: FlowBook,
    meter: Meter | None = None,
) -> Parts:
    """What `assemble` builds, from fakes where the world begins."""
    signer = Ed25519Receipts(KEYRING)
    receipts = Receipts(signer, KEYRING, made.public_url)
    return Parts(
        settings=made,
        store=store,
        bell=bell,
        records=Records(store, lambda bank_id: made.banks[bank_id].limits, meter),
        views=Views(KEYRING, receipts),
        receipts=receipts,
        signer=signer,
        clients=ClientBook(made.clients_file),
        flows=book,
        registry=PaperRegistry(numbers),
        pacing=pacing_of(made, store),
    )


@dataclass(frozen=True)
class Answer:
    """An answer of the API for banks; `json` is what its body says."""

    status_code: int
    json: Any
    headers: Headers
    mimetype: str
    text: str


@dataclass
class SmallHouse:
    """An app, and what a bank's backend and the carrier do with it."""

    app: PlainFlask
    parts: Parts
    store: RingingStore
    bell: HandBell
    clock: Clock
    carrier: QuietCarrier = field(default_factory=QuietCarrier)
    names: Any = field(default_factory=lambda: map("idempotency-{:04}".format, itertools.count()))

    @property
    def client(self) -> FlaskClient:
        """A client of its own for each use, so that threads share none."""
        return self.app.test_client()

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = "linking",
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        address: str = "127.0.0.1",
    ) -> Answer:
        """Ask as a bank's backend; every answer is held against the OpenAPI document."""
        sent = {"Authorization": f"Bearer {KEYS[key]}"} if key else {}
        data = raw if raw is not None or body is None else msgspec.json.encode(body)
        if data is not None:
            sent |= {"Content-Type": "application/json"}
        if method == "POST":
            sent |= {"Idempotency-Key": next(self.names)}
        left_out = {name for name, value in (headers or {}).items() if value == ""}
        sent = {**sent, **(headers or {})}
        answer = self.client.open(
            path,
            method=method,
            data=data,
            headers={name: value for name, value in sent.items() if name not in left_out},
            environ_base={"REMOTE_ADDR": address},
        )
        check_answer(method, path, answer)
        return Answer(
            answer.status_code, answer.json, answer.headers, answer.mimetype or "", answer.text
        )

    def start(self, **fields: Any) -> Any:
        """Start a verification and return how it stands."""
        answer = self.ask("POST", "/v1/verifications", {**ASKED, **fields})
        assert answer.status_code == 202, answer.text
        return answer.json

    def read(self, verification: str) -> Any:
        answer = self.ask("GET", f"/v1/verifications/{verification}")
        assert answer.status_code == 200, answer.text
        return answer.json

    def record(self, verification: str) -> Verification:
        loaded = self.store.load(verification)
        assert loaded
        assert loaded.record
        return loaded.record.verification

    def passcode(self, verification: str) -> str:
        """The passcode of the present call, as only the house can derive it."""
        record = self.record(verification)
        secret = KEYRING.key(record.key_id, Use.PASSCODE)
        return derive(secret, record.binding(), record.call.number)

    def wrong(self, verification: str) -> str:
        """Six digits that are not the passcode."""
        return f"{(int(self.passcode(verification)) + 1) % 1_000_000:06}"

    def place(self, verification: str) -> None:
        """Do what the worker does for a call that is wished for."""
        Placings(
            records=self.parts.records,
            routes={"main": Route(self.carrier)},
            keyring=KEYRING,
            banks=self.parts.settings.banks,
            pacing=self.parts.pacing,
            public_url=HOOKS,
        ).place(verification)

    def hook_path(self, verification: str, what: str, call: int = 1, language: str = "ja") -> str:
        token = call_token(KEYRING, self.record(verification).key_id, verification, call)
        return f"/hooks/{verification}/{call}/{token}/{language}/{what}"

    def hook(
        self,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        token: str = TOKENS[0],
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Send a hook, signed by Twilio's own library."""
        form = {"CallSid": SID, "AccountSid": ACCOUNT_SID, **(fields or {})}
        signature = RequestValidator(token).compute_signature(HOOKS + path, form)
        return self.client.post(
            path, data=form, headers={"X-Twilio-Signature": signature, **(headers or {})}
        )

    def press(self, verification: str, turn: int, digits: str | None = None, **more: str) -> str:
        """Take a turn of the present call and return the document."""
        call = self.record(verification).call.number
        fields = {**more, **({} if digits is None else {"Digits": digits})}
        answer = self.hook(self.hook_path(verification, str(turn), call), fields)
        assert answer.status_code == 200
        return answer.text

    def report(self, verification: str, status: str, **more: str) -> TestResponse:
        call = self.record(verification).call.number
        path = self.hook_path(verification, "status", call)
        return self.hook(path, {"CallStatus": status, **more})

    def speak(self, verification: str) -> str:
        """Bring a readout verification to where the passcode was spoken; return the document."""
        self.place(verification)
        self.press(verification, 0)
        return self.press(verification, 1, "1")


def small_house(
    folder: Path,
    *,
    numbers: Mapping[str, RegisteredNumber] = NUMBERS,
    book: FlowBook | None = None,
    store: RingingStore | None = None,
    meter: Meter | None = None,
    **changes: Any,
) -> SmallHouse:
    """Build a house; `changes` are those of `settings`."""
    store = store or RingingStore()
    book = book or SmallBook()
    made = parts(settings(folder, **changes), store, store.bell, numbers, book, meter)
    return SmallHouse(create_app(made), made, store, store.bell, store.clock)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
