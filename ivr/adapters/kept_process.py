"""A command that ends with us, however we end.

Knows: how to start `keeper.py` around a command, and how to stop both.
Does not know: what the command is for, nor when it is ready.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.adapters import keeper
from ivr.domain.errors import HonninError

KEEPER_STARTS_WITHIN = 20.0  # seconds; a Python that imports little, on a busy machine
KEEPER_ENDS_WITHIN = 5.0  # seconds beyond the command's own grace


class NotStarted(HonninError):
    """Ops must act: a command cannot be run at all. Says which and why."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to run. Secrets belong into `environment` or `stdin`: arguments are public."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    output: int = subprocess.DEVNULL  # a file descriptor, for both stdout and stderr
    stdin: bytes = b""
    grace: float = 10.0  # seconds from SIGTERM to SIGKILL
    held: Sequence[int] = ()  # file descriptors that stay open as long as the command runs
    removed: Sequence[Path] = ()  # folders that go when it is ended; not when it ends


class KeptProcess:
    """A running command with its keeper; the pid and the process group are the command's."""

    def __init__(self, command: Command) -> None:
        """Start it.

        Raises:
            NotStarted: the program is missing or cannot be executed.
        """
        self.pid = 0
        self._grace = command.grace
        self._lifeline, theirs = socket.socketpair()
        with theirs:
            self._keeper = _start_keeper(command, theirs.fileno())
        try:
            self.pid = self._read_pid(command.arguments[0])
        except NotStarted:
            self.stop()
            raise
        self._feed(command.stdin)

    def poll(self) -> int | None:
        """Give the exit code, or None while it runs. 128 + n means: ended by signal n."""
        code = self._keeper.poll()
        return code if code is None or code >= 0 else 128 - code

    def ask_to_end(self) -> None:
        """Cut the lifeline, and leave the rest to the keeper."""
        self._lifeline.close()

    def stop(self) -> None:
        """Cut the lifeline and return when nothing of the command is left. Safe to repeat."""
        self.ask_to_end()
        if self._keeper.stdin:
            self._keeper.stdin.close()
        try:
            self._keeper.wait(self._grace + KEEPER_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()
        if self._keeper.returncode < 0 and self.pid:  # the keeper was killed: do its last duty
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def _read_pid(self, name: str) -> int:
        self._lifeline.settimeout(KEEPER_STARTS_WITHIN)
        try:
            with self._lifeline.makefile("rb") as answers:
                answer = json.loads(answers.readline() or b'{"error": "its keeper died"}')
        except TimeoutError:
            answer = {"error": f"its keeper did not answer in {KEEPER_STARTS_WITHIN:.0f} s"}
        if "error" in answer:
            message = f"{name} cannot be started: {answer['error']}"
            raise NotStarted(message)
        return int(answer["pid"])

    def _feed(self, stdin: bytes) -> None:
        if self._keeper.stdin:
            # A command that died before it read this says so by its exit code.
            with contextlib.suppress(BrokenPipeError), self._keeper.stdin as pipe:
                pipe.write(stdin)


def _start_keeper(command: Command, lifeline: int) -> subprocess.Popen[bytes]:
    orders: keeper.Orders = {
        "lifeline": lifeline,
        "grace": command.grace,
        "held": list(command.held),
        "removed": [str(folder) for folder in command.removed],
    }
    python = (sys.executable, "-I", "-S", keeper.__file__)
    return subprocess.Popen(  # noqa: S603 - our own keeper, and the command that we were given
        [*python, json.dumps(orders), *command.arguments],
        env=dict(command.environment),
        stdin=subprocess.PIPE if command.stdin else subprocess.DEVNULL,
        stdout=command.output,
        stderr=subprocess.STDOUT,
        pass_fds=[lifeline, *command.held],
        start_new_session=True,
        umask=0o077,
    )
