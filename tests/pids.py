"""Which processes live. Knows pids and parents started for a test; does not know what they do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent


def lives(pid: int) -> bool:
    """A zombie does not live: it only waits for somebody to ask how it died."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            return stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
        except (FileNotFoundError, ProcessLookupError):
            return False
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False)
    return bool(listed.stdout.strip()) and not listed.stdout.strip().startswith(b"Z")


def children_of(pid: int) -> list[int]:
    """The pids of a process's children."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(each) for each in listed.stdout.split()]


def all_gone(*pids: int, within: float = 60.0) -> bool:
    deadline = time.monotonic() + within
    while any(lives(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def a_parent(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a Python program that will be killed; its stdout is what it tells the test."""
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as parent:
        try:
            yield parent
        finally:
            parent.kill()


def told(parent: subprocess.Popen[str]) -> list[str]:
    """The words of the next line that the parent printed."""
    assert parent.stdout
    line = parent.stdout.readline()
    assert line, "the parent died before it said anything"
    return line.split()


def kill_9(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
