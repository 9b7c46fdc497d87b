"""The same pace of every store: how many calls begin, how many are on, and whose turn it is."""

import random
import threading

import pytest

from ivr.adapters.redis_store import RedisStore
from ivr.service.gate_port import Bucket, Gate, Rate, Wish
from tests.adapters.benches import Bench, MemoryBench

CARRIER, BANK = "carrier:main", "bank:honnin"


def wish(name: str, owner: str = "honnin", *, can_wait: bool = False, hold: int = 60_000) -> Wish:
    return Wish(name=name, owner=owner, can_wait=can_wait, hold=hold)


def enter(gate: Gate, asked: Wish, *, per_second: int = 0, at_once: int = 0) -> int:
    return gate.enter(asked, [Bucket(CARRIER, Rate(per_second=per_second, at_once=at_once))])


def test_as_many_begin_in_a_second_as_may_and_the_next_is_told_when(bench: Bench) -> None:
    gate = bench.store
    waits = [enter(gate, wish(f"w{number}"), per_second=5) for number in range(7)]
    assert waits[:5] == [0] * 5
    assert 100 < waits[5] <= 200
    assert waits[5] < waits[6] <= 400


def test_whoever_was_told_to_wait_is_let_through_then(bench: Bench) -> None:
    enter(bench.store, wish("a"), per_second=5)
    for name in "bcde":
        enter(bench.store, wish(name), per_second=5)
    wait = enter(bench.store, wish("f"), per_second=5)
    bench.wait(wait / 1000)
    assert enter(bench.store, wish("f"), per_second=5) == 0


def test_only_as_many_are_on_at_once_as_may_until_one_is_over(bench: Bench) -> None:
    gate = bench.store
    assert [enter(gate, wish(name), at_once=2) for name in "abc"] == [0, 0, 500]
    gate.leave("nobody", [CARRIER])
    assert enter(gate, wish("c"), at_once=2)
    gate.leave("a", [CARRIER])
    assert enter(gate, wish("c"), at_once=2) == 0
    assert enter(gate, wish("d"), at_once=2)


def test_a_call_that_nobody_says_is_over_does_not_count_for_ever(bench: Bench) -> None:
    assert enter(bench.store, wish("lost", hold=400), at_once=1) == 0
    assert enter(bench.store, wish("next"), at_once=1)
    bench.wait(0.41)
    assert enter(bench.store, wish("next"), at_once=1) == 0


def test_a_wish_that_asks_again_after_it_was_let_through_takes_no_second_place(
    bench: Bench,
) -> None:
    gate = bench.store
    assert [enter(gate, wish("a"), per_second=2, at_once=2) for _ in range(3)] == [0, 0, 0]
    assert enter(gate, wish("b"), per_second=2, at_once=2) == 0
    assert enter(gate, wish("c"), per_second=2, at_once=2)


def test_whoever_was_let_through_meanwhile_stays_on_when_a_place_is_given_up(bench: Bench) -> None:
    gate = bench.store
    assert enter(gate, wish("on"), at_once=1) == 0
    gate.stop_waiting("on", [CARRIER])
    assert enter(gate, wish("other"), at_once=1), "the only place is taken"
    gate.stop_waiting("other", [CARRIER])
    gate.leave("on", [CARRIER])
    assert enter(gate, wish("third"), at_once=1) == 0, "nobody is before it"


def test_a_bank_with_a_thousand_wishes_is_before_no_other_banks_next_one(bench: Bench) -> None:
    gate = bench.store
    assert enter(gate, wish("first", "big"), at_once=1) == 0
    for number in range(1000 if isinstance(bench, MemoryBench) else 50):
        assert enter(gate, wish(f"big-{number}", "big"), at_once=1)
    assert enter(gate, wish("small-1", "small"), at_once=1)
    assert enter(gate, wish("small-2", "small"), at_once=1)
    gate.leave("first", [CARRIER])
    served = []
    for _ in range(4):
        for name in ("big-9", "big-1", "big-0", "small-2", "small-1"):
            owner = name.partition("-")[0]
            if name not in served and not enter(gate, wish(name, owner), at_once=1):
                served.append(name)
                gate.leave(name, [CARRIER])
    assert served[:3] == ["big-0", "small-1", "big-1"]
    assert served.index("small-2") == 3


def test_who_can_wait_goes_after_all_who_cannot(bench: Bench) -> None:
    gate = bench.store
    enter(gate, wish("on"), at_once=1)
    assert enter(gate, wish("campaign", can_wait=True), at_once=1)
    assert enter(gate, wish("person"), at_once=1)
    gate.leave("on", [CARRIER])
    assert enter(gate, wish("campaign", can_wait=True), at_once=1)
    assert enter(gate, wish("person"), at_once=1) == 0
    gate.leave("person", [CARRIER])
    assert enter(gate, wish("campaign", can_wait=True), at_once=1) == 0


def test_who_does_not_come_back_loses_his_place(bench: Bench) -> None:
    if not isinstance(bench, MemoryBench):
        pytest.skip("waits for seconds, and the script is the same on every server")
    gate = bench.store
    enter(gate, wish("on"), at_once=1)
    enter(gate, wish("gone"), at_once=1)
    enter(gate, wish("here"), at_once=1)
    gate.leave("on", [CARRIER])
    assert enter(gate, wish("here"), at_once=1), "the one before may still come"
    bench.wait(2.1)
    assert enter(gate, wish("here"), at_once=1) == 0


def test_a_wish_goes_through_all_of_its_buckets_or_through_none(bench: Bench) -> None:
    gate = bench.store

    def ask(name: str, bank: str) -> int:
        return gate.enter(
            wish(name, bank),
            [
                Bucket(f"bank:{bank}", Rate(at_once=2)),
                Bucket(CARRIER, Rate(at_once=3)),
            ],
        )

    assert [ask(name, "big") for name in ("b1", "b2")] == [0, 0]
    assert ask("b3", "big"), "the bank has its two"
    assert ask("s1", "small") == 0, "and b3 keeps no place at the carrier"
    assert ask("s2", "small"), "the carrier has its three"
    gate.leave("b1", ["bank:big", CARRIER])
    assert ask("s2", "small") == 0
    assert ask("b3", "big")


def test_the_pace_is_kept_by_many_who_ask_at_once(bench: Bench) -> None:
    let_through: list[str] = []

    def ask(name: str) -> None:
        if not enter(bench.store, wish(name), per_second=10, at_once=10):
            let_through.append(name)

    threads = [threading.Thread(target=ask, args=(f"w{number}",)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 10 <= len(let_through) <= 12


@pytest.mark.parametrize("gone", ["everything", "nothing"])
def test_what_the_gate_keeps_ends_by_itself(bench: Bench, gone: str) -> None:
    if not isinstance(bench.store, RedisStore):
        return
    enter(bench.store, wish("a"), per_second=1, at_once=1)
    enter(bench.store, wish("b"), per_second=1, at_once=1)
    if gone == "everything":
        bench.store.leave("a", [CARRIER])
    client = bench.client  # type: ignore[attr-defined]
    keys = list(client.scan_iter("{gate}*"))
    assert keys
    assert all(0 < client.pttl(key) <= 3_600_000 for key in keys)


def test_the_two_gates_say_the_same_of_the_same_history(real_bench: Bench) -> None:
    """What is drawn at random is asked of both, as long as no time goes by that tells them apart."""
    chance = random.Random(4)  # noqa: S311 - to be repeated
    memory = MemoryBench().store

    for _ in range(400):
        name, owner = f"w{chance.randrange(60)}", f"bank-{chance.randrange(4)}"
        asked = wish(f"{owner}/{name}", owner, can_wait=chance.random() < 0.3)
        if chance.random() < 0.4:
            memory.leave(asked.name, [BANK, CARRIER])
            real_bench.store.leave(asked.name, [BANK, CARRIER])
            continue
        buckets = [Bucket(BANK, Rate(at_once=9)), Bucket(CARRIER, Rate(at_once=7))]
        assert memory.enter(asked, buckets) == real_bench.store.enter(asked, buckets)
