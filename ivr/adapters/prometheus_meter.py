"""Counts kept for Prometheus: by each thread in a process, by the processes of a machine in one folder.

Knows names, labels and buckets. Every label has few values, and none is an account, a number, a passcode
or a verification. With PROMETHEUS_MULTIPROC_DIR set before this module is loaded (`config/gunicorn.py`),
counts lie in that folder and outlive the process that counted.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from ivr.domain.policy import SECOND
from ivr.domain.record import Record, State, Verification
from ivr.service.meter_port import HookAge, HookTurn
from ivr.service.ports import Note

Measured = TypeVar("Measured", Counter, Histogram)
_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_QUICK: Final = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)
_PATIENT: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
_MOST_CODES: Final = 64
_OTHER: Final = "other"
_UNDER_WAY: Final = frozenset(
    {
        State.WANTED,
        State.PLACING,
        State.RINGING,
        State.ANSWERED,
        State.CONSENTED,
        State.SPOKEN,
    }
)
_CALLBACKS: Final = {
    "callback_delivered": "delivered",
    "callback_failed": "failed",
    "callback_parked": "parked",
}
_CARRIER: Final = {
    "call_accepted": "accepted",
    "carrier_postponed": "postponed",
    "carrier_refused": "refused",
    "carrier_unsure": "unsure",
}


class PrometheusMeter:
    """Counts; fulfils `Meter`."""

    def __init__(self, *collectors: Collector) -> None:
        """`collectors` add what is looked up at the moment of reading."""
        self._own = CollectorRegistry()
        folder = os.environ.get(_FOLDER)
        counted = MultiProcessCollector(None, folder) if folder else self._own  # type: ignore[no-untyped-call]
        self.registry = _Everything(counted, *collectors)
        self._codes: set[str] = set()
        self._lock = threading.Lock()
        self._counting: dict[tuple[object, ...], Any] = {}
        self._count_requests()
        self._count_calls()

    def _count_requests(self) -> None:
        """Make what the web processes count."""
        self._requests = self._histogram(
            "request_seconds", "Requests, by endpoint and status.", _QUICK, "endpoint", "status"
        )
        self._polls = Gauge(
            "honnin_polls_held",
            "Long polls held now.",
            registry=self._own,
            multiprocess_mode="livesum",
        )
        text = "Hooks of the carrier, by turn, and whether news."
        self._hooks = self._counter("hooks", text, "turn", "age")
        self._forged = self._counter("hooks_forged", "Hooks that were not the carrier's.")

    def _count_calls(self) -> None:
        """Make what is counted of verifications, by whoever changes them."""
        self._verdicts = self._counter("verdicts", "Verdicts.", "mode", "verdict", "reason")
        self._disputes = self._counter("disputes", "'Not me' after a verdict.")
        text = "Calls that ended, or met their verdict, by how."
        self._calls = self._counter("calls", text, "result")
        text = "What the carrier said to calls asked of it."
        self._carrier = self._counter("carrier_answers", text, "answer", "code")
        text = "From the wish to call until the carrier is asked."
        self._waited = self._histogram("call_wait_seconds", text, _PATIENT)
        self._callbacks = self._counter("callbacks", "Callbacks tried, by result.", "result")

    def expose(self) -> bytes:
        """Return all counts in Prometheus' text format."""
        return generate_latest(self.registry)

    def serve(self, host: str, port: int) -> None:
        """Serve all counts at an address, in a thread. Raises `OSError`."""
        start_http_server(port, host, registry=self.registry)

    def hook(self, turn: HookTurn, age: HookAge) -> None:
        """Count a hook that was the carrier's."""
        self._of(self._hooks, turn, age).inc()

    def hook_forged(self) -> None:
        """Count a hook that was not."""
        self._forged.inc()

    def answered(self, endpoint: str, status: int, seconds: float) -> None:
        """Count a request of the web processes, however it was answered."""
        self._of(self._requests, endpoint, status).observe(seconds)

    def polls_held(self, more: int) -> None:
        """Add to the number of polls that are held now."""
        self._polls.inc(more)

    def saved(self, before: Record | None, after: Record, notes: Sequence[Note]) -> None:
        """Count what a change did."""
        former, present = before.verification if before else None, after.verification
        if former and former.state is not present.state:
            self._moved(former, present)
        for note in notes:
            self._noted(note, present)

    def _moved(self, former: Verification, present: Verification) -> None:
        if former.state in _UNDER_WAY and present.state not in _UNDER_WAY:
            result = present.reason if present.decided else present.last_call
            self._of(self._calls, result or _OTHER).inc()
        if present.decided and not former.decided and present.reason:
            self._of(self._verdicts, present.mode, present.verdict, present.reason).inc()

    def _noted(self, note: Note, present: Verification) -> None:
        kind = note.kind
        if kind in _CARRIER:
            code = self._code(str(note.detail.get("code", "")))
            self._of(self._carrier, _CARRIER[kind], code).inc()
        elif kind == "placing_started":
            self._waited.observe(max(0, note.at - present.call.wished_at) / SECOND)
        elif kind in _CALLBACKS:
            self._of(self._callbacks, _CALLBACKS[kind]).inc()
        elif kind == "not_me_after_verdict":
            self._disputes.inc()

    def _of(self, metric: Measured, *labels: object) -> Measured:
        """Return what counts under these labels, without the library's look-up for each time."""
        found: Measured | None = self._counting.get((metric, labels))
        if found is None:
            found = self._counting[metric, labels] = metric.labels(*labels)
        return found

    def _code(self, code: str) -> str:
        """Return a code of the carrier as it is, up to so many: what it makes up must not fill our memory."""
        with self._lock:
            if code not in self._codes and len(self._codes) >= _MOST_CODES:
                return _OTHER
            self._codes.add(code)
        return code

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"honnin_{name}", text, labels, registry=self._own)

    def _histogram(self, name: str, text: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(f"honnin_{name}", text, labels, registry=self._own, buckets=buckets)


class _Everything(CollectorRegistry):
    """What was counted, here or by all processes together, and what is looked up when it is read."""

    def __init__(self, *collectors: Collector | CollectorRegistry) -> None:
        super().__init__(auto_describe=False)
        self._all = collectors

    def collect(self) -> Iterable[Metric]:
        """Give every metric."""
        return chain.from_iterable(each.collect() for each in self._all)
