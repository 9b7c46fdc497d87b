"""What this process knows to be with a replica, so that it need not ask again.

Knows marks: each saved value has its own. Keeps the latest few thousand.
"""

from __future__ import annotations

import threading
from typing import Final

_MOST: Final = 10_000


class Assured:
    """Marks of values that a replica has; shared by threads."""

    def __init__(self, most: int = _MOST) -> None:
        """`most` is how many are kept."""
        self._most = most
        self._marks: dict[bytes, None] = {}
        self._lock = threading.Lock()

    def __contains__(self, mark: bytes) -> bool:
        return mark in self._marks

    def add(self, mark: bytes) -> None:
        """Take a mark in; no mark at all stands for no value, of which nothing can be known."""
        if not mark:
            return
        with self._lock:
            self._marks[mark] = None
            if len(self._marks) > self._most:
                del self._marks[next(iter(self._marks))]
