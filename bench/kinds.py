"""The kinds of request that are measured: for each, records in the state that it meets, and the requests.

Knows the API and the carrier's hooks as their users do. Each request of a batch meets a record of
its own and is sent once.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bench.load import get, post, post_form
from bench.world import SID, Filling, Originals, World, body_of
from ivr.domain.record import State, Verification
from ivr.service.hook_address import hook_path
from ivr.service.tokens import call_token


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of request. `trips` are its round trips to Redis; `state` is what it meets."""

    name: str
    title: str
    trips: int
    status: int
    state: State | None
    make: Callable[[Requests, Verification], bytes]


class Requests:
    """Makes batches of requests, with the records that they meet."""

    def __init__(self, world: World, filling: Filling) -> None:
        """Take where the records are put."""
        self._world = world
        self.filling = filling
        self._accounts = itertools.count(1)
        self._passcode = Originals(world).passcode

    def batch(self, kind: Kind, count: int) -> list[bytes]:
        """Put `count` records into the server and return a request for each."""
        if kind.state is None:
            return [self.start() for _ in range(count)]
        record = Originals(self._world).make(kind.state)
        return [kind.make(self, each) for each in self.filling.copies(record, count)]

    def next_account(self) -> str:
        """Return a registered account that was not used yet."""
        return f"101-{next(self._accounts):07d}"

    def start(self) -> bytes:
        """Return a start for an account that had none."""
        headers = {**self._login(), "Idempotency-Key": secrets.token_hex(16)}
        body = body_of(self.next_account())
        return post("/v1/verifications", {**headers, "Content-Type": "application/json"}, body)

    def hook(self, verification: str, last: str, news: Mapping[str, str]) -> bytes:
        """Return a hook as the carrier sends it."""
        keyring = self._world.settings.keyring
        token = call_token(keyring, keyring.current, verification, 1)
        path = hook_path(verification, 1, token, "ja", last)
        form = {**self._call(), **news}
        headers = {**self._world.signed(path, form), "User-Agent": "TwilioProxy/1.1"}
        headers["I-Twilio-Idempotency-Token"] = secrets.token_hex(16)
        return post_form(path, headers, form)

    def check(self, verification: Verification, *, right: bool) -> bytes:
        """Return a check of the passcode, or of another."""
        passcode = self._passcode(verification)
        typed = passcode if right else f"{(int(passcode) + 1) % 1_000_000:06d}"
        headers = {**self._login(), "Content-Type": "application/json"}
        body = f'{{"passcode": "{typed}"}}'.encode()
        return post(f"/v1/verifications/{verification.id}/check", headers, body)

    def poll(self, verification: str) -> bytes:
        """Return a poll that is not held."""
        return get(f"/v1/verifications/{verification}", self._login())

    def _login(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._world.key}"}

    def _call(self) -> dict[str, str]:
        """Return the fields that every hook of Twilio's has."""
        return {
            "AccountSid": self._world.settings.carrier.account,
            "ApiVersion": "2010-04-01",
            "CallSid": SID,
            "Called": "+819012345678",
            "CalledCountry": "JP",
            "Caller": "+81345678900",
            "CallerCountry": "JP",
            "Direction": "outbound-api",
            "From": "+81345678900",
            "FromCountry": "JP",
            "To": "+819012345678",
            "ToCountry": "JP",
        }


def _hook(last: str, **news: str) -> Callable[[Requests, Verification], bytes]:
    return lambda requests, met: requests.hook(met.id, last, news)


KINDS = (
    Kind(name="start", title="start a verification", trips=3, status=202, state=None,
         make=lambda requests, _: requests.start()),
    Kind(name="hook", title="hook turn: the consent key, answered with the passcode", trips=2, status=200,
         state=State.ANSWERED,
         make=_hook("1", CallStatus="in-progress", Digits="1", FinishedOnKey="", msg="Gather End")),
    Kind(name="status", title="status callback: the call is over", trips=2, status=204, state=State.SPOKEN,
         make=_hook("status", CallStatus="completed", CallDuration="41", SipResponseCode="200",
                    SequenceNumber="3", CallbackSource="call-progress-events")),
    Kind(name="wrong_check", title="wrong check", trips=2, status=422, state=State.SPOKEN,
         make=lambda requests, met: requests.check(met, right=False)),
    Kind(name="right_check", title="right check, with its receipt", trips=2, status=200, state=State.SPOKEN,
         make=lambda requests, met: requests.check(met, right=True)),
    Kind(name="poll", title="poll", trips=1, status=200, state=State.SPOKEN,
         make=lambda requests, met: requests.poll(met.id)),
)  # fmt: skip
BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}


def each_of(names: str) -> Iterator[Kind]:
    """Yield the kinds with these names, all where none is given."""
    yield from (BY_NAME[name] for name in names.split()) if names else KINDS
