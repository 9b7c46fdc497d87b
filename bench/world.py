"""A product to measure: its configuration, its accounts, and its records in the states that requests meet.

Knows the product from inside: a record is led to its state by the product's own use cases, over its
store in memory, and then copied into the server by its own store, with names of its own each.
Does not know how requests are sent or what they cost.
"""

from __future__ import annotations

import itertools
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import redis

from ivr.adapters.client_file import add_client
from ivr.adapters.memory_store import MemoryStore
from ivr.adapters.names import Names
from ivr.adapters.redis_bell import RedisBell
from ivr.adapters.redis_store import RedisStore
from ivr.adapters.seal import Sealer
from ivr.assembly import Parts, assemble
from ivr.cli.keys import new_key, new_master_key
from ivr.domain.policy import Request
from ivr.domain.record import Account, Record, State, Verification
from ivr.service.calls import Calls
from ivr.service.carrier_port import (
    Accepted,
    CallOrder,
    CallProgress,
    Placing,
    StatusHook,
    VoiceHook,
)
from ivr.service.hook_address import HookAddress
from ivr.service.placing import Placings
from ivr.service.ports import Loaded
from ivr.service.routing import Route
from ivr.service.starting import Starting
from ivr.settings import Settings, read_settings
from ivr.simulator.network.signing import SIGNATURE, signature

ROOT = Path(__file__).resolve().parents[1]
PUBLIC = "https://honnin.bank.example"
BANK, WALLET, CLIENT = "honnin", "kumopay", "linking"
SID = "CA" + "5" * 32
ACCOUNTS = 40_000
"""How many accounts the registry has; each round of starts takes new ones."""


class Desk:
    """A carrier that takes every call and remembers where its hooks go."""

    def __init__(self) -> None:
        """Begin without orders."""
        self.orders: dict[str, CallOrder] = {}

    def place(self, order: CallOrder) -> Placing:
        """Take the call."""
        self.orders[order.voice_url.split("/")[4]] = order
        return Accepted(SID)

    def hang_up(self, sid: str) -> bool:
        """Nobody is called."""
        return bool(sid)


@dataclass(frozen=True, kw_only=True)
class World:
    """A folder with a configuration of its own, and the secrets of this run."""

    environment: Mapping[str, str]
    settings: Settings
    key: str

    def parts(self, store: Any) -> Parts:
        """Wire the product around a store."""
        return assemble(self.settings, store, RedisBell(redis.Redis()))

    def names(self) -> Names:
        """Return what names things in the store."""
        return Names(self.settings.keyring, self.settings.house.partitions)

    def signed(self, path: str, form: Mapping[str, str]) -> dict[str, str]:
        """Return the header that the carrier signs a hook with."""
        token = self.settings.carrier.tokens[0]
        return {SIGNATURE: signature(token, PUBLIC + path, form.items(), algorithm="sha1")}


def create_world(
    folder: Path,
    redis_url: str,
    accounts: int = ACCOUNTS,
    *,
    replicas: int = 0,
    calls_back: str = "",
) -> World:
    """Write a configuration into `folder` and read it as the product does.

    `replicas` must have what is kept; callbacks may go below the address `calls_back`.
    """
    config = folder / "config"
    shutil.copytree(ROOT / "config", config)
    rows = "".join(f"{BANK},{account},{number},\n" for account, number in registered(accounts))
    (config / "accounts.csv").write_text(f"bank,account,number,since\n{rows}", encoding="utf-8")
    house = (config / "ivr.toml").read_text(encoding="utf-8")
    house = house.replace("min_replicas = 0", f"min_replicas = {replicas}")
    (config / "ivr.toml").write_text(house, encoding="utf-8")
    environment = {
        "IVR_MASTER_KEYS": new_master_key(),
        "IVR_LASTING_KEY": new_key(),
        "IVR_CARRIER_ACCOUNT": f"AC{secrets.token_hex(16)}",
        "IVR_CARRIER_TOKENS": secrets.token_hex(16),
        "IVR_ALLOW_HTTP": "yes",
        "IVR_PUBLIC_URL": PUBLIC,
        "IVR_CARRIER_URL": "http://127.0.0.1:9",
        "IVR_REDIS_URL": redis_url,
        "IVR_CONFIG": str(config),
        "IVR_CALLFLOWS": str(ROOT / "callflows"),
        "IVR_DATA": str(folder),
    }
    settings = read_settings(environment)
    wanted = {
        "bank": BANK,
        "scopes": ["read", "verify"],
        "callback_prefixes": [calls_back] if calls_back else [],
        "source_addresses": [],
        "private_callbacks": bool(calls_back),
    }
    key = add_client(settings.clients_file, CLIENT, wanted)
    return World(environment=environment, settings=settings, key=key)


def registered(count: int) -> Iterator[tuple[str, str]]:
    """Yield accounts with a number each."""
    for number in range(count):
        yield f"101-{number:07d}", f"+8190{number + 10_000_000:08d}"


def asked(account: str) -> Request:
    """Return the request for an account."""
    return msgspec.convert(_asked(account), Request)


def _asked(account: str) -> dict[str, str]:
    return {
        "mode": "readout",
        "purpose": "link",
        "bank": BANK,
        "wallet": WALLET,
        "account": account,
        "reference": "link-20260115-0042",
    }


def body_of(account: str, **more: str) -> bytes:
    """Return a start's body."""
    return msgspec.json.encode({**_asked(account), **more})


class Originals:
    """Records in each state that a request meets, made anew for each batch: their lives are short."""

    def __init__(self, world: World, client: redis.Redis | None = None) -> None:
        """Wire the use cases around a store in memory, or one on a server."""
        settings = world.settings
        sealer = Sealer(settings.keyring)
        memory = MemoryStore(world.names(), sealer, now_ms)
        parts = world.parts(RedisStore(client, world.names(), sealer) if client else memory)
        self._records = parts.records
        common: dict[str, Any] = {
            "records": parts.records,
            "keyring": settings.keyring,
            "banks": settings.banks,
        }
        spoken: dict[str, Any] = {
            "views": parts.views,
            "flows": parts.flows,
            "wallets": settings.wallets,
        }
        self._starting = Starting(**common, **spoken, registry=parts.registry)
        self._calls = Calls(**common, **spoken, pacing=parts.pacing)
        self._desk = Desk()
        self._placings = Placings(
            **common, routes={"main": Route(self._desk)}, pacing=parts.pacing, public_url=PUBLIC
        )
        self._views = parts.views
        self._client = parts.clients.find_by_key(world.key)
        self._accounts = itertools.count()

    def make(self, state: State) -> Record:
        """Return a new record in `state`: wanted, ringing, answered, spoken."""
        account = f"101-{next(self._accounts):07d}"
        view = self._starting.start(self._client, asked(account), b"d" * 32, secrets.token_hex(16))
        found = view.record.verification.id
        if state is not State.WANTED:
            self._placings.place(found)
        if state in {State.ANSWERED, State.SPOKEN}:
            self._turn(found, 0, "")
        if state is State.SPOKEN:
            self._turn(found, 1, "1")
        record, _ = self._records.read(found)
        if record.verification.state is not state:
            raise SystemExit(f"bench: {record.verification.state} where {state} was wanted")
        return record

    def address(self, verification: str) -> HookAddress:
        """Return where the hooks of a placed call go."""
        token = self._desk.orders[verification].voice_url.split("/")[6]
        return HookAddress(verification=verification, call=1, token=token)

    def passcode(self, verification: Verification) -> str:
        """Return the passcode of a verification or a copy of one."""
        return self._views.passcode(verification)

    def _turn(self, verification: str, number: int, digits: str) -> None:
        address = msgspec.structs.replace(self.address(verification), turn=number)
        self._calls.take_turn(address, VoiceHook(sid=SID, digits=digits, finished_on=""))
        if number == 0:
            news = StatusHook(sid=SID, news=CallProgress.ANSWERED)
            self._calls.report(self.address(verification), news)


class Queue:
    """A Redis client for filling: what scripts are asked goes into a pipeline, and they seem to succeed."""

    def __init__(self, client: redis.Redis, batch: int = 1000) -> None:
        """Send every `batch` scripts, and at `flush`."""
        self._client = client
        self._pipe = client.pipeline(transaction=False)
        self._batch = batch

    def register_script(self, text: str) -> Any:
        """Return something that is called as redis-py's scripts are."""
        sha = str(self._client.script_load(text))

        def run(keys: list[str], args: list[Any]) -> Any:
            self._pipe.evalsha(sha, len(keys), *keys, *args)
            if len(self._pipe) >= self._batch:
                self.flush()
            return b"SAVED"

        return run

    def flush(self) -> None:
        """Send what is waiting. Raises what a script raised, or SystemExit where a save was refused."""
        if any(answer != b"SAVED" for answer in self._pipe.execute()):
            raise SystemExit("bench: a record could not be put into the store")


class Filling:
    """Copies records into the server, each under an id, an account and a number of its own."""

    def __init__(self, world: World, client: redis.Redis) -> None:
        """Take the server's client."""
        self._world = world
        self._names = world.names()
        self._queue = Queue(client)
        self._store = RedisStore(self._queue, self._names, Sealer(world.settings.keyring))  # type: ignore[arg-type]
        self._limits = world.settings.banks[BANK].limits
        self._accounts = itertools.count()

    def copies(self, record: Record, count: int) -> list[Verification]:
        """Write `count` copies and return them."""
        copied = [self._copy(record) for _ in range(count)]
        self._queue.flush()
        return copied

    def _copy(self, record: Record) -> Verification:
        at = next(self._accounts)
        account = f"909-{at:07d}"
        name = self._names.account_name(BANK, account)
        found = self._names.new_id(name)
        copied = Record(
            verification=msgspec.structs.replace(
                record.verification, id=found, account=account, number=f"+8170{at:08d}"
            ),
            account=msgspec.structs.replace(record.account, live=found),
        )
        blank = Loaded(
            record=None, account=Account(), account_name=name, marks=(b"", b""), now=now_ms()
        )
        due, keep = copied.next_look(self._limits), copied.keep_for(self._limits)
        self._store.save(blank, copied, [], due=due, keep=keep)
        return copied.verification


def now_ms() -> int:
    """Return the time in milliseconds."""
    return time.time_ns() // 1_000_000
