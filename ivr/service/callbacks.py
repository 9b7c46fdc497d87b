"""What staff do with callbacks that could not be delivered: have them tried once more.

Knows that a parked callback is kept with its verification for a while. Does not deliver (`delivery.py`).
"""

from __future__ import annotations

from ivr.domain.bookkeeping import callback_wished
from ivr.domain.errors import Code, Refused
from ivr.service.records import Change, Records


class Callbacks:
    """Wishes callbacks anew."""

    def __init__(self, records: Records) -> None:
        """Take the records."""
        self._records = records

    def retry(self, verification_id: str, *, person: str) -> None:
        """Have a parked callback tried once more, now; where that fails it is parked again.

        Raises:
            Refused: `not_found`, also where nothing is parked any more.

        """

        def step(change: Change) -> None:
            delivery = change.record.verification.delivery
            if delivery is None or not delivery.is_parked:
                raise Refused(Code.NOT_FOUND, "No callback of this verification is parked.")
            change.record = callback_wished(change.record, change.now)
            change.note("callback_wished", person=person)

        self._records.change(verification_id, step)
