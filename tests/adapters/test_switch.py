"""The same switch of every store: who is asked, who is left alone, and what staff have said."""

import pytest

from ivr.service.switch_port import Choice
from tests.adapters.benches import Bench, MemoryBench

BOTH = ("main", "second")


def choose(bench: Bench) -> str:
    return bench.store.choose_carrier(BOTH).carrier


def fail(bench: Bench, carrier: str = "main", times: int = 3) -> None:
    for _ in range(times):
        bench.store.carrier_answered(carrier, fault=True)


def test_the_first_that_is_named_is_asked(bench: Bench) -> None:
    assert bench.store.choose_carrier(BOTH) == Choice(carrier="main")
    assert bench.store.choose_carrier(BOTH[::-1]) == Choice(carrier="second")


def test_one_that_fails_three_times_in_a_row_is_left_alone(bench: Bench) -> None:
    fail(bench, times=2)
    assert choose(bench) == "main"
    bench.store.carrier_answered("main", fault=False)
    fail(bench, times=2)
    assert choose(bench) == "main"
    fail(bench, times=1)
    assert choose(bench) == "second"
    (main, second) = bench.store.carrier_states(BOTH)
    assert (main.faults, second.faults, second.shut_for) == (3, 0, 0)
    assert 14_000 < main.shut_for <= 15_000


def test_where_all_are_left_alone_nobody_is_asked(bench: Bench) -> None:
    fail(bench)
    fail(bench, "second")
    assert choose(bench) == ""


def test_after_a_while_one_call_at_a_time_tries_it_until_it_answers(bench: Bench) -> None:
    if not isinstance(bench, MemoryBench):
        pytest.skip("waits for a quarter of a minute; the next test looks behind the server")
    fail(bench)
    bench.wait(15)
    assert [choose(bench) for _ in range(3)] == ["main", "second", "second"]
    bench.wait(10)
    assert [choose(bench) for _ in range(2)] == ["main", "second"], "the one that tried it died"
    fail(bench, times=1)
    bench.wait(10)
    assert choose(bench) == "second", "it failed again, and is left alone for as long again"
    bench.wait(5)
    assert choose(bench) == "main"
    bench.store.carrier_answered("main", fault=False)
    assert [choose(bench) for _ in range(2)] == ["main", "main"]


def test_the_server_gives_one_that_was_left_alone_out_once(bench: Bench) -> None:
    client = getattr(bench, "client", None)
    if client is None:
        pytest.skip("is about a server")
    fail(bench)
    client.hset("{gate}carriers", "shut:main", 1)
    assert [choose(bench) for _ in range(3)] == ["main", "second", "second"]
    bench.store.carrier_answered("main", fault=False)
    assert [choose(bench) for _ in range(2)] == ["main", "main"]
    assert client.hkeys("{gate}carriers") == []


def test_staff_have_the_last_word_until_they_take_it_back(bench: Bench) -> None:
    bench.store.use_carrier("second")
    fail(bench, "second")
    assert bench.store.choose_carrier(BOTH) == Choice(carrier="second", by_hand=True)
    assert [state.by_hand for state in bench.store.carrier_states(BOTH)] == [False, True]
    bench.store.use_carrier("")
    assert choose(bench) == "main"


def test_a_name_that_is_no_carrier_any_more_binds_nobody(bench: Bench) -> None:
    bench.store.use_carrier("gone")
    assert choose(bench) == "main"
