"""Times as text. Knows milliseconds since the epoch and RFC 3339; reads no clock."""

from __future__ import annotations

from datetime import UTC, datetime

from ivr.domain.policy import SECOND


def iso_time(milliseconds: int) -> str:
    """Write a time in UTC as RFC 3339 does: `2026-11-22T20:56:24.102Z`."""
    moment = datetime.fromtimestamp(milliseconds / SECOND, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
