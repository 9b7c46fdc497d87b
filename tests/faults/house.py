"""The house as it is run: gunicorn, two workers and the carrier as processes, which can be killed.

Knows how each is started, and starts again whoever has ended, as a service manager does. The simulator
is never killed: it keeps the carrier's side of the ledger.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import urllib3

from ivr.adapters.client_file import add_client
from ivr.adapters.kept_process import Command, KeptProcess
from ivr.cli.children import ROOT, kept, web, worker
from ivr.cli.client import webhook_text
from ivr.cli.demo import copy_configuration
from ivr.cli.keys import new_key, new_master_key
from ivr.cli.processes import Child
from ivr.service.tokens import webhook_secrets
from ivr.settings import read_settings
from tests.faults.gate import Gate
from tests.faults.plan import SPEED, Plan, Scheme
from tests.faults.stores import Store
from tests.pids import children_of
from tests.redis_servers import free_port, until

_CLIENT: Final = "linking"
_WEB_PROCESSES: Final = 2
_WORKERS: Final = ("worker-1", "worker-2")
_READY_WITHIN: Final = 60.0
BAD_LINE: Final = "lost=0.01 unanswered=0.01 doubled=0.02 late=0.01"
_LIMITS: Final = """\
[default]
ring = 5
place_within = 5
carrier_queue = 2
calls_to_number_per_hour = 60
calls_to_number_per_day = 200
"""


@dataclass
class House:
    """Everybody who runs."""

    api: str
    carrier: str
    key: str = field(repr=False)
    webhooks: list[str] = field(repr=False)
    gate: Gate
    children: Mapping[str, Child]
    running: dict[str, KeptProcess] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start a process, anew where it has ended."""
        former = self.running.pop(name, None)
        if former:
            former.stop()
        child = self.children[name]
        assert child.log
        with child.log.open("ab") as log:
            self.running[name] = KeptProcess(
                Command(
                    arguments=child.arguments,
                    environment=child.environment,
                    output=log.fileno(),
                    grace=child.grace,
                )
            )

    def tend(self) -> None:
        """Start again whoever has ended."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.start(name)

    def is_ready(self) -> bool:
        """Tell whether the web answers and has its store."""
        try:
            answer = urllib3.request("GET", f"{self.api}/readyz", retries=False, timeout=5.0)
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == 200

    def await_ready(self) -> None:
        """Return when everybody runs and the web has its store."""
        end = time.monotonic() + _READY_WITHIN
        while not self.is_ready():
            assert time.monotonic() < end, "the web is not ready"
            self.tend()
            time.sleep(0.2)

    def kill_web_process(self, chance: random.Random) -> bool:
        """Kill one of gunicorn's processes, which starts another; tell whether there was one."""
        children = children_of(self.running["web"].pid)
        if children:
            _kill(chance.choice(children))
        return bool(children)

    def kill_web(self) -> None:
        """Kill gunicorn with all its processes."""
        with suppress(ProcessLookupError):
            os.killpg(self.running["web"].pid, signal.SIGKILL)
        self.start("web")

    def kill_worker(self, chance: random.Random) -> None:
        """Kill a worker, and start another."""
        name = chance.choice(_WORKERS)
        _kill(self.running[name].pid)
        self.start(name)

    def stop(self) -> None:
        """End everybody."""
        while self.running:
            _, process = self.running.popitem()
            process.stop()


@contextmanager
def open_house(
    folder: Path, store: Store, plans: list[Plan], callbacks: list[str], scheme: Scheme
) -> Iterator[House]:
    """Open a house on a store, for the depositors of the plans and the receivers of callbacks."""
    _write_configuration(folder, store, plans, scheme)
    page = free_port()
    gate = Gate(page)
    api = f"http://127.0.0.1:{free_port()}"
    environment = _environment(folder, api, gate.url, store.url)
    settings = read_settings(environment)
    wanted = {
        "bank": "honnin",
        "scopes": ["read", "verify"],
        "callback_prefixes": callbacks,
        "source_addresses": [],
        "private_callbacks": True,
    }
    key = add_client(settings.clients_file, _CLIENT, wanted)
    simulator = _simulator(environment, folder, page, scheme.seed)
    children = [
        web(urlsplit(api).netloc, environment, folder / "web.log"),
        *(worker(environment, folder / f"{name}.log", name=name) for name in _WORKERS),
    ]
    house = House(
        api=api,
        carrier=f"http://127.0.0.1:{page}",
        key=key,
        webhooks=[webhook_text(each) for each in webhook_secrets(settings.keyring, _CLIENT)],
        gate=gate,
        children={each.name: each for each in (simulator, *children)},
    )
    with ExitStack() as stack:
        stack.callback(house.stop)
        house.start("simulator")
        until(lambda: _answers(str(simulator.ready)), "the carrier answers", _READY_WITHIN)
        gate.open()
        stack.callback(gate.close)
        for each in children:
            house.start(each.name)
        house.await_ready()
        yield house


def _write_configuration(folder: Path, store: Store, plans: list[Plan], scheme: Scheme) -> None:
    copy_configuration(folder)
    config = folder / "config"
    lives = f"verification_life = {scheme.lives.verification}\npasscode_life = {scheme.lives.passcode}\n"
    (config / "limits.toml").write_text(_LIMITS + lives)
    settings = (config / "ivr.toml").read_text()
    assert "min_replicas = 0" in settings
    replicas = f"min_replicas = {store.replicas}"
    (config / "ivr.toml").write_text(settings.replace("min_replicas = 0", replicas))
    rows = "".join(f"honnin,{each.account},{each.telephone},2016-04-01\n" for each in plans)
    (config / "accounts.csv").write_text("bank,account,number,since\n" + rows)
    (folder / "phones.toml").write_text("".join(_table_of(each) for each in plans))


def _table_of(plan: Plan) -> str:
    return (
        f'[[phone]]\nid = "{plan.phone}"\nnumber = "{plan.telephone}"\n'
        f'label = {{en = "phone"}}\nbehaviour = {_toml(plan.behaviour)}\n'
    )


def _toml(value: object) -> str:
    """Write a value as TOML has it, tables within the line."""
    match value:
        case bool():
            return str(value).lower()
        case Mapping():
            return "{" + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case str():
            return f'"{value}"'
        case _:
            return str(value)


def _environment(folder: Path, api: str, carrier: str, redis_url: str) -> dict[str, str]:
    return {
        **kept(os.environ),
        "IVR_MASTER_KEYS": new_master_key(),
        "IVR_LASTING_KEY": new_key(),
        "IVR_CARRIER_ACCOUNT": f"AC{secrets.token_hex(16)}",
        "IVR_CARRIER_TOKENS": secrets.token_hex(16),
        "IVR_ALLOW_HTTP": "yes",
        "IVR_PUBLIC_URL": api,
        "IVR_CARRIER_URL": carrier,
        "IVR_REDIS_URL": redis_url,
        "IVR_CONFIG": str(folder / "config"),
        "IVR_CALLFLOWS": str(ROOT / "callflows"),
        "IVR_DATA": str(folder),
        "IVR_WEB_PROCESSES": str(_WEB_PROCESSES),
    }


def _simulator(environment: Mapping[str, str], folder: Path, page: int, seed: int) -> Child:
    own = {
        "SIM_PORT": str(page),
        "SIM_ACCOUNT_SID": environment["IVR_CARRIER_ACCOUNT"],
        "SIM_AUTH_TOKEN": environment["IVR_CARRIER_TOKENS"],
        "SIM_SPEED": str(SPEED),
        "SIM_SEED": str(seed),
        "SIM_PHONES": str(folder / "phones.toml"),
        "SIM_BAD_LINE": BAD_LINE,
    }
    return Child(
        name="simulator",
        arguments=[sys.executable, "-m", "ivr.simulator"],
        environment={**kept(os.environ), **own},
        ready=f"http://127.0.0.1:{page}/sim/troubles",
        log=folder / "simulator.log",
    )


def _answers(url: str) -> bool:
    try:
        return urllib3.request("GET", url, retries=False, timeout=5.0).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):  # it has just ended by itself
        os.kill(pid, signal.SIGKILL)
