"""Builds and wires the worker: places calls, delivers callbacks, applies deadlines, archives stories.

The only place that loads the carrier's REST client. Any number of workers may run; a lease keeps two
from doing the same thing, and the compare-and-set makes it harmless where they do.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import FrameType
from typing import Final
from uuid import uuid4

import redis

from ivr.adapters.courier import HttpCourier
from ivr.adapters.flows.followed import FollowedBook
from ivr.adapters.redis_client import check_server, connect
from ivr.adapters.sql_archive import SqlArchive
from ivr.adapters.sql_releases import SqlReleases
from ivr.adapters.told_changes import ToldChanges
from ivr.adapters.traced import TracedCarrier, TracedCourier
from ivr.adapters.twilio_carrier import TwilioCarrier
from ivr.assembly import Parts, assemble, board_of, followed_book, redis_parts
from ivr.crew import Crew, Rounds, Shares
from ivr.domain.errors import SettingsFault
from ivr.domain.policy import SECOND
from ivr.instruments import open_meter, open_traces, serve_metrics
from ivr.logs import start_logging
from ivr.service.announcing import Announcing
from ivr.service.attending import attended, attending
from ivr.service.delivery import Deliveries
from ivr.service.meter_port import Meter, Unmetered
from ivr.service.placing import Placings
from ivr.service.ports import Archive, Courier, Story
from ivr.service.routing import Route
from ivr.service.store_faults import UnkeptError
from ivr.service.trace_port import Traces
from ivr.service.upkeep import BATCH, Upkeep
from ivr.settings import Settings, read_settings

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
        """Take nothing more; `run` returns when what was taken is done."""
        self._stopping.set()

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
        for thread in others:
            thread.join()
        self._guard("archive", self._upkeep.archive)

    def _take(self, only: frozenset[int] | None) -> int:
        ids = self._parts.store.take_due(lease_ms=_LEASE_MS, limit=_THREADS, partitions=only)
        for verification_id in ids:
            self._attending.take_on(partial(self._attend, verification_id), wait=True)
        return len(ids)

    def _attend(self, verification_id: str) -> None:
        with attending(request=str(uuid4()), verification=verification_id):
            began = time.time_ns()
            self._guard("attend", lambda: self._upkeep.attend(verification_id, self._hand_over))
            self._traces.span("worker.attend", began)

    def _hand_over(self, verification_id: str, client: str) -> None:
        """Give a callback to its crew; where nobody is free it is due again when the lease runs out."""
        deliver = partial(self._deliver, verification_id, attended())
        if self._shares.take(client, deliver) and not self._delivering.take_on(
            partial(self._deliver_all, client, deliver), wait=False
        ):
            self._shares.give_back(client)

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


def _meter(settings: Settings, client: redis.Redis, book: FollowedBook) -> Meter:
    if settings.worker_metrics is None:
        return ToldChanges(Unmetered())
    meter = open_meter(settings, client, book)
    serve_metrics(meter, settings.worker_metrics)
    return ToldChanges(meter)


def _stop_when_told(worker: Worker) -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


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
    parts = assemble(settings, store, bell, book, _meter(settings, client, book))
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

    _stop_when_told(worker)
    _LOG.info("worker_started")
    worker.run()
    _LOG.info("worker_stopped")
