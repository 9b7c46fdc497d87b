"""The bank's desk, to which calls are transferred: its number, and when somebody is there.

Told the time; never looks. Does not know where hours and holidays come from.
"""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo

import msgspec

_SECOND = 1000


class Hours(msgspec.Struct, frozen=True):
    """From one time of a day until another; None is the end of the day."""

    opens: time
    closes: time | None

    def hold(self, at: time) -> bool:
        """Tell whether a time of day is within."""
        return self.opens <= at and (self.closes is None or at < self.closes)


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """`week` has the hours of each weekday from Monday on; `ring` is in seconds."""

    number: str
    ring: int
    zone: tzinfo
    week: tuple[tuple[Hours, ...], ...]
    holidays: frozenset[date] = frozenset()

    def __repr__(self) -> str:
        """Show no number."""
        return "Desk(…)"

    def is_open(self, at: int) -> bool:
        """Tell whether somebody is there at a time, in milliseconds since the epoch."""
        moment = datetime.fromtimestamp(at / _SECOND, tz=self.zone)
        if moment.date() in self.holidays:
            return False
        return any(hours.hold(moment.time()) for hours in self.week[moment.weekday()])
