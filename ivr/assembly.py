"""What web processes, workers and commands have in common, wired once from the settings.

With `app.py` and `worker.py` this is the composition root: plain lines, no container.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import redis

from ivr.adapters.client_book import ClientBook
from ivr.adapters.csv_registry import CsvRegistry, japanese_today
from ivr.adapters.flows.files import compile_release, load_book, read_folder
from ivr.adapters.flows.followed import FollowedBook
from ivr.adapters.flows.times import Served
from ivr.adapters.names import Names
from ivr.adapters.receipts import Ed25519Receipts
from ivr.adapters.redis_bell import RedisBell
from ivr.adapters.redis_board import RedisBoard
from ivr.adapters.redis_store import RedisStore
from ivr.adapters.seal import Sealer
from ivr.domain.policy import Limits
from ivr.domain.release import ALL_BANKS
from ivr.service.gate_port import Gate, Rate
from ivr.service.meter_port import Meter
from ivr.service.pacing import Pacing
from ivr.service.ports import Bell, FlowBook, Registry, Store
from ivr.service.receipts import Receipts
from ivr.service.records import Records
from ivr.service.room import Room
from ivr.service.views import Views
from ivr.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts that everything else is built from."""

    settings: Settings
    store: Store
    bell: Bell
    records: Records
    views: Views
    receipts: Receipts
    signer: Ed25519Receipts
    clients: ClientBook
    flows: FlowBook
    registry: Registry
    pacing: Pacing
    check_room: Callable[[], None] = lambda: None
    """Raises `TryLater` where nothing new can be taken."""


def assemble(
    settings: Settings,
    store: Store,
    bell: Bell,
    flows: FlowBook | None = None,
    meter: Meter | None = None,
) -> Parts:
    """Wire the parts around a store; without `flows` those of the folder are in force.

    Raises `SettingsFault` or `FlowFault`.
    """
    keyring = settings.keyring
    records = Records(store, lambda bank: _limits_of(settings, bank), meter)
    signer = Ed25519Receipts(keyring)
    receipts = Receipts(signer, keyring, settings.public_url)
    return Parts(
        settings=settings,
        store=store,
        bell=bell,
        records=records,
        views=Views(keyring, receipts),
        receipts=receipts,
        signer=signer,
        clients=ClientBook(settings.clients_file),
        flows=flows or load_book(settings.callflows_dir, served_by(settings)),
        registry=CsvRegistry(settings.accounts_file, japanese_today),
        pacing=pacing_of(settings, store),
        check_room=_room_of(settings, store),
    )


def pacing_of(settings: Settings, gate: Gate) -> Pacing:
    """Return the pace that is configured."""
    carriers = {
        each.id: Rate(per_second=each.calls_per_second, at_once=each.calls_at_once)
        for each in settings.carriers
    }
    return Pacing(gate, carriers=carriers, banks=settings.banks, wallets=settings.wallets)


def _room_of(settings: Settings, store: Store) -> Callable[[], None]:
    """Return the check for room; a store of one process has no limits of its own."""
    if not isinstance(store, RedisStore):
        return lambda: None
    house = settings.house
    room = Room(store, most_due=house.most_due, most_memory_percent=house.most_memory_percent)
    return room.check


def _limits_of(settings: Settings, bank: str) -> Limits:
    """Return a bank's limits; a bank that was taken out meanwhile still gets its verdicts."""
    found = settings.banks.get(bank)
    return found.limits if found else Limits()


def redis_parts(client: redis.Redis, settings: Settings) -> tuple[RedisStore, RedisBell]:
    """Return the store and the bell on a Redis client."""
    names = Names(settings.keyring, settings.house.partitions)
    sealer = Sealer(settings.keyring)
    return RedisStore(client, names, sealer, settings.house.min_replicas), RedisBell(client)


def served_by(settings: Settings, scope: str = ALL_BANKS) -> Served:
    """Return who will hear a release of this scope, with the limits that it must keep."""
    heard = settings.banks if scope == ALL_BANKS else {scope: settings.banks[scope]}
    return Served(banks=heard, wallets=settings.wallets)


def board_of(client: redis.Redis, settings: Settings) -> RedisBoard:
    """Return the board on which releases of call flows are announced."""
    return RedisBoard(client, Sealer(settings.keyring))


def followed_book(client: redis.Redis, settings: Settings) -> FollowedBook:
    """Return the releases in force, the folder's own where nothing else is. Raises `FlowFault`."""
    files = read_folder(settings.callflows_dir)
    own = compile_release(ALL_BANKS, files, settings.callflows_dir, served_by(settings))
    return FollowedBook(files, own, board_of(client, settings))
