"""No wrong pass, no lost verdict, no second winner: whatever happens, in whatever order."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.service.house import MemoryHouse
from tests.service.machine import AnyHouse, WatchfulCarrier
from tests.service.promises import Promises
from tests.service.real_house import RealHouse


def run(open_house: Callable[[WatchfulCarrier], AnyHouse], examples: int, steps: int) -> None:
    machine: Any = lambda: Promises(open_house)  # noqa: E731 - hypothesis says class, takes a factory
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_the_promises_hold_in_virtual_time() -> None:
    run(MemoryHouse, examples=200, steps=40)


@pytest.mark.slow
@pytest.mark.real_server
def test_the_promises_hold_on_a_real_server(real_server: str) -> None:
    def open_house(carrier: WatchfulCarrier) -> RealHouse:
        house = RealHouse(real_server, carrier)
        house.client.flushall()
        return house

    run(open_house, examples=40, steps=30)
