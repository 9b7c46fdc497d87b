"""Wires what shows the product at work: metrics and traces, where the settings ask for them.

With `app.py` and `worker.py` this is the composition root. What is not asked for is not loaded.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import redis

from ivr.adapters.flows.followed import FollowedBook
from ivr.adapters.names import Names
from ivr.adapters.redis_backlog import RedisBacklog
from ivr.adapters.told_changes import ToldChanges
from ivr.domain.errors import SettingsFault
from ivr.service.meter_port import Meter, Unmetered
from ivr.service.trace_port import Traces, Untraced
from ivr.settings import Settings

if TYPE_CHECKING:
    from ivr.adapters.prometheus_meter import PrometheusMeter

_METER = "ivr.adapters.prometheus_meter"
_TRACES = "ivr.adapters.otel_traces"
_LOOKS = "ivr.adapters.prometheus_looks"


def open_meter(settings: Settings, client: redis.Redis, book: FollowedBook) -> PrometheusMeter:
    """Return a meter that also shows the releases in force here and what waits in the store."""
    looks = importlib.import_module(_LOOKS)
    backlog = RedisBacklog(client, Names(settings.keyring, settings.house.partitions))
    in_force, waiting = looks.ReleasesInForce(book.in_force), looks.Waiting(backlog)
    meter: PrometheusMeter = importlib.import_module(_METER).PrometheusMeter(in_force, waiting)
    return meter


def open_worker_meter(settings: Settings, client: redis.Redis, book: FollowedBook) -> Meter:
    """Return what a worker counts with: it tells every change, and shows its counts where that is asked for."""
    if settings.worker_metrics is None:
        return ToldChanges(Unmetered())
    meter = open_meter(settings, client, book)
    serve_metrics(meter, settings.worker_metrics)
    return ToldChanges(meter)


def serve_metrics(meter: PrometheusMeter, address: tuple[str, int]) -> None:
    """Serve a worker's metrics at an address of their own. Raises `SettingsFault`."""
    try:
        meter.serve(*address)
    except OSError as error:
        fault = f"IVR_WORKER_METRICS_BIND: cannot listen there ({error.strerror}); each worker needs its own"
        raise SettingsFault((fault,)) from error


def open_traces(settings: Settings, service: str) -> Traces:
    """Return where spans of this process go. Raises `SettingsFault` where the extra is not installed."""
    if not settings.traces_url:
        return Untraced()
    try:
        found = importlib.import_module(_TRACES)
    except ModuleNotFoundError as error:
        fault = f"IVR_TRACES_URL: {error.name} is not installed; run: pip install 'honnin[tracing]'"
        raise SettingsFault((fault,)) from error
    traces: Traces = found.by_otlp(service, settings.traces_url)
    return traces
