"""Every change that this process saves, told in the log: a worker's log is the story of what it did.

Knows notes, which hold nothing that may not be logged. Counts nothing itself: a meter behind it does.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from ivr.domain.record import Record
from ivr.service.meter_port import Meter, Unmetered
from ivr.service.ports import Note

_LOG: Final = logging.getLogger(__name__)


class ToldChanges(Unmetered):
    """Tells of each change; fulfils `Meter`."""

    def __init__(self, meter: Meter) -> None:
        """`meter` counts the same changes."""
        self._meter = meter

    def saved(self, before: Record | None, after: Record, notes: Sequence[Note]) -> None:
        """Write a line for each note, and have it counted."""
        for note in notes:
            names = {"verification": after.verification.id, "call": note.call}
            _LOG.info(note.kind, extra={**note.detail, **names})
        self._meter.saved(before, after, notes)
