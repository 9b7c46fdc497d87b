"""What is looked up when metrics are read: the releases in force here, and what waits in the store.

Knows the names of these metrics. A store that does not answer is told as one, and hides nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import redis
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ivr.adapters.redis_backlog import RedisBacklog


class ReleasesInForce(Collector):
    """The release of call flows that each scope follows in this process."""

    def __init__(self, in_force: Callable[[], Mapping[str, str]]) -> None:
        """`in_force` gives the release of each scope: all banks, or one."""
        self._in_force = in_force

    def collect(self) -> Iterator[Metric]:
        """Give a line for each scope."""
        told = GaugeMetricFamily(
            "honnin_flow_release",
            "Release of call flows in force, as a label.",
            labels=("scope", "release"),
        )
        for scope, release in self._in_force().items():
            told.add_metric((scope, release), 1)
        yield told


class Waiting(Collector):
    """What is due and not yet attended to, and what is not yet archived."""

    def __init__(self, backlog: RedisBacklog) -> None:
        """Take what looks into the store."""
        self._backlog = backlog

    def collect(self) -> Iterator[Metric]:
        """Give what was found, and whether the store answered."""
        answers = GaugeMetricFamily("honnin_store_answers", "Whether the store answered just now.")
        try:
            found = self._backlog.read()
        except redis.RedisError:
            answers.add_metric((), 0)
            yield answers
            return
        answers.add_metric((), 1)
        yield answers
        yield GaugeMetricFamily("honnin_due", "Verifications to attend to now.", found.due)
        yield GaugeMetricFamily(
            "honnin_due_oldest_seconds", "Since when the oldest of them is due.", found.oldest
        )
        yield GaugeMetricFamily(
            "honnin_unarchived", "Stories that wait for the archive.", found.unarchived
        )
