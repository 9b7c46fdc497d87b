"""Scripts on a connection that each thread holds, for what every request asks.

Knows redis-py's connections. Borrowing one anew, with its locks, checks and timers, costs a thread
nearly as much as the question itself. Whatever befalls a held one, the scripts are run the ordinary
way instead, with redis-py's retries: every script of ours may be repeated.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from typing import Any

import redis
from redis.exceptions import NoScriptError


class HeldScript:
    """A script that runs on its thread's line."""

    def __init__(self, lines: Lines, client: redis.Redis, text: str) -> None:
        """Take the script; nothing is sent yet."""
        self._lines = lines
        self.run_ordinarily = client.register_script(text)
        self._sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, keys: Sequence[str], args: Sequence[Any] = ()) -> Any:
        """Run it and return the answer."""
        return self._lines.run((self, keys, args))[0]

    def command(self, keys: Sequence[str], args: Sequence[Any]) -> tuple[Any, ...]:
        """Return what is sent to run it."""
        return ("EVALSHA", self._sha, len(keys), *keys, *args)


Question = tuple[HeldScript, Sequence[str], Sequence[Any]]


class Lines:
    """A line to the server for each thread."""

    def __init__(self, client: redis.Redis) -> None:
        """Take the client whose pool the lines come from."""
        self._client = client
        self._holds = getattr(client, "connection_pool", None) is not None  # a cluster has many
        self._own = threading.local()

    def script(self, text: str) -> HeldScript:
        """Return a script to run."""
        return HeldScript(self, self._client, text)

    def run(self, *questions: Question) -> list[Any]:
        """Run scripts in one round trip (on a cluster, one after the other); return their answers."""
        if self._holds:
            try:
                return self._line().ask([script.command(*rest) for script, *rest in questions])
            except (redis.ConnectionError, redis.TimeoutError):
                self._own.__dict__.clear()
            except NoScriptError:
                pass
        return [script.run_ordinarily(keys=keys, args=args) for script, keys, args in questions]

    def _line(self) -> _Line:
        own = self._own.__dict__
        if own.get("pid") != os.getpid():
            pool = self._client.connection_pool
            own.update(line=_Line(pool, pool.get_connection()), pid=os.getpid())
        line: _Line = own["line"]
        return line


class _Line:
    """One connection, which goes back to its pool with the thread that held it."""

    def __init__(self, pool: redis.ConnectionPool, connection: Any) -> None:
        self._pool = pool
        self._connection = connection

    def ask(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Send commands and return the answers. Raises what redis-py raises; a broken connection is closed."""
        try:
            self._connection.send_packed_command(self._connection.pack_commands(commands))
            answers = [self._answer() for _ in commands]
        except BaseException:
            self._connection.disconnect()
            raise
        for answer in answers:
            if isinstance(answer, redis.ResponseError):
                raise answer
        return answers

    def _answer(self) -> Any:
        """Return one answer, a complaint too: those that follow it must still be read."""
        try:
            return self._connection.read_response()
        except redis.ResponseError as complaint:
            return complaint

    def __del__(self) -> None:
        self._pool.release(self._connection)
