"""What is in force follows from the list of publications alone."""

from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.publication import (
    NONE,
    Kind,
    Publication,
    before,
    in_force,
    published_for,
    waiting,
)
from ivr.domain.release import ALL_BANKS

NOW = 1_000


def listed(
    *lines: tuple[str, int] | tuple[str, int, Kind], scope: str = ALL_BANKS
) -> list[Publication]:
    """Publications of one scope: release, when it starts (0 for at once), and what was decided."""
    return [
        Publication(
            number=number,
            scope=scope,
            release=line[0],
            kind=line[2] if len(line) > 2 else Kind.PUBLISHED,
            starts_at=line[1],
            by="sato",
            at=number,
            reason="why",
        )
        for number, line in enumerate(lines, 1)
    ]


def test_the_last_decision_whose_time_has_come_counts() -> None:
    history = listed(("a", 0), ("b", 0), ("c", NOW + 1))
    assert in_force(history, NOW) == {ALL_BANKS: "b"}
    assert in_force(history, NOW + 1) == {ALL_BANKS: "c"}
    assert in_force([], NOW) == {}


def test_each_scope_has_its_own() -> None:
    history = [*listed(("a", 0)), *listed(("k", 0), scope="kita")]
    assert in_force(history, NOW) == {ALL_BANKS: "a", "kita": "k"}


def test_a_later_decision_takes_back_what_was_planned() -> None:
    history = listed(("a", 0), ("b", NOW + 9), ("a", 0, Kind.ROLLED_BACK))
    assert waiting(history[:2], ALL_BANKS, NOW) == [history[1]]
    assert waiting(history, ALL_BANKS, NOW) == []
    assert in_force(history, NOW + 10) == {ALL_BANKS: "a"}


def test_what_is_planned_for_later_than_another_plan_waits_beside_it() -> None:
    history = listed(("a", NOW + 5), ("b", NOW + 9))
    assert waiting(history, ALL_BANKS, NOW) == history
    assert in_force(history, NOW + 6) == {ALL_BANKS: "a"}
    assert in_force(history, NOW + 9) == {ALL_BANKS: "b"}


def test_rolling_back_twice_goes_back_twice() -> None:
    history = listed(("a", 0), ("b", 0), ("c", 0))
    assert before(history, ALL_BANKS, NOW) == "b"
    history = [*history, *listed(*[("", 0)] * 3, ("b", 0, Kind.ROLLED_BACK))[3:]]
    assert in_force(history, NOW) == {ALL_BANKS: "b"}
    assert before(history, ALL_BANKS, NOW) == "a"


def test_before_the_first_publication_nothing_was_in_force() -> None:
    assert before(listed(("a", 0)), ALL_BANKS, NOW) == NONE
    assert before(listed(("a", 0), (NONE, 0, Kind.ROLLED_BACK)), ALL_BANKS, NOW) is None
    assert before([], ALL_BANKS, NOW) is None


def test_only_what_came_into_force_was_published() -> None:
    history = listed(("a", 0), ("b", NOW + 1), ("c", 0, Kind.ROLLED_BACK))
    assert published_for(history, ALL_BANKS, NOW) == {"a"}
    assert published_for(history, "kita", NOW) == set()


lines = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.one_of(st.just(0), st.integers(1, 20)), st.sampled_from(Kind)
    ),
    max_size=8,
)


@given(lines, st.integers(0, 25))
def test_what_waits_is_what_will_come_and_nothing_else(
    decided: list[tuple[str, int, Kind]], now: int
) -> None:
    history = listed(*decided)
    coming = []
    present = in_force(history, now)
    for later in range(now + 1, 25):
        starting = [each for each in history if each.starts_at == later]
        if starting and history.index(starting[-1]) == max(
            history.index(each) for each in history if each.starts_at <= later
        ):
            coming.append(starting[-1])
            present = {ALL_BANKS: starting[-1].release}
        assert in_force(history, later) == present
    assert sorted(waiting(history, ALL_BANKS, now), key=lambda each: each.starts_at) == coming
