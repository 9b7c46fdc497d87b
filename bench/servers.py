"""Server processes on a core of their own, and their CPU time by the system's own accounting.

Knows processes and clocks. Does not know what they serve.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import urllib3

SERVER_CORE = 0
READY_SECONDS = 60.0
ENDS_SECONDS = 20.0


@dataclass
class Server:
    """A server that listens on `port`; all its processes count."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    def cpu(self) -> float:
        """Return the CPU seconds that its processes have taken so far, to the nanosecond."""
        return sum(cpu_of(pid) for pid in family_of(self.process.pid))

    def memory(self) -> float:
        """Return the proportional set size of its largest process in MiB: shared pages count by share."""
        return max(memory_of(pid) for pid in family_of(self.process.pid))

    def stop(self) -> None:
        """End it and return when it has ended."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(ENDS_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def start(
    name: str,
    port: int,
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    ready: str,
    folder: Path,
    core: int = SERVER_CORE,
) -> Server:
    """Start a server pinned to a core; return when GET `ready` is answered."""
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    server = Server(name=name, port=port, process=process)
    deadline = time.monotonic() + READY_SECONDS
    while not answers(port, ready):
        if process.poll() is not None or time.monotonic() > deadline:
            server.stop()
            said = (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
            raise SystemExit(f"bench: {name} did not start:\n{said[-2000:]}")
        time.sleep(0.02)
    return server


def answers(port: int, path: str) -> bool:
    """Tell whether something below 500 is answered."""
    try:
        found = urllib3.request("GET", f"http://127.0.0.1:{port}{path}", retries=False, timeout=2.0)
    except urllib3.exceptions.HTTPError:
        return False
    return found.status < 500


def family_of(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [pid]
    for each in found:
        tasks = Path(f"/proc/{each}/task")
        for task in tasks.iterdir() if tasks.exists() else ():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended
                found.extend(map(int, (task / "children").read_text(encoding="ascii").split()))
    return found


def cpu_of(pid: int) -> float:
    """Return a process's CPU seconds, with those of its threads that have ended (clock_getcpuclockid(3))."""
    return time.clock_gettime(~pid << 3 | 2)


def memory_of(pid: int) -> float:
    """Return a process's proportional set size in MiB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0
