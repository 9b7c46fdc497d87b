import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from ivr.crew import Crew, Rounds, Shares
from ivr.service.trace_port import Untraced
from ivr.worker import Worker

PATIENCE = 60.0


def nothing() -> None:
    """What there is to do."""


def test_one_client_takes_its_own_places_and_no_others() -> None:
    shares = Shares(2, 0, 3.0)
    assert [shares.take("slow", nothing) for _ in range(3)] == [True, True, False]
    assert shares.take("quick", nothing)
    shares.give_back("slow")
    assert [shares.take("slow", nothing) for _ in range(2)] == [True, False]


def test_what_found_no_place_is_done_next_in_its_order_and_keeps_the_place() -> None:
    shares, works = Shares(1, 2, 3.0), [lambda each=each: each for each in range(4)]
    assert [shares.take("a", work) for work in works] == [True, False, False, False]
    assert shares.next_of("b") is None
    assert [shares.next_of("a") for _ in range(2)] == works[1:3]  # two are remembered, the first
    assert not shares.take("a", nothing)
    assert shares.next_of("a") is nothing
    assert shares.next_of("a") is None
    assert shares.take("a", nothing)


def test_what_waited_too_long_is_left_to_its_lease() -> None:
    bell = Bell()
    shares = Shares(1, 9, 3.0, lambda: bell.now)
    shares.take("a", nothing)
    shares.take("a", nothing)
    bell.now = 3.0
    assert shares.next_of("a") is None
    assert shares.take("a", nothing)


class Bell:
    """Rings as it is told, and moves the clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rings: list[tuple[float, set[int]]] = []

    def wait(self, seconds: float) -> frozenset[int]:
        after, rung = self.rings.pop(0) if self.rings else (seconds, set())
        self.now += min(after, seconds)
        return frozenset(rung) if after <= seconds else frozenset()


def rounds_of(bell: Bell, count: int) -> list[frozenset[int] | None]:
    rounds, looked = Rounds(bell.wait, 1.0, lambda: bell.now), []
    for _ in range(count):
        looked.append(rounds.partitions)
        rounds.go_on(is_more=False)
    return looked


def test_only_the_partitions_that_rang_are_looked_at_and_all_of_them_once_a_second() -> None:
    bell = Bell()
    bell.rings = [(0.4, {7}), (0.4, {8, 9}), (0.4, {7})]
    assert rounds_of(bell, 5) == [None, {7}, {8, 9}, None, None]


def test_a_bell_that_never_rests_keeps_nobody_from_looking_everywhere() -> None:
    bell = Bell()
    bell.rings = [(0.3, {7})] * 40
    assert rounds_of(bell, 21).count(None) == 6


def test_where_there_may_be_more_it_is_looked_for_at_once() -> None:
    bell = Bell()
    bell.rings = [(0.4, {7})]
    rounds = Rounds(bell.wait, 1.0, lambda: bell.now)
    rounds.go_on(is_more=False)
    rounds.go_on(is_more=True)
    assert rounds.partitions == frozenset({7})
    assert bell.now == 0.4


class Upkeep:
    """Owes callbacks; those of `slow` are not answered until the test says so."""

    def __init__(self) -> None:
        self.answered = threading.Event()
        self.changed = threading.Condition()
        self.begun: list[str] = []
        self.done: list[str] = []

    def attend(self, verification: str, hand_over: Callable[[str, str], None]) -> None:
        hand_over(verification, verification.partition("-")[0])

    def deliver(self, verification: str) -> None:
        self.note(self.begun, verification)
        if verification.startswith("slow"):
            assert self.answered.wait(PATIENCE)
        self.note(self.done, verification)

    def note(self, where: list[str], verification: str) -> None:
        with self.changed:
            where.append(verification)
            self.changed.notify_all()

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(is_so, PATIENCE)

    def slow_begun(self) -> int:
        return sum(each.startswith("slow") for each in self.begun)

    def archive(self) -> int:
        return 0


class Due:
    """Gives out what is not done, as if each lease ran out at once."""

    def __init__(self, upkeep: Upkeep, ids: list[str]) -> None:
        self._upkeep, self._ids = upkeep, ids
        self.handed_back: list[str] = []

    def take_due(self, **_: object) -> list[str]:
        return [each for each in self._ids if each not in self._upkeep.begun]

    def hand_back(self, ids: list[str]) -> None:
        for each in ids:
            self._upkeep.note(self.handed_back, each)


def test_a_receiver_that_does_not_answer_holds_up_its_own_callbacks_alone() -> None:
    slow = [f"slow-{number}" for number in range(9)]
    quick = [f"quick-{number}" for number in range(9)]
    upkeep = Upkeep()
    rest = threading.Event()
    bell = SimpleNamespace(
        wait_for_work=lambda _: (rest.wait(0.02), frozenset[int]())[1], let_go=lambda: None
    )
    parts = SimpleNamespace(store=Due(upkeep, [*slow, *quick]), bell=bell)
    announcing = SimpleNamespace(announce=lambda: 0)
    worker = Worker(cast("Any", parts), cast("Any", upkeep), cast("Any", announcing), Untraced())
    running = threading.Thread(target=worker.run)
    running.start()
    try:
        upkeep.wait_until(lambda: upkeep.slow_begun() == 4 and set(quick) <= set(upkeep.done))
        assert upkeep.slow_begun() == 4
        upkeep.answered.set()
        upkeep.wait_until(lambda: {*slow, *quick} <= set(upkeep.done))
    finally:
        upkeep.answered.set()
        worker.stop()
        running.join(PATIENCE)
    assert not running.is_alive()


def test_callbacks_that_wait_behind_a_slow_one_are_handed_back_by_a_worker_that_stops() -> None:
    slow = [f"slow-{number}" for number in range(9)]
    upkeep = Upkeep()
    due = Due(upkeep, slow)
    rest = threading.Event()
    bell = SimpleNamespace(
        wait_for_work=lambda _: (rest.wait(), frozenset[int]())[1], let_go=rest.set
    )
    parts = SimpleNamespace(store=due, bell=bell)
    announcing = SimpleNamespace(announce=lambda: 0)
    worker = Worker(cast("Any", parts), cast("Any", upkeep), cast("Any", announcing), Untraced())
    running = threading.Thread(target=worker.run)
    running.start()
    try:
        upkeep.wait_until(lambda: upkeep.slow_begun() == 4)
        worker.stop()
        upkeep.wait_until(lambda: set(due.handed_back) | set(upkeep.begun) == set(slow))
        assert not set(due.handed_back) & set(upkeep.begun)
    finally:
        upkeep.answered.set()
        worker.stop()
        running.join(PATIENCE)
    assert not running.is_alive()
    assert upkeep.slow_begun() == 4


def test_a_crew_that_was_closed_takes_nothing_and_finishes_what_it_has() -> None:
    crew, go, done = Crew("crew", 2), threading.Event(), []
    with crew.pool:
        for _ in range(2):
            assert crew.take_on(lambda: done.append(go.wait(5)), wait=False)
        waiting: list[bool] = []
        waiter = threading.Thread(
            target=lambda: waiting.append(crew.take_on(lambda: done.append(False), wait=True))
        )
        waiter.start()
        crew.close()
        waiter.join(5)
        assert waiting == [False]
        assert not crew.take_on(lambda: done.append(False), wait=False)
        go.set()
    assert done == [True, True]
