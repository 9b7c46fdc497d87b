import random

import pytest

from tests.adapters.flow_edits import EDITS, SHIPPED, shipped
from tests.adapters.flow_mutation import (
    Maker,
    compiled,
    edit_at_random,
    is_refused,
    mutants,
    walk_survivor,
)


def test_the_shipped_flows_survive_the_way_into_json() -> None:
    flows, faults = compiled(shipped())
    assert not faults
    assert len(flows) == len([*SHIPPED.glob("*.yaml")])


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_an_unsafe_edit_is_refused_wherever_it_is_made(edit: Maker) -> None:
    made = 0
    for (table, fields), sources in mutants(edit):
        made += 1
        assert is_refused(sources, table), f"survived: {fields}"
    assert made


def test_what_survives_random_edits_is_safe_to_walk() -> None:
    """Edit at random, two or three times over; walk every flow that the checker lets pass."""
    chance = random.Random(20210115)  # noqa: S311 - the same edits each time
    passed = 0
    for _ in range(150):
        sources = shipped()
        for _ in range(chance.randint(1, 3)):
            edit_at_random(sources, chance)
        flows, faults = compiled(sources)
        if not faults:
            passed += 1
            walk_survivor(flows, chance)
    assert passed > 20
