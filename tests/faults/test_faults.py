"""The short form of `make faults`: every kind of fault once on one server, and no promise broken."""

from pathlib import Path

import pytest

from tests.faults.ledger import Lives
from tests.faults.plan import Fault, Lasting, Scheme
from tests.faults.report import found, tell
from tests.faults.round import play

pytestmark = [pytest.mark.real_server, pytest.mark.slow]

SEED = 75
"""It draws each trouble of hooks among the first hooks, and each that is asserted of a telephone among forty."""
LIVES = Lives(verification=16, passcode=8)
MET = (
    "hook_lost", "hook_unanswered", "hook_doubled", "hook_late", "callback_fails", "callback_mute",
    "rest_429", "rest_5xx", "rest_5xx_placed", "rest_timeout", "rest_timeout_placed", "cut",
)  # fmt: skip
LASTING = Lasting(storm=1.0, refused=1.0, receiver=3.0)


def test_no_promise_breaks_while_everything_is_killed(tmp_path: Path) -> None:
    said: list[str] = []
    scheme = Scheme(seed=SEED, numbers=range(40), lives=LIVES, lasting=LASTING)
    played = play("one", scheme, tmp_path, said.append)
    table = "\n".join(tell([played]))
    assert not any(found([played]).values()), table
    assert set(played.made.times) == set(Fault)
    assert all(played.made.times.values()), table
    assert played.made.store_away
    assert sum(case.accepted for case in played.cases) > 35, table
    assert sum(case.passed for case in played.cases) > 5, table
    for trouble in MET:
        assert played.troubles[trouble], f"{trouble}: {table}"
    assert said
