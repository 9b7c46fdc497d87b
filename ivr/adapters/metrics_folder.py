"""The folder in which the web processes of one gunicorn count together.

Knows that each gunicorn has a folder of its own, that a lock tells whether its gunicorn still lives, and
what becomes of folders whose gunicorn is gone. Does not know what is counted, and loads no library that does:
that must be told of the folder first.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

_LOCK: Final = "lock"


class MetricsFolder:
    """A new folder for this process and its children, held until they have all ended."""

    def __init__(self, data_dir: Path) -> None:
        """Make it below `data_dir`/metrics, and remove those that nobody holds any more."""
        above = data_dir / "metrics"
        above.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(above):
            for path in above.iterdir():
                if path.is_dir() and not _is_held(path):
                    shutil.rmtree(path, ignore_errors=True)
            self.path = Path(tempfile.mkdtemp(dir=above))
            self._lock = _hold(self.path)


@contextmanager
def _alone(above: Path) -> Iterator[None]:
    """Keep others from looking around until ours is made and held."""
    with (above / _LOCK).open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _hold(path: Path) -> TextIO | None:
    """Hold a folder; None where another process does."""
    file = (path / _LOCK).open("w", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _is_held(path: Path) -> bool:
    lock = _hold(path)
    if lock is None:
        return True
    lock.close()
    return False
