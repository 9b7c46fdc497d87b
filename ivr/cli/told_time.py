"""How commands tell a moment: in Japan's time, with the zone beside it.

Knows the zone. Does not know which clock the moment was taken from.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

_JAPAN: Final = timezone(timedelta(hours=9))


def told_time(ms: int, exact: str = "minutes") -> str:
    """Tell a moment, in milliseconds since 1970, as exactly as `datetime.isoformat` can be asked to."""
    return datetime.fromtimestamp(ms / 1000, tz=_JAPAN).isoformat(" ", exact)
