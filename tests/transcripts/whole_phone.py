"""A telephone that plays transcripts through the whole product, in one process and in virtual time.

Web, service, domain, store and worker are the product's own, the carrier's client is Twilio's own,
and the network between them is the simulator's.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import pytest
from requests.exceptions import ReadTimeout
from twilio.http import HttpClient

from ivr.adapters.client_file import add_client
from ivr.adapters.flows.files import load_book
from ivr.adapters.memory_store import MemoryStore
from ivr.adapters.names import Names
from ivr.adapters.seal import Sealer
from ivr.adapters.sql_archive import SqlArchive
from ivr.adapters.twilio_carrier import TwilioCarrier
from ivr.app import create_app
from ivr.assembly import assemble
from ivr.cli.demo import copy_configuration
from ivr.cli.keys import new_key, new_master_key
from ivr.domain.callflow import Pace
from ivr.domain.policy import PURPOSES_WITH_AMOUNT
from ivr.domain.reading import read_digits
from ivr.domain.record import Verification
from ivr.rehearsal.script import Called, DeskAnswer
from ivr.service.routing import Route
from ivr.settings import Settings, read_settings
from ivr.simulator.in_process import InProcessHttpClient, send_to
from ivr.simulator.network import phones
from ivr.simulator.network.behaviours import AnyBehaviour, Busy, Desk, NoAnswer
from ivr.simulator.network.calls import Source
from ivr.simulator.network.carrier import Account, Carrier
from ivr.simulator.network.clock import VirtualClock
from ivr.simulator.network.events import Ended, Listening, Pressed, Speech
from ivr.simulator.rest import Rest
from ivr.worker import create_upkeep
from tests.service.world import FakeCourier
from tests.transcripts.values import AMOUNT
from tests.web.small_house import HandBell

BOOK: Final = load_book(Path("callflows"))  # once: reading it takes longer than a call
FLOWS: Final = {flow.name: flow for flow in BOOK.flows}
PHONE: Final = "hanako"
STEP: Final = 0.25  # seconds
LONGEST: Final = 400.0
DESKS: Final[Mapping[DeskAnswer, AnyBehaviour]] = {
    DeskAnswer.BUSY: Busy(),
    DeskAnswer.NO_ANSWER: NoAnswer(),
    DeskAnswer.DONE: Desk(answer_after=3, talks=20),
}


def settings_in(folder: Path) -> Settings:
    """A whole configuration, with secrets of its own."""
    copy_configuration(folder)
    return read_settings(
        {
            "IVR_PUBLIC_URL": "https://ivr.example",
            "IVR_MASTER_KEYS": new_master_key(),
            "IVR_LASTING_KEY": new_key(),
            "IVR_CARRIER_ACCOUNT": "AC" + "1" * 32,
            "IVR_CARRIER_TOKENS": "token",
            "IVR_CONFIG": str(folder / "config"),
            "IVR_DATA": str(folder),
        }
    )


class WholePhone:
    """One call through everything."""

    def __init__(self, folder: Path, called: Called) -> None:
        settings = self._settings(folder, called)
        self._clock = VirtualClock(called.at.timestamp()) if called.at else VirtualClock()
        self._late = 0.0
        names = Names(settings.keyring, 64)
        self._store = MemoryStore(names, Sealer(settings.keyring), self._now)
        self._parts = assemble(settings, self._store, HandBell(), BOOK)
        app = create_app(self._parts)
        self._bank = app.test_client()
        self._carrier = Carrier(
            account=Account(
                sid=settings.carrier.account,
                auth_token=settings.carrier.tokens[0],
                voice={"+81345678900": Source(url=f"{settings.public_url}/hooks/inbound")},
            ),
            clock=self._clock,
            send=send_to(app),
            phones=phones.load(),
            rng=random.Random(1),  # noqa: S311 - names of calls are no secret here
        )
        http = InProcessHttpClient(Rest(self._carrier), silence=ReadTimeout)
        self._archive = SqlArchive(settings.database_url)
        self._upkeep = create_upkeep(
            self._parts,
            routes={
                "main": Route(TwilioCarrier(settings.carrier, http_client=cast("HttpClient", http)))
            },
            courier=FakeCourier(),
            story=self._store,
            archive=self._archive,
        )
        key = add_client(
            settings.clients_file, "web", {"bank": "honnin", "scopes": ["read", "verify"]}
        )
        self._key = {"Authorization": f"Bearer {key}", "Idempotency-Key": "a-key-of-its-own"}
        if called.desk in DESKS:
            self._carrier.set_behaviour("desk", DESKS[called.desk])
        self._id = self._start(called)
        self._work()
        self._begin()

    def _settings(self, folder: Path, called: Called) -> Settings:  # noqa: ARG002 - for others
        return settings_in(folder)

    def _begin(self) -> None:
        self._advance_to_ring()
        self._carrier.answer(PHONE)
        self._listen()

    def _now(self) -> int:
        return round((self._clock.now() + self._late) * 1000)

    def _start(self, called: Called) -> str:
        flow = FLOWS[called.flow]
        purpose = called.purpose or flow.purposes[0]
        asked = {
            "mode": flow.mode.value,
            "purpose": purpose.value,
            "bank": "honnin",
            "wallet": "kumopay",
            "account": "101-1234567",
            "language": called.language,
            "pace": called.pace.value,
            **({"amount": AMOUNT} if purpose in PURPOSES_WITH_AMOUNT else {}),
        }
        answer = self._bank.post("/v1/verifications", json=asked, headers=self._key)
        assert answer.status_code == 202, answer.text
        return str(answer.json["id"])  # type: ignore[index]

    def _work(self) -> None:
        while due := self._store.take_due(lease_ms=1000, limit=10):
            for verification in due:
                self._upkeep.attend(verification)

    def _advance_to_ring(self) -> None:
        call = self._carrier.calls(phone_id=PHONE)[0]
        while call.status.value != "ringing":
            self._clock.advance(STEP)

    def _listen(self) -> None:
        """Let the call speak until it waits for keys, or is over."""
        for _ in range(round(LONGEST / STEP)):
            if isinstance(self._events()[-1], Listening | Ended):
                return
            self._clock.advance(STEP)
        pytest.fail("it neither asks nor ends")

    def _events(self) -> list[Any]:
        return list(self._carrier.calls(phone_id=PHONE)[0].events)

    def _verification(self) -> Verification:
        return self._parts.records.read(self._id)[0].verification

    @property
    def passcode(self) -> str:
        """The right passcode, as the product derives it."""
        return self._parts.views.passcode(self._verification())

    @property
    def wrong(self) -> str:
        """Another one."""
        return f"{(int(self.passcode) + 1) % 1_000_000:06d}"

    def heard(self) -> str:
        """All that was said since the last key, or since the last silence."""
        said: list[str] = []
        for event in reversed(self._events()):
            if isinstance(event, Pressed) or (isinstance(event, Listening) and said):
                break
            if isinstance(event, Speech):
                said.insert(0, event.text)
        return "".join(said)

    def spoken(self, passcode: str) -> str:
        position = self._verification().call.position
        language = position.language if position else "ja"
        words = read_digits(passcode, language, Pace.NORMAL)
        return "".join(part for part in words if isinstance(part, str))

    def wait(self, seconds: int) -> None:
        """Let the product's time pass; the person at the telephone thinks no longer for that."""
        self._late += seconds

    def type(self, passcode: str) -> None:
        body = {"passcode": passcode}
        bearer = {"Authorization": self._key["Authorization"]}
        self._bank.post(f"/v1/verifications/{self._id}/check", json=body, headers=bearer)

    def press(self, keys: str) -> None:
        if keys:
            for key in keys:
                self._carrier.press(PHONE, key)
        else:
            before = len(self._events())
            while len(self._events()) == before:
                self._clock.advance(STEP)
        while isinstance(self._events()[-1], Pressed):
            self._clock.advance(STEP)
        self._listen()

    def hang_up(self) -> None:
        self._carrier.hang_up(PHONE)

    def ending(self) -> str:
        """How it stands once the network has told all; nobody lets time run out by looking."""
        self._clock.run_until_idle()
        loaded = self._store.load(self._id)
        assert loaded
        assert loaded.record
        verification = loaded.record.verification
        if verification.decided:
            return f"{'pass' if verification.passed else 'fail'}/{verification.reason}"
        return f"open/{verification.last_call}"

    def close(self) -> None:
        self._archive.close()
