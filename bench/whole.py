"""A whole verification, as a bank and a carrier go through it: ten requests, each following from the last.

Knows the order of things. wrk cannot sign what follows from an answer, so this is sent from Python.
The call is placed in this process, by the product's own use case: the worker is not measured here.
"""

from __future__ import annotations

import http.client
import json
import secrets
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from bench.load import FORM
from bench.rounds import MICRO, Stage
from bench.servers import Server
from bench.world import PUBLIC, SID, Desk, World, body_of
from ivr.adapters.names import Names
from ivr.adapters.redis_store import RedisStore
from ivr.adapters.seal import Sealer
from ivr.service.placing import Placings
from ivr.service.routing import Route

REQUESTS = 10
LINES = 8
KEPT_SECONDS = 3.0


class Line:
    """A connection to the product, on which a bank and a carrier speak."""

    def __init__(self, world: World, port: int) -> None:
        """Take where the product listens; it is connected to at the first request."""
        self._world = world
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._asked = 0.0
        self.login = {"Authorization": f"Bearer {world.key}", "Content-Type": "application/json"}

    def start(self, body: bytes) -> str:
        """Start a verification and return its id."""
        headers = {**self.login, "Idempotency-Key": secrets.token_hex(16)}
        return str(json.loads(self.ask("POST", "/v1/verifications", headers, body, 202))["id"])

    def call(self, voice: str, sid: str = SID) -> str:
        """Send the hooks of a call that is answered, agreed to and hung up; return the last document."""
        self._hook(f"{voice}/status", sid, {"CallStatus": "ringing"}, 204)
        self._hook(f"{voice}/0", sid, {"CallStatus": "in-progress"}, 200)
        self._hook(f"{voice}/status", sid, {"CallStatus": "in-progress"}, 204)
        for number, digits in enumerate(("1", "1", "1"), 1):
            news = {"CallStatus": "in-progress", "Digits": digits}
            said = self._hook(f"{voice}/{number}", sid, news, 200)
        self._hook(f"{voice}/status", sid, {"CallStatus": "completed"}, 204)
        return said.decode()

    def finish(self, verification: str, passcode: str) -> None:
        """Poll once, and give the right passcode."""
        path = f"/v1/verifications/{verification}"
        self.ask("GET", path, self.login, b"", 200)
        typed = json.dumps({"passcode": passcode}).encode()
        self.ask("POST", f"{path}/check", self.login, typed, 200)

    def _hook(self, path: str, sid: str, news: Mapping[str, str], status: int) -> bytes:
        form = {"AccountSid": self._world.settings.carrier.account, "CallSid": sid, **news}
        headers = {**self._world.signed(path, form), "Content-Type": FORM}
        body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
        return self.ask("POST", path, headers, body, status)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, status: int
    ) -> bytes:
        """Ask and return the answer's body. Raises SystemExit where its status is another."""
        if time.monotonic() > self._asked + KEPT_SECONDS:
            self._line.close()  # the server has done so, or is about to
        self._asked = time.monotonic()
        self._line.request(method, path, body=body or None, headers=dict(headers))
        response = self._line.getresponse()
        answer = response.read()
        if response.status != status:
            raise SystemExit(f"bench: {path} was answered with {response.status}: {answer[:300]!r}")
        return answer


class Bank(Line):
    """A bank and a carrier on one connection, with the worker's part done in this process."""

    def __init__(self, stage: Stage, server: Server) -> None:
        """Take the server; placing is wired around the stage's store."""
        super().__init__(stage.world, server.port)
        settings = stage.world.settings
        names = Names(settings.keyring, settings.house.partitions)
        parts = stage.world.parts(RedisStore(stage.client, names, Sealer(settings.keyring)))
        self._records, self._views, self._desk = parts.records, parts.views, Desk()
        self._placings = Placings(
            records=parts.records,
            routes={"main": Route(self._desk)},
            keyring=settings.keyring,
            banks=settings.banks,
            pacing=parts.pacing,
            public_url=PUBLIC,
        )

    def verify(self, account: str) -> None:
        """Go through one verification. Raises SystemExit where it does not pass."""
        found = self.start(body_of(account))
        self._placings.place(found)
        self.call(self._desk.orders[found].voice_url.removeprefix(PUBLIC).removesuffix("/0"))
        record, _ = self._records.read(found)
        self.finish(found, self._views.passcode(record.verification))


def whole_cost(stage: Stage, server: Server, count: int) -> float:
    """Return the web process's CPU in us for one whole verification."""
    banks = [Bank(stage, server) for _ in range(LINES)]
    share = max(count // LINES, 1)

    def work(bank: Bank) -> None:
        for _ in range(share):
            bank.verify(stage.requests.next_account())

    with ThreadPoolExecutor(LINES) as pool:
        before = server.cpu()
        list(pool.map(work, banks))
    return (server.cpu() - before) / (share * LINES) * MICRO
