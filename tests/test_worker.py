from ivr.crew import Rounds, Shares


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
