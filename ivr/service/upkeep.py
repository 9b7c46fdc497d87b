"""The worker's round: take what is due, do what the record says is owed, and archive the story.

Work is level-triggered: nothing is remembered between rounds, so a worker that dies loses nothing.
Knows what may be owed. Does not know threads or processes (`worker.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from ivr.domain.errors import Refused
from ivr.domain.record import State
from ivr.service.delivery import Deliveries
from ivr.service.placing import Placings
from ivr.service.ports import Archive, Client, Story
from ivr.service.records import Records

BATCH = 500
"""How many saves of one partition are archived at once, at most: where it is as many, there may be more."""


class Upkeep:
    """Does what is owed for one verification, and moves stories to the archive."""

    def __init__(
        self,
        *,
        records: Records,
        placings: Placings,
        deliveries: Deliveries,
        find_client: Callable[[str], Client | None],
        story: Story,
        archive: Archive,
    ) -> None:
        """`find_client` gives a client by its id."""
        self._records = records
        self._placings = placings
        self._deliveries = deliveries
        self._find_client = find_client
        self._story = story
        self._archive = archive

    def attend(
        self, verification_id: str, hand_over: Callable[[str, str], None] | None = None
    ) -> None:
        """Do what is owed now. Reading the record applies a deadline that has passed.

        A callback is handed over, with whose it is, where `hand_over` is given, so that a bank's
        slow receiver delays no depositor's call.
        """
        try:
            record, now = self._records.read(verification_id)
        except Refused:
            self._records.store.forget_due(verification_id)
            return
        verification = record.verification
        if verification.state is State.WANTED:
            self._placings.place(verification_id)
        if verification.call.hang_up_owed and verification.call.sid:
            self._placings.hang_up(verification_id)
        if verification.delivery and 0 < verification.delivery.next_at <= now:
            if hand_over:
                hand_over(verification_id, verification.client)
            else:
                self.deliver(verification_id)

    def deliver(self, verification_id: str) -> None:
        """Try the callback that is owed, once."""
        record, _ = self._records.read(verification_id)
        client = self._find_client(record.verification.client)
        self._deliveries.deliver(verification_id, client)

    def archive(self) -> int:
        """Move notes from the streams to the archive; return how many were moved."""
        rows = self._story.read_notes(BATCH)
        if rows:
            self._archive.add(rows)
        last = {partition: stream_id for partition, stream_id, _, _ in rows}
        for partition, stream_id in last.items():
            self._story.trim_notes(partition, stream_id)
        return len(rows)
