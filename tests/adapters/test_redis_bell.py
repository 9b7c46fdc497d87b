import logging
import threading
import time
from collections.abc import Callable

import pytest
import redis

from ivr.adapters import redis_bell
from ivr.adapters.redis_bell import RedisBell
from ivr.adapters.redis_client import connect
from tests.adapters.benches import NAMES, RedisBench
from tests.adapters.records import create, load, with_tries

pytestmark = pytest.mark.real_server

QUICKLY = 20.0
PATIENCE = 60.0
"""Whoever did not hear the bell waits for so long; whoever heard it does not, however busy the machine."""


class Waiter(threading.Thread):
    """Waits in a thread and remembers for how long."""

    def __init__(self, wait: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._wait = wait
        self.seconds = 0.0
        self.answer: object = None
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        began = time.monotonic()
        try:
            self.answer = self._wait()
        except BaseException as error:  # noqa: BLE001 - whatever it was, `finish` tells
            self.error = error
        self.seconds = time.monotonic() - began

    def finish(self) -> object:
        self.join(PATIENCE + 5)
        assert not self.is_alive()
        assert self.error is None
        return self.answer


@pytest.fixture(scope="module")
def lasting_bell(real_server: str) -> RedisBell:
    """The one bell of a process, with a client of its own; it listens as long as the process lives.

    So also when the server is gone in the end: what it says about that then is not printed.
    """
    logging.getLogger(redis_bell.__name__).addHandler(logging.NullHandler())
    return RedisBell(connect(real_server))


@pytest.fixture
def bell(lasting_bell: RedisBell, real_bench: RedisBench) -> RedisBell:
    """A bell that listens and has heard nothing yet."""
    lasting_bell.wait_for_work(0.01)
    wait_for_listeners(real_bench.client, "bell")
    lasting_bell.wait_for_work(0.01)
    return lasting_bell


def wait_for_change(bell: RedisBell, verification_id: str, seconds: float = PATIENCE) -> Waiter:
    """Wait for a change in a thread; return when it has looked once, and found none."""
    looked = threading.Event()

    def look() -> bool:
        looked.set()
        return False

    waiter = Waiter(lambda: bell.wait_for_change(verification_id, seconds, look))
    assert looked.wait(PATIENCE)
    return waiter


def wait_for_listeners(client: redis.Redis, channel: str, count: int = 1) -> None:
    end = time.monotonic() + PATIENCE
    while client.pubsub_numsub(channel)[0][1] != count:
        assert time.monotonic() < end, "the bell does not listen as it should"
        time.sleep(0.01)


def test_work_that_is_due_wakes_the_worker_with_its_partition(
    bell: RedisBell, real_bench: RedisBench
) -> None:
    waiter = Waiter(lambda: bell.wait_for_work(PATIENCE))
    record = create(real_bench.store, due=1)
    assert waiter.finish() == {NAMES.partition_of(record.verification.id[1:17])}
    assert waiter.seconds < QUICKLY


def test_work_that_was_rung_for_while_nobody_waited_is_not_missed(
    bell: RedisBell, real_bench: RedisBench
) -> None:
    create(real_bench.store, due=1)
    time.sleep(0.1)
    waiter = Waiter(lambda: bell.wait_for_work(PATIENCE))
    assert waiter.finish()
    assert waiter.seconds < QUICKLY


def test_work_that_is_due_later_does_not_ring(bell: RedisBell, real_bench: RedisBench) -> None:
    create(real_bench.store, due=1 << 52)
    assert bell.wait_for_work(0.2) == frozenset()


def test_a_change_wakes_those_who_wait_for_it_and_nobody_else(
    bell: RedisBell, real_bench: RedisBench
) -> None:
    record, other = create(real_bench.store), create(real_bench.store, account="002-0000001")
    own = record.verification.id
    waiters = [wait_for_change(bell, own) for _ in range(3)]
    bystander = wait_for_change(bell, other.verification.id, 1.5)
    real_bench.store.save(
        load(real_bench.store, record), with_tries(record, 1), [], due=None, keep=None
    )
    for waiter in waiters:
        waiter.finish()
        assert waiter.seconds < QUICKLY
    bystander.finish()
    assert bystander.seconds >= 1.4


def test_who_finds_a_change_when_he_begins_to_listen_does_not_wait(
    bell: RedisBell, real_bench: RedisBench
) -> None:
    record = create(real_bench.store)
    waiter = Waiter(lambda: bell.wait_for_change(record.verification.id, PATIENCE, lambda: True))
    waiter.finish()
    assert waiter.seconds < QUICKLY


def test_a_change_that_comes_while_he_looks_is_not_missed(
    bell: RedisBell, real_bench: RedisBench
) -> None:
    record = create(real_bench.store)

    def look_and_be_overtaken() -> bool:
        real_bench.store.save(
            load(real_bench.store, record), with_tries(record, 1), [], due=None, keep=None
        )
        return False

    waiter = Waiter(
        lambda: bell.wait_for_change(record.verification.id, PATIENCE, look_and_be_overtaken)
    )
    waiter.finish()
    assert waiter.seconds < QUICKLY


def kill_subscriptions(client: redis.Redis) -> None:
    client.client_kill_filter(_type="pubsub")


@pytest.mark.slow
def test_the_bell_rings_again_after_its_subscription_was_killed(
    bell: RedisBell, real_bench: RedisBench
) -> None:
    kill_subscriptions(real_bench.client)
    time.sleep(0.1)
    wait_for_listeners(real_bench.client, "bell")
    waiter = Waiter(lambda: bell.wait_for_work(PATIENCE))
    record = create(real_bench.store, due=1)
    assert waiter.finish()
    assert waiter.seconds < QUICKLY
    own = record.verification.id
    waiter = wait_for_change(bell, own)
    real_bench.store.save(
        load(real_bench.store, record), with_tries(record, 1), [], due=None, keep=None
    )
    waiter.finish()
    assert waiter.seconds < QUICKLY


@pytest.mark.slow
def test_who_waits_while_the_subscription_is_killed_hears_of_later_changes(
    bell: RedisBell, real_bench: RedisBench
) -> None:
    record = create(real_bench.store)
    waiter = wait_for_change(bell, record.verification.id)
    kill_subscriptions(real_bench.client)
    time.sleep(0.1)
    wait_for_listeners(real_bench.client, "changed")
    real_bench.store.save(
        load(real_bench.store, record), with_tries(record, 1), [], due=None, keep=None
    )
    waiter.finish()
    assert waiter.seconds < QUICKLY


@pytest.mark.slow
def test_the_bell_outlives_a_line_that_breaks_while_others_come_and_go(
    bell: RedisBell, real_bench: RedisBench
) -> None:
    stop = time.monotonic() + 2.0

    def come_and_go(number: int) -> None:
        while time.monotonic() < stop:
            bell.wait_for_change(f"v{number}", 0.001, lambda: False)

    waiters = [Waiter(lambda own=number: come_and_go(own)) for number in range(8)]  # type: ignore[misc]
    while time.monotonic() < stop:
        time.sleep(0.1)
        kill_subscriptions(real_bench.client)
    for waiter in waiters:
        waiter.finish()
    wait_for_listeners(real_bench.client, "bell")
    wait_for_listeners(real_bench.client, "changed")
    bell.wait_for_work(0.01)
    create(real_bench.store, due=1)
    assert bell.wait_for_work(PATIENCE)


def test_a_process_that_leaves_waits_for_nothing_more(real_bench: RedisBench) -> None:
    bell = RedisBell(real_bench.client)
    waiters = [
        Waiter(lambda: bell.wait_for_work(PATIENCE)),
        wait_for_change(bell, create(real_bench.store, due=None).verification.id),
    ]
    bell.let_go()
    waiters.append(Waiter(lambda: bell.wait_for_work(PATIENCE)))
    for waiter in waiters:
        waiter.finish()
        assert waiter.seconds < QUICKLY
