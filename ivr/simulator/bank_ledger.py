"""What the sample bank was told: every answer of the API and every callback.

Knows how to remember, in memory and only so many. Keeps no passcode, no PIN and no key: it takes
them out before it writes a line.
"""

import datetime as dt
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

LINES = 2000
NEVER_KEPT = frozenset({"passcode"})


class Ledger:
    """Lines in the order in which they came; safe to share between threads."""

    def __init__(self) -> None:
        """Start with empty pages."""
        self._lock = threading.Lock()
        self._answers: deque[dict[str, Any]] = deque(maxlen=LINES)
        self._callbacks: deque[dict[str, Any]] = deque(maxlen=LINES)

    def note_answer(self, *, asked: str, status: int, body: Mapping[str, Any]) -> None:
        """Write down what the API answered to `asked`."""
        kept = {name: value for name, value in body.items() if name not in NEVER_KEPT}
        line = {"at": _now(), "asked": asked, "status": status, "body": kept}
        with self._lock:
            self._answers.append(line)

    def note_callback(self, *, message: str, genuine: bool, body: Mapping[str, Any]) -> None:
        """Write down a callback and whether its signature was right; a repeated one counts once."""
        line = {"at": _now(), "message": message, "genuine": genuine, "body": dict(body)}
        with self._lock:
            known = any(one["message"] == message and one["genuine"] for one in self._callbacks)
            if not (genuine and known):
                self._callbacks.append(line)

    def callback_about(self, verification: str) -> dict[str, Any] | None:
        """Find the latest genuine callback about a verification."""
        with self._lock:
            lines = list(self._callbacks)
        about = [
            line["body"]
            for line in lines
            if line["genuine"] and line["body"].get("id") == verification
        ]
        return about[-1] if about else None

    def shown(self) -> dict[str, Any]:
        """Give all lines as JSON."""
        with self._lock:
            return {"answers": list(self._answers), "callbacks": list(self._callbacks)}


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
