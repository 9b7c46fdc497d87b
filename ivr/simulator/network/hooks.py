"""Sending a hook: signed, in time, tried again where the carrier would, and written down.

Knows addresses, retries, the idempotency header and a network that delivers twice. Does not know
what a hook is about, nor what follows from its answer.
"""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urlsplit, urlunsplit

from ivr.simulator.network.clock import Clock
from ivr.simulator.network.messages import (
    ConnectFailedError,
    Failure,
    Reply,
    Request,
    Send,
    TimedOutError,
)
from ivr.simulator.network.overrides import Overrides, overrides
from ivr.simulator.network.signing import Signer

IDEMPOTENCY = "I-Twilio-Idempotency-Token"
AGENT = "TwilioProxy/1.1"


@dataclass(frozen=True, kw_only=True)
class Hook:
    """One question to a web server. `repeat` sends it twice and goes by the second answer."""

    kind: str
    method: str
    url: str
    form: tuple[tuple[str, str], ...]
    repeat: bool = False


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One attempt at a hook as it went; `at` in seconds since 1970."""

    at: float
    hook: Hook
    request: Request
    reply: Reply


class Messenger:
    """Sends hooks for all calls of the network."""

    def __init__(self, *, clock: Clock, send: Send, signer: Signer, rng: random.Random) -> None:
        self.clock = clock
        self.send = send
        self._signer = signer
        self._rng = rng

    def deliver(
        self, hook: Hook, *, note: Callable[[Exchange], None], then: Callable[[Reply], None]
    ) -> None:
        """Send a hook; `note` hears of every attempt, `then` gets the answer that counts."""
        token = uuid.UUID(int=self._rng.getrandbits(128), version=4)
        rules = overrides(hook.url)
        url, form = _address(hook)
        headers = {
            **self._signer.headers(url, form),
            IDEMPOTENCY: str(token),
            "User-Agent": AGENT,
            "Accept": "*/*",
        }
        request = Request(
            method=hook.method, url=url, form=form, headers=headers, seconds=rules.seconds
        )
        _Delivery(self, hook, request, rules).go(note, then)


class _Delivery:
    """One hook on its way: attempts until one counts."""

    def __init__(
        self, messenger: Messenger, hook: Hook, request: Request, rules: Overrides
    ) -> None:
        self._messenger, self._hook = messenger, hook
        self._request, self._rules = request, rules
        self._retries = rules.retries
        self._repeats = 1 if hook.repeat else 0

    def go(self, note: Callable[[Exchange], None], then: Callable[[Reply], None]) -> None:
        at = self._messenger.clock.now()

        def arrived(reply: Reply) -> None:
            note(Exchange(at=at, hook=self._hook, request=self._request, reply=reply))
            if self._once_more(reply):
                self.go(note, then)
            else:
                then(reply)

        self._messenger.clock.in_background(self._attempt, arrived)

    def _once_more(self, reply: Reply) -> bool:
        if self._rules.wants_retry(reply) and self._retries:
            self._retries -= 1
            return True
        if self._repeats:
            self._repeats -= 1
            return True
        return False

    def _attempt(self) -> Reply:
        longest = self._request.seconds
        try:
            reply = self._messenger.send(self._request)
        except TimedOutError:
            return Reply(status=0, failure=Failure.TIMEOUT, seconds=longest)
        except ConnectFailedError:
            return Reply(status=0, failure=Failure.CONNECT)
        if reply.seconds > longest:
            return replace(reply, status=0, failure=Failure.TIMEOUT, seconds=longest)
        return reply


def _address(hook: Hook) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Give address and form as they are sent: no fragment; a GET has its fields in the query."""
    parts = urlsplit(hook.url)
    if hook.method == "GET":
        query = "&".join(filter(None, (parts.query, urlencode(hook.form))))
        return urlunsplit(parts._replace(query=query, fragment="")), ()
    return urlunsplit(parts._replace(fragment="")), hook.form
