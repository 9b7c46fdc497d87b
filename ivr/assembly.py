"""What web processes, workers and commands have in common, wired once from the settings.

With `app.py` and `worker.py` this is the composition root: plain lines, no container.
"""

from __future__ import annotations

from dataclasses import dataclass

import redis

from ivr.adapters.client_book import ClientBook
from ivr.adapters.csv_registry import CsvRegistry, japanese_today
from ivr.adapters.flows.files import load_book
from ivr.adapters.flows.times import Served
from ivr.adapters.names import Names
from ivr.adapters.receipts import Ed25519Receipts
from ivr.adapters.redis_bell import RedisBell
from ivr.adapters.redis_store import RedisStore
from ivr.adapters.seal import Sealer
from ivr.domain.policy import Limits
from ivr.service.ports import Bell, FlowBook, Registry, Store
from ivr.service.receipts import Receipts
from ivr.service.records import Records
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


def assemble(settings: Settings, store: Store, bell: Bell) -> Parts:
    """Wire the parts around a store. Raises `SettingsFault` or `FlowFault`."""
    keyring = settings.keyring
    records = Records(store, lambda bank: _limits_of(settings, bank))
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
        flows=load_book(
            settings.callflows_dir, Served(banks=settings.banks, wallets=settings.wallets)
        ),
        registry=CsvRegistry(settings.accounts_file, japanese_today),
    )


def _limits_of(settings: Settings, bank: str) -> Limits:
    """Return a bank's limits; a bank that was taken out meanwhile still gets its verdicts."""
    found = settings.banks.get(bank)
    return found.limits if found else Limits()


def redis_parts(client: redis.Redis, settings: Settings) -> tuple[RedisStore, RedisBell]:
    """Return the store and the bell on a Redis client."""
    names = Names(settings.keyring, settings.house.partitions)
    return RedisStore(client, names, Sealer(settings.keyring)), RedisBell(client)
