"""When a callback is tried again: ever more seldom, spread, for as long as it is tried, and then no more."""

import itertools
import statistics

from ivr.domain.delivery import Delivery
from ivr.domain.policy import DAY, SECOND

WAITS = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 14_400, 14_400)


def tries(name: str, until: int = DAY) -> list[int]:
    """When each attempt fails, from the first at 0 until it is parked."""
    delivery, at, found = Delivery(), 0, [0]
    while not (delivery := delivery.failed(at, name, until)).is_parked:
        at = delivery.next_at
        found.append(at)
    return found


def test_it_is_tried_ever_more_seldom_for_a_day_and_then_parked() -> None:
    for number in range(300):
        found = tries(f"v{number}")
        waits = [(b - a) / SECOND for a, b in itertools.pairwise(found)]
        for wait, expected in zip(waits, WAITS, strict=False):
            assert 0.8 * expected <= wait <= 1.2 * expected
        assert 10 <= len(waits) <= 14
        assert DAY - 1.2 * WAITS[-1] * SECOND <= found[-1] < DAY


def test_what_failed_together_is_not_tried_together_again() -> None:
    firsts = [tries(f"v{number}", DAY)[1] for number in range(300)]
    assert len(set(firsts)) > 200
    assert 4.8 * SECOND < statistics.mean(firsts) < 5.2 * SECOND
    assert statistics.stdev(firsts) > 0.4 * SECOND


def test_whoever_reckons_comes_to_the_same_moment() -> None:
    assert tries("v1") == tries("v1")


def test_what_arrived_is_not_tried_again() -> None:
    arrived = Delivery(attempts=3, next_at=9).arrived()
    assert (arrived.attempts, arrived.next_at, arrived.is_parked) == (4, 0, False)
