"""How each kind of phone takes a transferred call: its times and its end.

Does not play it: `transfer.py` does.
"""

from dataclasses import dataclass, replace

from ivr.simulator.network.behaviours import (
    AnyBehaviour,
    Busy,
    Desk,
    Live,
    NoAnswer,
    Rejected,
    Script,
    Unreachable,
    Unreachable21214,
)
from ivr.simulator.network.verbs import Dial

SETUP_SECONDS = 1.0
SOON = 3.0
TALK_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Leg:
    """The other leg: seconds until it is answered or given up, seconds of talk, and its end."""

    status: str
    waits: float
    talks: float = 0.0
    leaves_early: bool = False

    @property
    def answered(self) -> bool:
        """Whether somebody picked up."""
        return self.status == "completed"


def leg(behaviour: AnyBehaviour, dial: Dial) -> Leg:  # noqa: PLR0911 - a table of kinds
    """Play one number of a `<Dial>`."""
    match behaviour:
        case Busy():
            return Leg(status="busy", waits=SETUP_SECONDS)
        case Unreachable() | Unreachable21214():
            return Leg(status="failed", waits=SETUP_SECONDS)
        case Rejected(after=after):
            return Leg(status="no-answer", waits=min(after, dial.seconds))
        case NoAnswer():
            return Leg(status="no-answer", waits=dial.seconds)
        case Desk(answer_after=after, talks=talks, leaves_early=early):
            return replace(_answered(after, talks, dial), leaves_early=early)
        case Script(answer_after=after):
            return _answered(after, TALK_SECONDS, dial)
        case Live() | _:
            return _answered(SOON, TALK_SECONDS, dial)


def _answered(after: float, talks: float, dial: Dial) -> Leg:
    if after >= dial.seconds:
        return Leg(status="no-answer", waits=dial.seconds)
    return Leg(status="completed", waits=after, talks=min(talks, dial.time_limit))
