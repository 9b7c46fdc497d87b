"""Scripts on a connection that each thread holds, for what every request asks.

Knows redis-py's connections, and how to learn that a replica has what was written. Borrowing a
connection anew, with its locks, checks and timers, costs a thread nearly as much as the question
itself. Whatever befalls a held one, the scripts are run the ordinary way instead, with redis-py's
retries and its knowledge of clusters: every script of ours may be repeated.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from typing import Any, Final

import hiredis
import redis
from redis.exceptions import (
    AskError,
    ClusterDownError,
    NoScriptError,
    ReadOnlyError,
    RedisClusterException,
    TryAgainError,
)

WAIT_MS: Final = 1000
"""How long an answer is held back for the replicas; well within the time that one command is given."""
TOUCH: Final = """
if redis.call('PEXPIRE', KEYS[1], 86400000) == 0 then redis.call('SET', KEYS[1], '', 'PX', 86400000) end
return 1
"""
"""A trifle for the replicas to receive; most times one that a full memory does not refuse. KEYS: any."""
_UNASKED: Final = redis.ResponseError()
_ELSEWHERE: Final = (NoScriptError, AskError, ClusterDownError, TryAgainError)
"""What the ordinary way puts right; `MovedError` is an `AskError`."""


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

    def keep(self, keys: Sequence[str], args: Sequence[Any] = ()) -> tuple[Any, bool]:
        """Run it; return the answer, and whether as many replicas as are configured have what it wrote."""
        answers, kept = self._lines.keep((self, keys, args))
        return answers[0], kept

    def command(self, keys: Sequence[str], args: Sequence[Any]) -> tuple[Any, ...]:
        """Return what is sent to run it."""
        return ("EVALSHA", self._sha, len(keys), *keys, *args)


Question = tuple[HeldScript, Sequence[str], Sequence[Any]]


class Lines:
    """A line to each server for each thread."""

    def __init__(self, client: redis.Redis, replicas: int = 0) -> None:
        """Take the client whose pools the lines come from, and how many replicas must have what is kept."""
        self._client = client
        self._replicas = replicas
        self._is_cluster = isinstance(client, redis.RedisCluster)
        self._own = threading.local()

    def script(self, text: str) -> HeldScript:
        """Return a script to run."""
        return HeldScript(self, self._client, text)

    def run(self, *questions: Question) -> list[Any]:
        """Run scripts, in one round trip where one server has all their keys; return their answers."""
        return self._ask(questions, 0)[0]

    def keep(self, *questions: Question) -> tuple[list[Any], bool]:
        """Run scripts as `run` does; tell too whether the replicas have what they wrote.

        That is asked in the same round trip. Without replicas the answer is yes.
        """
        return self._ask(questions, self._replicas)

    def _ask(self, questions: Sequence[Question], replicas: int) -> tuple[list[Any], bool]:
        if not self._is_cluster:
            pool = getattr(self._client, "connection_pool", None)
            return self._ask_one(pool, questions, replicas)
        answers: list[Any] = [None] * len(questions)
        kept = True
        for pool, places in self._by_pool(questions):
            found, has = self._ask_one(pool, [questions[place] for place in places], replicas)
            kept = kept and has
            for place, answer in zip(places, found, strict=True):
                answers[place] = answer
        return answers, kept

    def _by_pool(self, questions: Sequence[Question]) -> list[tuple[Any, list[int]]]:
        """Return which questions go to which server of a cluster."""
        places: dict[Any, list[int]] = {}
        for place, (_, keys, _args) in enumerate(questions):
            places.setdefault(self._pool_of(keys[0]), []).append(place)
        return list(places.items())

    def assure(self, key: str) -> bool:
        """Tell whether the replicas have all that the server of `key` was told before.

        A server waits for what the very connection wrote last; so a trifle is written first. No is the answer
        where the key is another server's by now: what was read a moment ago may have been lost with the
        one before, and the new one's replicas know nothing of that.
        """
        if not self._replicas:
            return True
        seen = f"{{{tag_of(key)}}}seen"
        ask = [("EVAL", TOUCH, 1, seen), ("WAIT", self._replicas, WAIT_MS)]
        try:
            answers = self._line(self._pool_of(seen)).ask(ask)
        except _ELSEWHERE:
            self._client.eval(TOUCH, 1, seen)  # which tells the client who has it by now
            return False
        return bool(answers[-1] >= self._replicas)

    def one_for_each_server(self, keys: Sequence[str]) -> list[str]:
        """Return one of the keys for each server that has any of them."""
        return list({self._pool_of(key): key for key in keys}.values())

    def _ask_one(
        self, pool: Any, questions: Sequence[Question], replicas: int
    ) -> tuple[list[Any], bool]:
        found: list[Any] = [_UNASKED] * len(questions)
        if pool is not None:
            commands = [script.command(*rest) for script, *rest in questions]
            waits = [("WAIT", replicas, WAIT_MS)] if replicas else []
            try:
                answers = self._line(pool).hear([*commands, *waits])
                found = answers[: len(questions)]
                complaints = [each for each in answers if isinstance(each, redis.ResponseError)]
                if not complaints:
                    return found, not replicas or answers[-1] >= replicas
                if not any(isinstance(each, _ELSEWHERE) for each in complaints):
                    raise complaints[0]
            except (redis.ConnectionError, redis.TimeoutError):
                self._forget()
            except ReadOnlyError:  # our primary once; whoever has its address by now is another
                self._forget()
                pool.disconnect(inuse_connections=False)
                found = [_UNASKED] * len(questions)
        answers = [
            script.run_ordinarily(keys=keys, args=args) if isinstance(answer, Exception) else answer
            for answer, (script, keys, args) in zip(found, questions, strict=True)
        ]
        return answers, not replicas or self.assure(questions[0][1][0])

    def _pool_of(self, key: str) -> Any:
        """Return the pool of the server that has a key, as far as the client knows; None where it does not."""
        if not self._is_cluster:
            return getattr(self._client, "connection_pool", None)
        client: Any = self._client
        try:
            node = client.nodes_manager.get_node_from_slot(client.keyslot(key))
        except RedisClusterException:
            return None
        return client.get_redis_connection(node).connection_pool

    def _line(self, pool: Any) -> _Line:
        own = self._own.__dict__
        if own.get("pid") != os.getpid():
            own.clear()
            own.update(pid=os.getpid(), lines={})
        lines: dict[Any, _Line] = own["lines"]
        if pool not in lines:
            lines[pool] = _Line(pool, pool.get_connection())
        return lines[pool]

    def _forget(self) -> None:
        self._own.__dict__.clear()


def _complain(answers: Sequence[Any]) -> None:
    for answer in answers:
        if isinstance(answer, redis.ResponseError):
            raise answer


def tag_of(key: str) -> str:
    """Return the part of a key that chooses its slot."""
    tag, closed, _ = key.partition("{")[2].partition("}")
    return tag if closed and tag else key


class _Line:
    """One connection, which goes back to its pool with the thread that held it."""

    def __init__(self, pool: redis.ConnectionPool, connection: Any) -> None:
        self._pool = pool
        self._connection = connection

    def ask(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Send commands and return the answers. Raises what redis-py raises; a broken connection is closed."""
        answers = self.hear(commands)
        _complain(answers)
        return answers

    def hear(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Send commands and return the answers, complaints among them. Raises where the connection is broken."""
        try:
            self._connection.send_packed_command([b"".join(map(hiredis.pack_command, commands))])
            answers = [self._answer() for _ in commands]
        except BaseException:
            self._connection.disconnect()
            raise
        return answers

    def _answer(self) -> Any:
        """Return one answer, a complaint too: those that follow it must still be read."""
        try:
            return self._connection.read_response()
        except redis.ResponseError as complaint:
            return complaint

    def __del__(self) -> None:
        self._pool.release(self._connection)
