"""Stores on a bench: each kind of store, with what a test needs to look behind it."""

import time
from collections.abc import Iterator, Mapping
from typing import Protocol, cast

import fakeredis
import redis

from ivr.adapters.memory_store import MemoryStore
from ivr.adapters.names import Names
from ivr.adapters.redis_store import RedisStore
from ivr.adapters.seal import Sealer
from ivr.domain.keyring import Keyring
from ivr.domain.policy import SECOND
from ivr.service.ports import Store, Story

PARTITIONS = 8
K1, K2, LASTING = b"1" * 32, b"2" * 32, b"l" * 32
KEYRING = Keyring({"k1": K1}, LASTING)
NAMES = Names(KEYRING, PARTITIONS)


class AnyStore(Store, Story, Protocol):
    """Both ports: values and their stories."""


class Bench(Protocol):
    """One store and the way behind it."""

    store: AnyStore

    def reopen(self, keyring: Keyring) -> AnyStore:
        """Return another store over the same data, as another process has it."""

    def wait(self, seconds: float) -> None:
        """Let time pass."""

    def let_calls_age(self, hours: float) -> None:
        """Make every reserved call older."""

    def let_claims_age(self, ms: int) -> None:
        """Make every claimed idempotency key older."""

    def values(self) -> Mapping[str, bytes]:
        """Return the sealed values by their names."""

    def put(self, name: str, value: bytes) -> None:
        """Put a sealed value behind the store's back."""

    def everything(self) -> Iterator[bytes]:
        """Return every name and every value, of whatever kind."""


class MemoryBench:
    """The store in memory, with a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_763_780_400_000
        self.memory = MemoryStore(NAMES, Sealer(KEYRING), lambda: self.now)
        self.store: AnyStore = self.memory

    def reopen(self, keyring: Keyring) -> AnyStore:
        other = MemoryStore(Names(keyring, PARTITIONS), Sealer(keyring), lambda: self.now)
        other.__dict__.update(
            {
                name: value
                for name, value in self.memory.__dict__.items()
                if name not in {"_names", "_sealer"}
            }
        )
        return other

    def wait(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)

    def let_calls_age(self, hours: float) -> None:
        self.wait(hours * 3600)

    def let_claims_age(self, ms: int) -> None:
        self.now += ms

    def values(self) -> Mapping[str, bytes]:
        return dict(self.memory._values)

    def put(self, name: str, value: bytes) -> None:
        self.memory._values[name] = value

    def everything(self) -> Iterator[bytes]:
        for name, value in self.memory._values.items():
            yield name.encode()
            yield value
        yield repr((self.memory._due, self.memory._claims, list(self.memory._calls))).encode()


class RedisBench:
    """The store on a Redis server, real or fake, which is emptied first."""

    def __init__(self, client: redis.Redis, replicas: int = 0) -> None:
        self.client = client
        self._replicas = replicas
        client.flushall()
        self.store: AnyStore = self.reopen(KEYRING)

    def reopen(self, keyring: Keyring) -> AnyStore:
        names = Names(keyring, PARTITIONS)
        return RedisStore(self.client, names, Sealer(keyring), self._replicas)

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def let_calls_age(self, hours: float) -> None:
        age_calls(self.client, round(hours * 3600 * SECOND))

    def let_claims_age(self, ms: int) -> None:
        age_claims(self.client, ms)

    def values(self) -> Mapping[str, bytes]:
        found = {}
        for key in self.client.scan_iter("{p*"):
            if self.client.type(key) == b"string":
                found[key.decode().partition("}")[2]] = cast("bytes", self.client.get(key))
        return found

    def put(self, name: str, value: bytes) -> None:
        account = NAMES.account_of(name) or name
        self.client.set(NAMES.tag(NAMES.partition_of(account)) + name, value)

    def everything(self) -> Iterator[bytes]:
        for key in self.client.scan_iter():
            yield key
            match self.client.type(key):
                case b"string":
                    yield cast("bytes", self.client.get(key))
                case b"hash":
                    found = cast("dict[bytes, bytes]", self.client.hgetall(key))
                    yield from (*found, *found.values())
                case b"zset":
                    yield from cast("list[bytes]", self.client.zrange(key, 0, -1))
                case _:
                    yield repr(self.client.xrange(key)).encode()


def age_calls(client: redis.Redis, ms: int) -> None:
    """Make every reserved call older."""
    for key in client.scan_iter("n*"):
        client.set(key, b"".join(_older(each, ms) for each in calls_in(client, key)), keepttl=True)


def calls_in(client: redis.Redis, key: bytes) -> list[bytes]:
    """Return the calls that are reserved under a key: each with its time and a byte that says how long it is."""
    found, lying = [], cast("bytes", client.get(key))
    while lying:
        end = 7 + lying[6]
        found.append(lying[:end])
        lying = lying[end:]
    return found


def age_claims(client: redis.Redis, ms: int) -> None:
    """Make every claimed idempotency key older."""
    for key in client.scan_iter("{i*"):
        for name, claim in cast("dict[bytes, bytes]", client.hgetall(key)).items():
            client.hset(key, name, _older(claim, ms))


def _older(stamped: bytes, ms: int) -> bytes:
    return (int.from_bytes(stamped[:6]) - ms).to_bytes(6) + stamped[6:]


def fake_bench() -> RedisBench:
    """Return a bench over fakeredis."""
    return RedisBench(fakeredis.FakeRedis())
