import random
from collections import Counter

import pytest
from msgspec import ValidationError, convert

from ivr.simulator.environment import SettingError, read_settings
from ivr.simulator.network.bad_line import BadLine, Shares
from ivr.simulator.network.messages import (
    ConnectFailedError,
    Reply,
    Request,
    TimedOutError,
)
from tests.redis_servers import until

HOOK = Request(method="POST", url="https://product.example/voice")
NEEDED = {"SIM_PORT": "0", "SIM_ACCOUNT_SID": "AC1", "SIM_AUTH_TOKEN": "t"}


class Line:
    """A bad line, what arrived at its far end and what it counted."""

    def __init__(self, *, seed: int = 1, speed: float = 1000.0, **shares: float) -> None:
        self.arrived: list[Request] = []
        self.troubles: Counter[str] = Counter()
        self.line = BadLine(
            self._arrives,
            shares=Shares(**shares),
            rng=random.Random(seed),  # noqa: S311 - repeats, as it must
            speed=speed,
            troubles=self.troubles,
        )

    def _arrives(self, request: Request) -> Reply:
        self.arrived.append(request)
        return Reply(status=204)


def test_a_line_without_troubles_passes_everything_on() -> None:
    here = Line()
    assert here.line.send(HOOK).status == 204
    assert (here.arrived, here.troubles) == ([HOOK], Counter())


def test_a_lost_hook_does_not_arrive() -> None:
    here = Line(lost=1.0)
    with pytest.raises(ConnectFailedError):
        here.line.send(HOOK)
    assert (here.arrived, here.troubles["hook_lost"]) == ([], 1)


def test_a_hook_whose_answer_is_lost_arrives() -> None:
    here = Line(unanswered=1.0)
    with pytest.raises(TimedOutError):
        here.line.send(HOOK)
    assert (here.arrived, here.troubles["hook_unanswered"]) == ([HOOK], 1)


def test_a_doubled_hook_arrives_twice_and_is_answered_once() -> None:
    here = Line(doubled=1.0)
    assert here.line.send(HOOK).status == 204
    until(lambda: len(here.arrived) == 2, "both have arrived")
    assert here.troubles["hook_doubled"] == 1


def test_a_late_hook_arrives_when_it_was_given_up() -> None:
    here = Line(late=1.0)
    with pytest.raises(TimedOutError):
        here.line.send(HOOK)
    until(lambda: here.arrived == [HOOK], "it has arrived")
    assert here.troubles["hook_late"] == 1


def test_a_seed_draws_the_same_troubles_again() -> None:
    shares = Shares(lost=0.1, unanswered=0.1, doubled=0.1, late=0.1)
    drawn = [
        [shares.draw(rng) for _ in range(200)]
        for rng in (random.Random(7), random.Random(7))  # noqa: S311 - repeats, as it must
    ]
    assert drawn[0] == drawn[1]
    assert set(drawn[0]) == {"", "lost", "unanswered", "doubled", "late"}


def test_shares_are_of_one_whole() -> None:
    with pytest.raises(ValidationError, match="more than 1"):
        convert({"lost": 0.6, "late": 0.6}, Shares)


def test_the_environment_says_how_bad_the_line_is() -> None:
    settings = read_settings({**NEEDED, "SIM_BAD_LINE": "lost=0.25 late=0.5"})
    assert settings.bad_line == Shares(lost=0.25, late=0.5)
    assert read_settings(NEEDED).bad_line == Shares()


@pytest.mark.parametrize("wrong", ["lost", "lost=2", "gone=0.1", "lost=a", "lost=0.6 late=0.6"])
def test_a_line_that_cannot_be_is_named(wrong: str) -> None:
    with pytest.raises(SettingError, match="SIM_BAD_LINE"):
        read_settings({**NEEDED, "SIM_BAD_LINE": wrong})
