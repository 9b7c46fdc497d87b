"""Builds and wires the worker: places calls, delivers callbacks, applies deadlines, archives stories.

The only place that loads the carrier's REST client. Any number of workers may run; a lease keeps two
from doing the same thing, and the compare-and-set makes it harmless where they do.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final
from uuid import uuid4

import redis

from ivr.adapters.courier import HttpCourier
from ivr.adapters.redis_client import check_server, connect
from ivr.adapters.sql_archive import SqlArchive
from ivr.adapters.sql_releases import SqlReleases
from ivr.adapters.traced import TracedCarrier, TracedCourier
from ivr.adapters.twilio_carrier import TwilioCarrier
from ivr.assembly import Parts, assemble, board_of, followed_book, redis_parts
from ivr.crew import Crew, Rounds, Shares
from ivr.domain.errors import SettingsFault
from ivr.domain.policy import SECOND
from ivr.instruments import open_traces, open_worker_meter
from ivr.logs import start_logging
from ivr.service.announcing import Announcing
from ivr.service.attending import attended, attending
from ivr.service.delivery import Deliveries
from ivr.service.placing import Placings
from ivr.service.ports import Archive, Courier, Story
from ivr.service.routing import Route
from ivr.service.store_faults import UnkeptError
from ivr.service.trace_port import Traces
from ivr.service.upkeep import BATCH, Upkeep
from ivr.settings import Settings, read_settings
from ivr.stopping import stop_when_told

_LOG: Final = logging.getLogger(__name__)
_THREADS: Final = 16
_OF_ONE_CLIENT: Final = 4
_REMEMBERED: Final = 64
_REMEMBERED_SECONDS: Final = 3.0
"""Callbacks of a client beyond its four: done as soon as one of them is over, well within their leases."""
_LEASE_MS: Final = 10 * SECOND
"""Longer than one request to the carrier or to a bank, and shorter than a wish to call lives."""
_SWEEP_SECONDS: Final = 1.0
_ARCHIVE_SECONDS: Final = 1.0
_ANNOUNCE_SECONDS: Final = 0.5
"""With the look that each process takes once a second, a lost announcement costs less than two."""
_AWAY_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 9.0
"""Longer than one request to the carrier or to a bank. Whatever is still under way then, its lease has
run out but for a second, and another worker does what its record says."""


def create_upkeep(
    parts: Parts, *, routes: Mapping[str, Route], courier: Courier, story: Story, archive: Archive
) -> Upkeep:
    """Wire what a worker does."""
    settings = parts.settings
    return Upkeep(
        records=parts.records,
        placings=Placings(
            records=parts.records,
            routes=routes,
            keyring=settings.keyring,
            banks=settings.banks,
            pacing=parts.pacing,
            public_url=settings.public_url,
        ),
        deliveries=Deliveries(
            records=parts.records,
            receipts=parts.receipts,
            keyring=settings.keyring,
            courier=courier,
        ),
        find_client=parts.clients.find,
        story=story,
        archive=archive,
    )


class Worker:
    """Takes what is due and attends to it on a few threads, until it is told to stop.

    Callbacks have threads of their own: a bank that answers slowly, or drips, delays no call.
    """

    def __init__(
        self, parts: Parts, upkeep: Upkeep, announcing: Announcing, traces: Traces
    ) -> None:
        """Take the parts and what is to be done."""
        self._traces = traces
        self._announcing = announcing
        self._parts = parts
        self._upkeep = upkeep
        self._stopping = threading.Event()
        self._attending = Crew("attend", _THREADS)
        self._delivering = Crew("deliver", _THREADS)
        self._shares = Shares(_OF_ONE_CLIENT, _REMEMBERED, _REMEMBERED_SECONDS)

    def stop(self) -> None:
        """Begin nothing more and hand back what is not begun; `run` returns when the rest is done."""
        self._stopping.set()
        self._attending.close()
        self._delivering.close()
        self._parts.bell.let_go()

    def run(self) -> None:
        """Work until stopped. What fails is logged and tried again when its lease runs out."""
        others = [
            threading.Thread(target=self._archive, name="archivist"),
            threading.Thread(target=self._announce, name="announcer"),
        ]
        for thread in others:
            thread.start()
        rounds = Rounds(self._parts.bell.wait_for_work, _SWEEP_SECONDS)
        with self._delivering.pool, self._attending.pool:
            while not self._stopping.is_set():
                taken = self._guard("take", partial(self._take, rounds.partitions))
                if taken is None:
                    self._stopping.wait(_AWAY_SECONDS)
                rounds.go_on(is_more=(taken or 0) >= _THREADS)
            self._guard("hand_back", self._hand_back_callbacks)
        for thread in others:
            thread.join()
        self._guard("archive", self._upkeep.archive)

    def _take(self, only: frozenset[int] | None) -> int:
        ids = self._parts.store.take_due(lease_ms=_LEASE_MS, limit=_THREADS, partitions=only)
        for place, verification_id in enumerate(ids):
            if not self._attending.take_on(partial(self._attend, verification_id), wait=True):
                self._hand_back(ids[place:])
                break
        return len(ids)

    def _hand_back(self, ids: Sequence[str]) -> None:
        if ids:
            self._parts.store.hand_back(ids)
            _LOG.info("handed_back", extra={"count": len(ids)})

    def _hand_back_callbacks(self) -> None:
        """Hand back those that wait for others of their client."""
        waiting = self._shares.drain()
        self._hand_back([each.args[0] for each in waiting if isinstance(each, partial)])

    def _attend(self, verification_id: str) -> None:
        with attending(request=str(uuid4()), verification=verification_id):
            began = time.time_ns()
            self._guard("attend", lambda: self._upkeep.attend(verification_id, self._hand_over))
            self._traces.span("worker.attend", began)

    def _hand_over(self, verification_id: str, client: str) -> None:
        """Give a callback to its crew; where nobody is free it is due again when the lease runs out."""
        deliver = partial(self._deliver, verification_id, attended())
        if self._shares.take(client, deliver):
            work = partial(self._deliver_all, client, deliver)
            if self._delivering.take_on(work, wait=False):
                return
            self._shares.give_back(client)
        if self._stopping.is_set():
            self._hand_back([verification_id])

    def _deliver_all(self, client: str, first: Callable[[], object]) -> None:
        """Deliver, and then what came meanwhile and found all places of its client taken."""
        work: Callable[[], object] | None = first
        while work:
            work()
            if self._stopping.is_set():
                self._shares.give_back(client)
                return
            work = self._shares.next_of(client)

    def _deliver(self, verification_id: str, names: Mapping[str, str]) -> None:
        with attending(**names):
            self._guard("deliver", partial(self._upkeep.deliver, verification_id))

    def _archive(self) -> None:
        while not self._stopping.wait(_ARCHIVE_SECONDS):
            while (self._guard("archive", self._upkeep.archive) or 0) >= BATCH:
                pass

    def _announce(self) -> None:
        """Keep the announcement of call flows right; nobody waits for another's SQL or Redis meanwhile."""
        while not self._stopping.is_set():
            done = self._guard("announce", self._announcing.announce)
            self._stopping.wait(_AWAY_SECONDS if done is None else _ANNOUNCE_SECONDS)

    def _guard(self, what: str, work: Callable[[], int | None]) -> int | None:
        """Do one piece of work; None where it failed. Whatever fails, the worker goes on."""
        try:
            return work() or 0
        except (redis.RedisError, UnkeptError) as error:
            _LOG.error("store_unavailable", extra={"what": what, "error": type(error).__name__})
        except Exception:  # noqa: BLE001 - one record's trouble must not stop the others
            _LOG.exception("work_failed", extra={"what": what})
        return None


def _routes(settings: Settings, traces: Traces) -> dict[str, Route]:
    """Return the way to each carrier, the preferred one first."""
    fallback = settings.house.carrier_fallback_url
    return {
        each.id: Route(TracedCarrier(TwilioCarrier(each, fallback), traces))
        for each in settings.carriers
    }


def run_worker() -> None:
    """Run a worker from the environment until SIGTERM or SIGINT. Raises `SettingsFault` or `FlowFault`."""
    start_logging()
    settings = read_settings()
    if not all(each.tokens for each in settings.carriers):
        raise SettingsFault(("IVR_CARRIER_TOKENS: is missing, and a worker asks the carrier",))
    client = connect(settings.redis_url)
    store, bell = redis_parts(client, settings)
    try:
        check_server(client, settings.house.min_replicas)
        store.check_house()
    except redis.RedisError as error:
        fault = f"IVR_REDIS_URL: the server does not answer ({type(error).__name__})"
        raise SettingsFault((fault,)) from error
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    book = followed_book(client, settings)
    book.follow()
    parts = assemble(settings, store, bell, book, open_worker_meter(settings, client, book))
    traces = open_traces(settings, "honnin-worker")
    upkeep = create_upkeep(
        parts,
        routes=_routes(settings, traces),
        courier=TracedCourier(HttpCourier(), traces),
        story=store,
        archive=SqlArchive(settings.database_url),
    )
    announcing = Announcing(SqlReleases(settings.database_url), board_of(client, settings))
    worker = Worker(parts, upkeep, announcing, traces)

    stop_when_told(worker.stop, _STOP_SECONDS)
    _LOG.info("worker_started")
    worker.run()
    _LOG.info("worker_stopped")
