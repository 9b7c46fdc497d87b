"""A house of its own with a tap in every line: whatever its processes say to each other is written down.

Knows how the processes are wired, as `ivr demo` wires them. Does not know what is done in the house.
"""

import base64
import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import redis

from ivr.adapters.embedded_server import EmbeddedServer
from ivr.cli.children import ROOT, web, worker
from ivr.cli.demo import Stage, copy_configuration, free_port
from ivr.cli.processes import Child, Family
from tests.end_to_end.conftest import House
from tests.end_to_end.sinks import (
    Monitor,
    archive_traces,
    exchange_traces,
    file_traces,
    metrics_traces,
    process_traces,
    valkey_traces,
)
from tests.end_to_end.tap import Exchange, Tap
from tests.end_to_end.traces import Trace

CLIENT = "honnin-linking"
SPEED = 20.0
PATIENCE, LOOK_AGAIN = 60.0, 0.05  # seconds
UNDECIDED = 2  # the record that is broken, and the one that is misused
# Invented; the digits are such that no date and no port has them, so that a finding is a finding.
BANK = "+81345678900"
PEOPLE = {
    "reader": ("739-9879016", "+819071810194"),
    "mistaken": ("523-3980362", "+819077754812"),
    "foreigner": ("812-7370496", "+819090607013"),
    "keyer": ("812-3787190", "+819030867481"),
    "patient": ("417-6744219", "+819086455295"),
    "victim": ("812-6251305", "+81359607684"),
    "absent": ("684-7446890", "+819042855739"),
    "doubtful": ("523-5374093", "+819094812537"),
    "thief": ("417-7562900", "+819037602486"),
    "unlisted": ("935-7271486", "+819074954807"),
    "queued": ("523-8456108", "+819053582189"),
    "broken": ("523-8762349", "+819072864978"),
    "returner": ("684-3170958", "+819067921534"),
    "misread": ("935-7582016", "+819046460378"),
}


@dataclass(frozen=True, kw_only=True)
class TappedHouse:
    """The house, its taps, and where everything lies."""

    house: House
    product: Tap
    carrier: Tap
    monitor: Monitor
    client: redis.Redis
    folder: Path
    api: str  # gunicorn itself, behind the tap

    @property
    def archive(self) -> Path:
        """The file of the archive."""
        return self.folder / "archive.sqlite"

    @property
    def family_of(self) -> int:
        """The process below which all others are."""
        return os.getpid()

    @property
    def exchanges(self) -> list[Exchange]:
        """Everything that was said so far."""
        return [*self.product.exchanges, *self.carrier.exchanges]

    def read_valkey(self) -> Iterator[Trace]:
        """Read all that Valkey holds."""
        return valkey_traces(self.client)

    def traces(self) -> Iterator[Trace]:
        """Read every place in which the house can leave a trace."""
        yield from self.read_valkey()
        yield from self.monitor.traces()
        yield from archive_traces(self.archive)
        yield from file_traces(self.folder)
        yield from process_traces(self.family_of)
        yield from exchange_traces(self.exchanges)
        yield from metrics_traces(self.house.stage.environment)

    def settle(self) -> None:
        """Wait until every story is archived, and only what has no verdict is still due."""
        until = time.monotonic() + PATIENCE
        while self._left():
            assert time.monotonic() < until, "the house does not come to rest"
            time.sleep(LOOK_AGAIN)

    def _left(self) -> bool:
        stories = map(self.client.xlen, self.client.scan_iter(match="*story"))
        due = map(self.client.zcard, self.client.scan_iter(match="*due"))
        return any(stories) or sum(due) > UNDECIDED


@contextmanager
def tapped_house(folder: Path) -> Iterator[TappedHouse]:
    """Open a house in `folder`/data; the telephones of its depositors are described beside it."""
    data = folder / "data"
    (data / "tmp").mkdir(parents=True)
    copy_configuration(data)
    lines = [f"honnin,{account},{number},2016-04-01\n" for account, number in PEOPLE.values()]
    registry = data / "config" / "accounts.csv"
    registry.write_text("bank,account,number,since\n" + "".join(lines), encoding="utf-8")
    api, page = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    server = EmbeddedServer(data / "valkey")
    with Family() as family, Tap(api) as product, Tap(page) as carrier:
        server.start()
        family.adopt("valkey", server)
        environment = _environment(data, product.url, carrier.url, server.url)
        key, secret = _add_client(environment, carrier.url)
        stage = Stage(api=product.url, page=page, environment=environment, key=key)
        with (
            Monitor(unquote(urlsplit(server.url).path)) as monitor,
            redis.Redis.from_url(server.url) as client,
        ):
            family.start(
                web(urlsplit(api).netloc, environment, data / "logs" / "web.log"),
                worker(environment, data / "logs" / "worker.log"),
                _simulator(stage, carrier.url, secret, folder),
            )
            yield TappedHouse(
                house=House(stage=stage, folder=data, family=family),
                product=product,
                carrier=carrier,
                monitor=monitor,
                client=client,
                folder=data,
                api=api,
            )


def _environment(data: Path, product: str, carrier: str, redis_url: str) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "TMPDIR": str(data / "tmp"),
        "IVR_MASTER_KEYS": f"leaks:{_new_key()}",  # an id without digits
        "IVR_LASTING_KEY": _new_key(),
        "IVR_CARRIER_ACCOUNT": f"AC{secrets.token_hex(16)}",
        "IVR_CARRIER_TOKENS": secrets.token_hex(16),
        "IVR_ALLOW_HTTP": "yes",
        "IVR_PUBLIC_URL": product,
        "IVR_CARRIER_URL": carrier,
        "IVR_REDIS_URL": redis_url,
        "IVR_CONFIG": str(data / "config"),
        "IVR_CALLFLOWS": str(ROOT / "callflows"),
        "IVR_DATA": str(data),
        "IVR_WEB_PROCESSES": "2",
        "IVR_METRICS_BIND": str(free_port()),
        "IVR_WORKER_METRICS_BIND": str(free_port()),
    }


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _add_client(environment: dict[str, str], carrier: str) -> tuple[str, str]:
    """Add the bank's backend, as staff would; return its API key and callback secret."""
    order = ("client", "add", CLIENT, "--bank", "honnin", "--callback", carrier)
    added = subprocess.run(
        [sys.executable, "-m", "ivr", *order, "--private-callbacks"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    key, secret = (re.search(rf"{each}_\S+", added.stdout) for each in ("honnin", "whsec"))
    assert key, added.stdout
    assert secret, added.stdout
    return key[0], secret[0]


def _simulator(stage: Stage, carrier: str, secret: str, folder: Path) -> Child:
    phones = folder / "phones.toml"
    phones.write_text("".join(map(_phone, PEOPLE)), encoding="utf-8")
    environment = {
        "PATH": stage.environment["PATH"],
        "SIM_PORT": str(urlsplit(stage.page).port),
        "SIM_ACCOUNT_SID": stage.environment["IVR_CARRIER_ACCOUNT"],
        "SIM_AUTH_TOKEN": stage.environment["IVR_CARRIER_TOKENS"],
        "SIM_SPEED": str(SPEED),
        "SIM_PHONES": str(phones),
        "SIM_VOICE_URLS": f"{BANK}={stage.environment['IVR_PUBLIC_URL']}/hooks/inbound",
        "SIM_API_URL": stage.api,
        "SIM_API_KEY": stage.key,
        "SIM_CALLBACK_SECRETS": secret,
        "SIM_PUBLIC_URL": carrier,
    }
    return Child(
        name="simulator",
        arguments=[sys.executable, "-m", "ivr.simulator"],
        environment=environment,
        ready=f"{stage.page}/sim/phones",
        log=Path(stage.environment["IVR_DATA"]) / "logs" / "simulator.log",
    )


def _phone(name: str) -> str:
    number = json.dumps(PEOPLE[name][1])
    label = json.dumps({"en": name}).replace(":", " =")
    return f'[[phone]]\nid = "{name}"\nnumber = {number}\nlabel = {label}\nbehaviour = {{kind = "live"}}\n'
