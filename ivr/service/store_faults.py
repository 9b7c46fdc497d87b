"""How a save or a look at the store may end without its answer. Knows no store."""

from __future__ import annotations

from ivr.domain.errors import HonninError, TryLater


class LostRaceError(HonninError):
    """Somebody else saved first. Load again and decide anew."""


class TooLateError(HonninError):
    """A pass came after its deadline by the store's clock. Load again: the time has run out."""


class UnkeptError(TryLater):
    """No replica has it yet. It may have been done, and is not to be acted upon: asking again tells."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(
            "replica_unavailable",
            "No replica of the store has this yet, and so nothing is said of it. Ask again: with the "
            "same Idempotency-Key nothing is done twice.",
        )
