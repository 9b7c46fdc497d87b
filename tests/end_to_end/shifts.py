"""A house of which each process comes and goes by itself: gunicorns and workers, several of each.

Knows how they are started, told to stop, and seen to be gone. Does not know what they are replaced for.
"""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import redis
import urllib3

from ivr.adapters.client_file import add_client
from ivr.adapters.embedded_server import EmbeddedServer
from ivr.adapters.kept_process import Command, KeptProcess
from ivr.adapters.names import unpack_id
from ivr.adapters.redis_client import connect
from ivr.cli.children import web, worker
from ivr.cli.demo import free_port
from ivr.cli.processes import Child
from ivr.settings import read_settings
from tests.end_to_end.busy_house import account_of, environment_of, furnish, simulator_of
from tests.pids import lives
from tests.redis_servers import until

GONE_SECONDS = 15.0
"""For a promise of ten seconds, on a machine that has other things to do."""
READY_SECONDS = 60.0
_POOL = urllib3.PoolManager(maxsize=32)


class Shift:
    """One process with its own log, from its start to its end."""

    def __init__(self, child: Child, log: Path) -> None:
        self.log = log
        self._ready = child.ready
        self.url = str(child.ready or "").removesuffix("/readyz")
        with log.open("ab") as output:
            self._process = KeptProcess(
                Command(
                    arguments=child.arguments,
                    environment=child.environment,
                    output=output.fileno(),
                )
            )
        self.pid = self._process.pid

    def until_ready(self) -> "Shift":
        until(self._is_ready, f"{self.log.name} is ready", READY_SECONDS)
        return self

    def _is_ready(self) -> bool:
        assert self._process.poll() is None, self.log.read_text()
        if not isinstance(self._ready, str):
            return '"worker_started"' in self.log.read_text()
        try:
            return urllib3.request("GET", self._ready, retries=False, timeout=2.0).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def tell(self, number: int = signal.SIGTERM) -> None:
        os.kill(self.pid, number)

    def line(self) -> HTTPConnection:
        """A connection that is used by hand."""
        return HTTPConnection(urlsplit(self.url).netloc, timeout=30)

    @property
    def lives(self) -> bool:
        return lives(self.pid)

    def until_gone(self) -> None:
        until(lambda: not self.lives, f"{self.log.name} is gone", GONE_SECONDS)

    def stop(self) -> None:
        self.tell()
        self.until_gone()
        self.clear_away()

    def clear_away(self) -> None:
        """End whatever is left of it."""
        self._process.stop()


@dataclass
class Shifts:
    """A house, its store, and who works in it just now."""

    folder: Path
    environment: dict[str, str]
    key: str
    store: EmbeddedServer
    stack: ExitStack
    redis: "redis.Redis"

    def start(self, child: Child, name: str) -> Shift:
        """Start a process and return at once."""
        shift = Shift(child, self.folder / f"{name}.log")
        self.stack.callback(shift.clear_away)
        return shift

    def web(self, name: str, bind: str = "", **more: str) -> Shift:
        """Start a gunicorn at an address of its own."""
        bind = bind or f"127.0.0.1:{free_port()}"
        return self.start(web(bind, {**self.environment, **more}), name)

    def own_web(self, **more: str) -> Shift:
        """Start the gunicorn that has the house's own address."""
        return self.web("web", urlsplit(self.environment["IVR_PUBLIC_URL"]).netloc, **more)

    def worker(self, name: str, **more: str) -> Shift:
        return self.start(worker({**self.environment, **more}), name)

    def ask(
        self, method: str, path: str, body: object = None, *, api: str = "", key: str = ""
    ) -> tuple[int, Mapping[str, str], Any]:
        """Ask as the bank's backend; every POST carries an idempotency key."""
        answer = _POOL.request(
            method,
            (api or self.environment["IVR_PUBLIC_URL"]) + path,
            json=body,
            headers=self.headers(key),
            timeout=40.0,
            retries=False,
        )
        return answer.status, answer.headers, answer.json()

    def headers(self, key: str = "") -> dict[str, str]:
        own = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": key or str(uuid4())}
        return {**own, "Connection": "close"}

    def begin(self, place: int, mode: str = "readout", **more: object) -> str:
        """Start a verification of an account; return its id."""
        asked = {"mode": mode, "purpose": "link", "bank": "honnin", "wallet": "kumopay"}
        body = {**asked, "account": account_of(place), **more}
        status, _, view = self.ask("POST", "/v1/verifications", body)
        assert status == 202, view
        return str(view["id"])

    def view(self, verification: str) -> Any:
        return self.ask("GET", f"/v1/verifications/{verification}")[2]

    def due(self) -> dict[str, float]:
        """Who is due, and when."""
        found: dict[str, float] = {}
        for name in self.redis.scan_iter("*due"):
            pairs: Any = self.redis.zrange(name, 0, -1, withscores=True)
            found.update((unpack_id(member), at) for member, at in pairs)
        return found

    @contextmanager
    def frozen(self, pid: int) -> Iterator[None]:
        """Let a process hang."""
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def shifts(
    folder: Path,
    *,
    carrier: str = "",
    callbacks: str = "",
    limits: str = "",
    phones: int = 40,
    behaviour: str = '{kind = "no_answer"}',
    speed: float = 20.0,
) -> Iterator[Shifts]:
    """Open a house in which nobody works yet. Without a carrier's address the simulator is started."""
    furnish(folder, phones, behaviour)
    if limits:
        (folder / "config" / "limits.toml").write_text(f"[default]\n{limits}", encoding="utf-8")
    api, page = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    with ExitStack() as stack:
        server = stack.enter_context(EmbeddedServer(folder / "valkey"))
        environment = environment_of(folder, api, carrier or page, server.url)
        for name in ("IVR_METRICS_BIND", "IVR_WORKER_METRICS_BIND"):
            del environment[name]
        environment["IVR_WEB_PROCESSES"] = "1"
        wanted = {
            "bank": "honnin",
            "scopes": ["read", "verify"],
            "callback_prefixes": [callbacks] if callbacks else [],
            "source_addresses": [],
            "private_callbacks": True,
        }
        key = add_client(read_settings(environment).clients_file, "busy", wanted)
        client = stack.enter_context(connect(server.url))
        house = Shifts(
            folder=folder,
            environment=environment,
            key=key,
            store=server,
            stack=stack,
            redis=client,
        )
        if not carrier:
            house.start(simulator_of(environment, folder, speed), "simulator").until_ready()
        yield house
