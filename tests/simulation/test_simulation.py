import pytest

from tests.simulation.__main__ import play, story
from tests.simulation.mutants import MUTANTS
from tests.simulation.world import World

FOUND_SOON = 40
"""How many seeds the short form gives each fault; `make simulate MUTANTS=1` gives it hundreds."""
SHY = {
    "a repeated check counts again",
    "a repeated hook is taken again",
    "the first calls passcode opens all",
    "a carrier that failed is never forgiven",
}
"""Faults that need rarer weather than a few seeds have."""


@pytest.mark.parametrize("first", range(1, 41, 10))
def test_no_promise_breaks(first: int) -> None:
    for seed in range(first, first + 10):
        assert play(seed).broken is None, "\n".join(story(seed))


@pytest.mark.parametrize("seed", [2950, 4554, 6563, 10384])
def test_what_broke_a_promise_once_does_so_no_more(seed: int) -> None:
    assert play(seed).broken is None, "\n".join(story(seed))


@pytest.mark.parametrize("name", sorted(MUTANTS.keys() - SHY))
def test_a_planted_fault_is_found(name: str) -> None:
    for seed in range(1, FOUND_SOON + 1):
        with MUTANTS[name]():
            if play(seed).broken:
                return
    pytest.fail(f"not found: {name}")


def test_a_seed_is_the_same_run_again() -> None:
    logs = []
    for seed in (7, 48, 7):  # and knows nothing of the one before
        world = World(seed, 10)
        world.run()
        logs.append(world.timeline.log)
    assert logs[0] == logs[2] != logs[1]
    assert len(logs[0]) > 100


def test_a_story_tells_no_passcode() -> None:
    assert "passcode" in "\n".join(story(7))
    world = World(7, 30)
    world.run()
    known = {
        passcode
        for case in world.ledger.cases.values()
        for call in case.calls.values()
        for passcode in call.passcodes
    }
    assert known
    told = "\n".join(what for _, _, what in world.timeline.log)
    assert not any(passcode in told for passcode in known)
