"""Where the words of a child process go, and its last ones for when it has died.

Knows: pipes and log files. Does not know: what the child is, nor how it ended.
"""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

LAST = 12  # lines kept for the report of a death
DRAINED_WITHIN = 2.0  # seconds, for what a dead child had still to say

Relay = Callable[[str, str], None]  # (name of the child, one line); called from threads


class Output(Protocol):
    """Takes what a child writes."""

    target: int  # the file descriptor that the child gets as stdout and stderr

    def handed_over(self) -> None:
        """Close our copy of `target`: the child has its own."""

    def last_lines(self) -> tuple[str, ...]:
        """Give the last lines so far."""

    def close(self) -> None:
        """Take what is still coming, after the child has ended."""


def print_with_name(name: str, line: str) -> None:
    """Relay a line to the terminal, behind the child's name."""
    sys.stderr.write(f"{name:>9} | {line}\n")


class Relayed:
    """Hands each line to a relay."""

    def __init__(self, name: str, relay: Relay) -> None:
        """Open the pipe and begin to read."""
        self._name, self._relay = name, relay
        self._last: deque[str] = deque(maxlen=LAST)
        source, self.target = os.pipe()
        self._reader = threading.Thread(target=self._read, args=(source,), daemon=True)
        self._reader.start()

    def handed_over(self) -> None:
        """Close our end, so that the reader ends with the child."""
        os.close(self.target)

    def last_lines(self) -> tuple[str, ...]:
        """Give the last lines that were relayed."""
        return tuple(self._last)

    def close(self) -> None:
        """Wait until the pipe is empty."""
        self._reader.join(DRAINED_WITHIN)

    def _read(self, source: int) -> None:
        with open(source, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self._last.append(line.rstrip("\n"))
                self._relay(self._name, self._last[-1])


class Logged:
    """Appends to a file (0600), which a dead parent cannot cut off."""

    def __init__(self, path: Path) -> None:
        """Open the file."""
        self._path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.target = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def handed_over(self) -> None:
        """Close our copy."""
        os.close(self.target)

    def last_lines(self) -> tuple[str, ...]:
        """Read the end of the file."""
        text = self._path.read_text(encoding="utf-8", errors="replace")
        return tuple(text.splitlines()[-LAST:])

    def close(self) -> None:
        """Nothing is buffered here."""
