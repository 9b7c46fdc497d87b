"""The program that sits between us and one command, and ends the command when we are gone.

Knows: processes, groups, signals, and the lifeline, a socket whose other end only its starter
has. A cut lifeline means that the starter stopped the command or died, `kill -9` included.
Does not know: what the command does. It is run by its path and imports nothing of this
product, so that it starts at once; `kept_process.py` is its other half.

Its arguments are a JSON object (see `Orders`) and the command. It leads a session of its own, so
that a Ctrl-C meant for the starter reaches neither it nor the command: the starter decides in
which order things end.
"""

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TypedDict

PR_SET_PDEATHSIG = 1  # linux/prctl.h, as the next
PR_SET_CHILD_SUBREAPER = 36
LOOK_AGAIN = 0.02  # seconds between two looks at a group that was asked to end
SIGNALS = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Orders(TypedDict):
    """What the starter wants: numbers of file descriptors, seconds, and paths."""

    lifeline: int
    grace: float  # from SIGTERM to SIGKILL
    held: list[int]  # the command inherits these; they stay open until it has ended
    removed: list[str]  # folders to remove, but not when the command ended by itself


def main(arguments: list[str]) -> int:
    """Run the command until it ends or the lifeline is cut; give its exit code, shell style."""
    orders: Orders = json.loads(arguments[0])
    lifeline = socket.socket(fileno=orders["lifeline"])
    bell = _bell()
    try:
        command = _start(arguments[1:], orders["held"])
    except OSError as error:
        _tell(lifeline, {"error": str(error)})
        return 127
    _tell(lifeline, {"pid": command.pid})
    asked = _wait(command, lifeline, bell)
    code = _end(command, orders["grace"])
    for folder in orders["removed"] if asked else ():
        shutil.rmtree(folder, ignore_errors=True)
    return code if code >= 0 else 128 - code


def _tell(lifeline: socket.socket, answer: dict[str, object]) -> None:
    # A starter that is gone already is noticed by whoever waits at the lifeline.
    with contextlib.suppress(OSError):
        lifeline.sendall(json.dumps(answer).encode() + b"\n")


def _bell() -> socket.socket:
    """Make every signal readable as a byte, its number."""
    heard, rung = socket.socketpair()
    rung.settimeout(0)
    signal.set_wakeup_fd(rung.detach())
    for number in SIGNALS:
        signal.signal(number, lambda *_: None)
    return heard


def _start(arguments: list[str], held: list[int]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the starter's own command
        arguments,
        pass_fds=held,
        process_group=0,
        preexec_fn=_follower(),  # noqa: PLW1509 - this program has one thread
    )


def _follower() -> Callable[[], None] | None:
    """On Linux, take in the command's orphans, and have it end when this keeper is killed."""
    if sys.platform != "linux":
        return None
    prctl, keeper = ctypes.CDLL(None).prctl, os.getpid()
    prctl(PR_SET_CHILD_SUBREAPER, 1)

    def follow() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != keeper:
            os._exit(1)

    return follow


def _wait(command: subprocess.Popen[bytes], lifeline: socket.socket, bell: socket.socket) -> bool:
    """Wait for the end; tell whether it was asked for."""
    while _runs(command):
        ready, _, _ = select.select([lifeline, bell], [], [])
        if lifeline in ready or bell.recv(64).strip(bytes([signal.SIGCHLD])):
            return True
    return False


def _end(command: subprocess.Popen[bytes], grace: float) -> int:
    """End what is left of the command's process group; give the command's own exit code."""
    deadline = time.monotonic() + grace
    _signal(command.pid, signal.SIGTERM)
    while (_runs(command) or _signal(command.pid, 0)) and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN)
    _signal(command.pid, signal.SIGKILL)
    while _runs(command):
        time.sleep(LOOK_AGAIN)
    return command.returncode


def _runs(command: subprocess.Popen[bytes]) -> bool:
    """Bury the dead, orphans included, and tell whether the command is not among them."""
    with contextlib.suppress(ChildProcessError):
        while (dead := os.waitpid(-1, os.WNOHANG))[0]:
            if dead[0] == command.pid:
                command.returncode = os.waitstatus_to_exitcode(dead[1])
    return command.returncode is None


def _signal(group: int, number: int) -> bool:
    """Send it; tell whether there was anyone to get it. macOS forbids signals to the dead."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
