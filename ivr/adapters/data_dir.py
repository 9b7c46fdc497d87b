"""A folder of data belongs to one server at a time.

Knows: the lock file in the folder, and that a lock is held as long as any process has the
file open that was locked: the starter hands it on to the server and closes its own.
Does not know: what else is in the folder, nor who serves it.
"""

import contextlib
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ivr.domain.errors import HonninError

LOCK_NAME = "server.pid"
PATIENCE = 3.0  # seconds, for a server whose starter was killed and that is about to end
LOOK_AGAIN = 0.05  # seconds between two tries


class DataInUse(HonninError):
    """Ops must act: another server uses this folder. Names its process."""


@contextlib.contextmanager
def claim(folder: Path, *, patience: float = PATIENCE) -> Iterator[IO[str]]:
    """Make `folder` if need be (0700) and lock it; give the locked file, to be inherited.

    Raises:
        DataInUse: another live server has it, and still had it after `patience` seconds.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / LOCK_NAME).open("a+") as lock:
        deadline = time.monotonic() + patience
        while not _locked(lock):
            if time.monotonic() > deadline:
                raise DataInUse(_refusal(folder, lock))
            time.sleep(LOOK_AGAIN)
        yield lock


def name_holder(lock: IO[str], pid: int) -> None:
    """Write down who holds the lock, for whoever is refused."""
    lock.truncate(0)
    lock.write(f"{pid}\n")
    lock.flush()


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _refusal(folder: Path, lock: IO[str]) -> str:
    lock.seek(0)
    holder = lock.read().strip()
    process = f"process {holder}" if holder else "a process that is just starting"
    return (
        f"The data in {folder} are in use by another server, {process}. "
        "Stop that one, or name another folder."
    )
