"""A whole verification, as a bank and a carrier go through it: ten requests, each following from the last.

Knows the order of things. wrk cannot sign what follows from an answer, so this is sent from Python.
The call is placed in this process, by the product's own use case: the worker is not measured here.
"""

from __future__ import annotations

import http.client
import json
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from bench.load import FORM
from bench.rounds import MICRO, Stage
from bench.servers import Server
from bench.world import PUBLIC, SID, Desk, body_of
from ivr.adapters.names import Names
from ivr.adapters.redis_store import RedisStore
from ivr.adapters.seal import Sealer
from ivr.service.placing import Placings
from ivr.service.routing import Route

REQUESTS = 10
LINES = 8


class Bank:
    """A bank and a carrier on one connection."""

    def __init__(self, stage: Stage, server: Server) -> None:
        """Take the server; placing is wired around the stage's store."""
        self._world = stage.world
        self._line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
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
        login = {"Authorization": f"Bearer {self._world.key}", "Content-Type": "application/json"}
        started = self._ask(
            "POST",
            "/v1/verifications",
            {**login, "Idempotency-Key": secrets.token_hex(16)},
            body_of(account),
            202,
        )
        found = json.loads(started)["id"]
        self._placings.place(found)
        voice = self._desk.orders[found].voice_url.removeprefix(PUBLIC).removesuffix("/0")
        self._hook(f"{voice}/status", {"CallStatus": "ringing"}, 204)
        self._hook(f"{voice}/0", {"CallStatus": "in-progress"}, 200)
        self._hook(f"{voice}/status", {"CallStatus": "in-progress"}, 204)
        for number, digits in enumerate(("1", "1", "1"), 1):
            self._hook(f"{voice}/{number}", {"CallStatus": "in-progress", "Digits": digits}, 200)
        self._hook(f"{voice}/status", {"CallStatus": "completed"}, 204)
        path = f"/v1/verifications/{found}"
        self._ask("GET", path, login, b"", 200)
        record, _ = self._records.read(found)
        typed = json.dumps({"passcode": self._views.passcode(record.verification)}).encode()
        self._ask("POST", f"{path}/check", login, typed, 200)

    def _hook(self, path: str, news: Mapping[str, str], status: int) -> None:
        form = {"AccountSid": self._world.settings.carrier.account, "CallSid": SID, **news}
        headers = {**self._world.signed(path, form), "Content-Type": FORM}
        body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
        self._ask("POST", path, headers, body, status)

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, status: int
    ) -> bytes:
        self._line.request(method, path, body=body or None, headers=dict(headers))
        response = self._line.getresponse()
        answer = response.read()
        if response.status != status:
            raise SystemExit(f"bench: {path} was answered with {response.status}: {answer[:300]!r}")
        return answer


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
