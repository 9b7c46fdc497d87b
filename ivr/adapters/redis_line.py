"""Scripts on a connection that each thread holds, for what every request asks.

Knows redis-py's connections. Borrowing one anew, with its locks, checks and timers, costs a thread
nearly as much as the question itself. Whatever befalls a held one, the script is run the ordinary
way instead, with redis-py's retries: every script of ours may be repeated.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

import redis
from redis.exceptions import NoScriptError


class Lines:
    """A line to the server for each thread."""

    def __init__(self, client: redis.Redis) -> None:
        """Take the client whose pool the lines come from."""
        self._client = client
        self._own = threading.local()

    def script(self, text: str) -> Callable[..., Any]:
        """Return a function of `keys` and `args` that runs a script."""
        ordinary = self._client.register_script(text)
        if getattr(self._client, "connection_pool", None) is None:
            return ordinary  # a cluster finds the node anew for each script
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

        def run(keys: Sequence[str], args: Sequence[Any] = ()) -> Any:
            try:
                return self._line().ask("EVALSHA", sha, len(keys), *keys, *args)
            except (redis.ConnectionError, redis.TimeoutError):
                self._own.__dict__.clear()
            except NoScriptError:
                pass
            return ordinary(keys=keys, args=args)

        return run

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

    def ask(self, *command: Any) -> Any:
        """Send a command and return the answer. Raises what redis-py raises; then the connection is closed."""
        try:
            self._connection.send_command(*command)
            return self._connection.read_response()
        except redis.ResponseError:
            raise
        except BaseException:
            self._connection.disconnect()
            raise

    def __del__(self) -> None:
        self._pool.release(self._connection)
