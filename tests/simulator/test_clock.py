import threading
import time
from dataclasses import dataclass

import pytest

from ivr.simulator.network.clock import RealClock, VirtualClock


@dataclass(frozen=True)
class Took:
    seconds: float


def test_things_happen_in_the_order_of_their_moments() -> None:
    clock, done = VirtualClock(start=100.0), list[tuple[str, float]]()
    clock.call_at(103.0, lambda: done.append(("late", clock.now())))
    clock.call_at(101.0, lambda: done.append(("soon", clock.now())))
    clock.call_at(101.0, lambda: done.append(("soon too", clock.now())))
    clock.run_until_idle()
    assert done == [("soon", 101.0), ("soon too", 101.0), ("late", 103.0)]


def test_time_moves_as_far_as_it_is_told_and_no_further() -> None:
    clock, done = VirtualClock(start=0.0), list[str]()
    clock.call_at(5.0, lambda: done.append("five"))
    clock.advance(4.9)
    assert (done, clock.now()) == ([], 4.9)
    clock.advance(0.1)
    assert (done, clock.now()) == (["five"], 5.0)


def test_a_cancelled_timer_does_nothing() -> None:
    clock, done = VirtualClock(), list[str]()
    clock.call_at(clock.now() + 1, lambda: done.append("x")).cancel()
    clock.run_until_idle()
    assert done == []


def test_work_in_the_background_comes_back_when_it_took_its_time() -> None:
    clock, done = VirtualClock(start=0.0), list[float]()
    clock.in_background(lambda: Took(7.0), lambda _took: done.append(clock.now()))
    clock.run_until_idle()
    assert done == [7.0]


def test_a_world_that_never_rests_is_told_so() -> None:
    clock = VirtualClock()

    def again() -> None:
        clock.call_at(clock.now(), again)

    again()
    with pytest.raises(RuntimeError, match="still busy"):
        clock.run_until_idle()


def test_a_fast_clock_waits_less() -> None:
    clock, done = RealClock(speed=100.0), threading.Event()
    clock.start()
    began = time.monotonic()
    clock.call_at(clock.now() + 10.0, done.set)
    assert done.wait(60)
    clock.stop()
    assert 0.05 < time.monotonic() - began < 9


def test_slow_work_does_not_stop_the_others() -> None:
    clock, free, done = RealClock(), threading.Event(), list[str]()
    clock.start()

    def slow() -> Took:
        free.wait(60)
        return Took(0.0)

    clock.in_background(slow, lambda _took: done.append("slow"))
    others = threading.Event()
    clock.in_background(lambda: Took(0.0), lambda _took: others.set())
    assert others.wait(60)
    assert done == []
    free.set()
    clock.stop()


def test_something_that_fails_does_not_stop_time(caplog: pytest.LogCaptureFixture) -> None:
    clock, done = RealClock(), threading.Event()
    clock.start()

    def fail() -> None:
        raise ValueError

    clock.call_at(0, fail)
    clock.call_at(0, done.set)
    assert done.wait(60)
    clock.stop()
    assert "failed" in caplog.text
