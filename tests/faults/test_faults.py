"""The short form of `make faults`: every kind of fault once on one server, and no promise broken."""

from pathlib import Path

import pytest

from tests.faults.ledger import Lives
from tests.faults.plan import Fault, Lasting, Scheme
from tests.faults.report import found, tell
from tests.faults.round import play

pytestmark = [pytest.mark.real_server, pytest.mark.slow]

SEED = 4
LIVES = Lives(verification=16, passcode=8)
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
    assert sum(case.passed for case in played.cases) > 10, table
    for trouble in ("hook_lost", "hook_doubled", "rest_429", "cut"):
        assert played.troubles[trouble], f"{trouble}: {table}"
    assert said
