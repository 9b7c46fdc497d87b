"""How much of everything a number of verifications a second needs, from what one of them takes.

Pure arithmetic: what is assumed stands at the top, what is measured is handed in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec

HALF = 0.5
"""How much of a core is used by whatever must answer at once: a web process, a worker, a primary."""
CARRIER_SECONDS, CALLS_AT_ONCE = 0.3, 16
CALLBACK_SECONDS, CALLBACKS_AT_ONCE = 0.2, 4
"""How long a carrier and a bank take to answer, and how many of each a worker waits for at once (of one client)."""
LIVE_SECONDS, KEPT_SECONDS, DAY_SECONDS = 120, 3_600, 8 * 3_600
"""From start to verdict, from verdict until it is forgotten, and how much of its busiest second a day has."""
API_PART = 1 / 3
"""Of the web processes, those that hold polls, and so hear of every change."""
FEWEST = 2


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What one verification takes; CPU in seconds, `more` for each worker beyond the first."""

    web: float
    worker: float
    worker_more: float
    redis: float
    redis_more: float
    unevenness: float
    """The busiest primary's part of what all do, times the primaries."""
    changes: float
    message: float
    look: float
    worker_second: float
    syncs: float
    file: float
    network: float
    rows: float
    live: float
    ended: float
    day: float


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a number of verifications a second needs."""

    rate: float
    web: int
    workers: int
    primaries: int
    web_use: float
    worker_use: float
    busiest: float
    memory: float
    syncs: float
    file: float
    network: float
    rows: float


def need(rate: float, one: Parts, three: Parts) -> Need:
    """Return what is needed, by what was measured on one primary and on three.

    Raises ValueError where no number of workers or web processes is enough: each of them costs the others
    more than it takes from them.
    """
    workers = _workers(rate, one)
    web = max(FEWEST, _up(rate * one.web / _left(rate * one.changes * one.message * API_PART)))
    primaries = next(
        each
        for each in (1, *range(3, 1000))
        if _busiest(rate, web, workers, each, one, three) <= HALF
    )
    parts = one if primaries == 1 else three
    return Need(
        rate=rate,
        web=web,
        workers=workers,
        primaries=primaries,
        web_use=rate * (one.web / web + one.changes * one.message * API_PART),
        worker_use=rate * (one.worker + (workers - 1) * one.worker_more) / workers,
        busiest=_busiest(rate, web, workers, primaries, one, three),
        memory=rate * (LIVE_SECONDS * one.live + KEPT_SECONDS * one.ended + DAY_SECONDS * one.day),
        syncs=rate * parts.syncs,
        file=rate * parts.file,
        network=rate * parts.network,
        rows=rate * parts.rows,
    )


def _workers(rate: float, parts: Parts) -> int:
    by_cpu = rate * (parts.worker - parts.worker_more) / _left(rate * parts.worker_more)
    by_calls = rate * CARRIER_SECONDS / CALLS_AT_ONCE / HALF
    by_callbacks = rate * CALLBACK_SECONDS / CALLBACKS_AT_ONCE / HALF
    return max(FEWEST, _up(by_cpu), _up(by_calls), _up(by_callbacks))


def _busiest(
    rate: float, web: int, workers: int, primaries: int, one: Parts, three: Parts
) -> float:
    """Return how much of a core the busiest primary uses."""
    parts = one if primaries == 1 else three
    asked = rate * (parts.redis + (workers - 1) * parts.redis_more)
    by_itself = workers * parts.worker_second + web * parts.look
    return (asked + by_itself) * (parts.unevenness if primaries > 1 else 1.0) / primaries


def most_at(primaries: int, one: Parts, three: Parts) -> int:
    """Return how many verifications a second so many primaries carry."""
    rate = 1
    while need(rate + 1, one, three).primaries <= primaries:
        rate += 1
    return rate


def _left(taken: float) -> float:
    if taken >= HALF:
        raise ValueError(taken)
    return HALF - taken


def _up(value: float) -> int:
    return math.ceil(value - 1e-9)
