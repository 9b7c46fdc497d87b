"""The near end of a line: what a document can do with it.

Knows the port between the player and its line. Does not know how either works.
"""

from collections.abc import Callable
from typing import Protocol

from ivr.simulator.network.calls import Call, Source
from ivr.simulator.network.clock import Timer
from ivr.simulator.network.dialling import Leg
from ivr.simulator.network.events import Event
from ivr.simulator.network.messages import Reply
from ivr.simulator.network.speech import Spoken
from ivr.simulator.network.verbs import Dial, Number


class NearEnd(Protocol):
    """A line as its documents see it."""

    call: Call

    def now(self) -> float:
        """Give the time in seconds since 1970."""

    def after(self, seconds: float, act: Callable[[], object]) -> Timer:
        """Do something in a while, if the call goes on until then."""

    def tell(self, event: Callable[..., Event], **fields: object) -> None:
        """Write down what happened."""

    def fetch(
        self,
        kind: str,
        source: Source,
        fields: tuple[tuple[str, str], ...] | None,
        then: Callable[[Reply], None],
    ) -> None:
        """Ask a web server; `fields` None is a recording, which is asked for without any."""

    def speaks(self, spoken: Spoken) -> None:
        """Say something."""

    def cut(self) -> None:
        """Stop in the middle of it."""

    def asks(self) -> None:
        """Fall silent and wait for keys."""

    def dials(self, dial: Dial) -> tuple[Leg, Number, dict[str, str], str]:
        """Call somebody else too: how that goes, who it is, his phone's label, and the leg's name."""

    def asks_for_leg(
        self, source: Source, form: tuple[tuple[str, str], ...], then: Callable[[Reply], None]
    ) -> None:
        """Ask a web server about the other leg of a transfer."""

    def hang_up(self) -> None:
        """End the talk."""
