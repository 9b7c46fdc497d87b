"""A family of processes: started together, watched together, ended together.

Knows: the order of start and end, who is ready, who has died, and that no child outlives us,
`kill -9` included (`adapters/kept_process.py`).
Does not know: what the children do.
"""

import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Protocol, Self

import urllib3

from ivr.adapters.kept_process import Command, KeptProcess
from ivr.cli.child_output import Logged, Output, Relay, Relayed, print_with_name
from ivr.domain.errors import HonninError

LOOK_AGAIN = 0.05  # seconds between two looks at who is ready or dead
SIGNALLED = 128  # exit codes above it mean: ended by signal (code - 128)


class ChildFault(HonninError):
    """Ops must act: a child died or did not get ready. Says which, with its last lines."""


class Member(Protocol):
    """What a family can watch and end; `EmbeddedServer` is one too."""

    def poll(self) -> int | None:
        """Give the exit code, or None while it runs."""

    def ask_to_end(self) -> None:
        """Have it end by itself, as far as it can, without waiting for that."""

    def stop(self) -> None:
        """End it and return when it has ended. Safe to repeat."""

    def last_lines(self) -> tuple[str, ...]:
        """Give what it said last."""


@dataclass(frozen=True, kw_only=True)
class Child:
    """A command of ours. `environment` is all of its environment; nothing is inherited."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    ready: str | Callable[[], bool] | None = None  # an address that answers GET, or a question
    ready_within: float = 30.0  # seconds
    grace: float = 10.0  # seconds from SIGTERM to SIGKILL
    log: Path | None = None  # a file for its output; without it, lines are relayed


class Family:
    """Everybody that was started or adopted; as a context manager it ends them all.

    Inside the context SIGTERM and SIGHUP raise SystemExit, so that they end the family in
    order, as Ctrl-C does.
    """

    def __init__(self, relay: Relay = print_with_name) -> None:
        """Begin without members. `relay` gets the lines of children without a log file."""
        self._relay = relay
        self._members: dict[str, Member] = {}
        self._together: list[list[str]] = []
        self._former: dict[int, Any] = {}

    def start(self, *children: Child) -> None:
        """Start the children at once; return when each of them is ready.

        Raises:
            ChildFault: one died, or was not ready in its time.
            NotStarted: a program cannot be executed.
        """
        begun = time.monotonic()
        self._together.append([child.name for child in children])
        for child in children:
            self._members[child.name] = _ChildProcess(child, self._relay)
        waiting = list(children)
        while waiting:
            self.check()
            waiting = [child for child in waiting if not _is_ready(child)]
            for child in waiting:
                if time.monotonic() - begun > child.ready_within:
                    raise self._fault(child.name, f"was not ready in {child.ready_within:.0f} s")
            time.sleep(LOOK_AGAIN if waiting else 0)

    def adopt(self, name: str, member: Member) -> None:
        """Watch and end somebody who was started elsewhere."""
        self._members[name] = member
        self._together.append([name])

    def pid(self, name: str) -> int:
        """Give the process id of a child that was started here."""
        member = self._members[name]
        return member.pid if isinstance(member, _ChildProcess) else 0

    def check(self) -> None:
        """Look at everybody once.

        Raises:
            ChildFault: a member has ended by itself.
        """
        for name, member in self._members.items():
            code = member.poll()
            if code is not None:
                raise self._fault(name, _how_it_ended(code))

    def wait(self, seconds: float | None = None) -> None:
        """Stay until the time is over; without a time, until a member ends.

        Raises:
            ChildFault: a member has ended by itself.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while deadline is None or time.monotonic() < deadline:
            self.check()
            time.sleep(LOOK_AGAIN)

    def stop(self) -> None:
        """End everybody, the youngest first, and at once those that were started at once. Safe to repeat."""
        while self._together:
            names = self._together.pop()
            members = [self._members.pop(name) for name in reversed(names) if name in self._members]
            for each in members:
                each.ask_to_end()
            for each in members:
                each.stop()

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGHUP):
                self._former[number] = signal.signal(number, _leave)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.stop()
        finally:
            while self._former:
                number, former = self._former.popitem()
                signal.signal(number, former)

    def _fault(self, name: str, what: str) -> ChildFault:
        lines = self._members[name].last_lines()
        said = "".join(f"\n  {line}" for line in lines) if lines else " nothing."
        return ChildFault(f"{name} {what}. It said last:{said}")


class _ChildProcess:
    """A child of our own, with its output."""

    def __init__(self, child: Child, relay: Relay) -> None:
        self._output: Output = Logged(child.log) if child.log else Relayed(child.name, relay)
        try:
            self._process = KeptProcess(
                Command(
                    arguments=child.arguments,
                    environment=child.environment,
                    output=self._output.target,
                    grace=child.grace,
                )
            )
        finally:
            self._output.handed_over()
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Give the exit code, or None while it runs."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        """Have it end, without waiting for that."""
        self._process.ask_to_end()

    def stop(self) -> None:
        """End it and take its last words."""
        self._process.stop()
        self._output.close()

    def last_lines(self) -> tuple[str, ...]:
        """Give its last words."""
        if self.poll() is not None:
            self._output.close()
        return self._output.last_lines()


def _is_ready(child: Child) -> bool:
    if child.ready is None:
        return True
    if callable(child.ready):
        return child.ready()
    try:
        answer = urllib3.request("GET", child.ready, retries=False, timeout=1.0)
    except urllib3.exceptions.HTTPError:
        return False
    return answer.status < HTTPStatus.BAD_REQUEST


def _how_it_ended(code: int) -> str:
    if code - SIGNALLED in signal.valid_signals():
        return f"was ended by {signal.Signals(code - SIGNALLED).name}"
    return f"ended with code {code}"


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(SIGNALLED + number)
