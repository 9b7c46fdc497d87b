"""The service on a real server, whose time a test can move on without waiting for it."""

from collections.abc import Sequence
from typing import cast

import redis
from msgspec.structs import replace

from ivr.adapters.redis_client import connect
from ivr.adapters.redis_store import RedisStore
from ivr.adapters.seal import Sealer
from ivr.domain.policy import SECOND
from ivr.domain.record import Record
from ivr.service.ports import Claim, Loaded, Note
from tests.adapters.benches import age_calls, age_claims
from tests.service.house import KEYRING, NAMES, House
from tests.service.world import FakeCarrier, FakeCourier


class Shift:
    """How far the house's time is ahead of the server's, in milliseconds; shared by all processes."""

    def __init__(self) -> None:
        self.ms = 0
        self.claimed_at: dict[bytes, int] = {}


class ShiftedStore(RedisStore):
    """A store in whose house it is later than on its server."""

    def __init__(self, client: redis.Redis, shift: Shift) -> None:
        super().__init__(client, NAMES, Sealer(KEYRING))
        self._shift = shift

    def load(self, verification_id: str) -> Loaded | None:
        loaded = super().load(verification_id)
        return loaded and replace(loaded, now=loaded.now + self._shift.ms)

    def load_account(self, bank: str, account: str) -> Loaded:
        loaded = super().load_account(bank, account)
        return replace(loaded, now=loaded.now + self._shift.ms)

    def claim(self, name: bytes, verification_id: str) -> Claim:
        claim = super().claim(name, verification_id)
        if claim.fresh:
            self._shift.claimed_at[name[:8]] = self._shift.ms
        older = self._shift.ms - self._shift.claimed_at.get(name[:8], self._shift.ms)
        loaded = replace(claim.loaded, now=claim.loaded.now + self._shift.ms)
        return replace(claim, age=claim.age + older, loaded=loaded)

    def save(
        self,
        loaded: Loaded,
        record: Record,
        notes: Sequence[Note],
        *,
        due: int | None,
        keep: int | None,
        pass_before: int | None = None,
    ) -> None:
        back = self._shift.ms
        super().save(
            loaded,
            record,
            notes,
            due=None if due is None else due - back,
            keep=keep,
            pass_before=None if pass_before is None else pass_before - back,
        )


class RealHouse(House):
    """A house on a real server."""

    def __init__(
        self,
        url: str,
        carrier: FakeCarrier | None = None,
        courier: FakeCourier | None = None,
        shift: Shift | None = None,
        **limits: int,
    ) -> None:
        self._url = url
        self._own_limits = limits
        self.shift = shift or Shift()
        self.client = connect(url)
        self.client.connection_pool.max_connections = 500  # for more threads than a process has
        store = ShiftedStore(self.client, self.shift)
        super().__init__(
            store,
            carrier or FakeCarrier(),
            courier or FakeCourier(),
            rates=None,
            routes=None,
            **limits,
        )

    def restart(self) -> "RealHouse":
        """Return the house as new processes have it: over the same data, with nothing remembered."""
        self.client.close()
        return RealHouse(self._url, self.carrier, self.courier, self.shift, **self._own_limits)

    def wait(self, seconds: float) -> None:
        """Let time pass: what is due, what is reserved and what is kept all grow older."""
        ms = round(seconds * SECOND)
        self.shift.ms += ms
        age_calls(self.client, ms)
        age_claims(self.client, ms)
        for key in self.client.scan_iter("*"):
            if self.client.type(key) == b"zset":
                for member in cast("list[bytes]", self.client.zrange(key, 0, -1)):
                    self.client.zincrby(key, -ms, member)
            elif (left := self.client.pttl(key)) > 0:
                self.client.pexpire(key, max(left - ms, 0))

    def close(self) -> None:
        """Leave the server empty."""
        self.client.flushall()
        self.client.close()
