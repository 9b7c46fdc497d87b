"""What is sent again because its answer was lost is done once."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ivr.adapters.redis_store import RedisStore
from ivr.adapters.seal import Sealer
from tests.adapters.benches import KEYRING, NAMES, RedisBench
from tests.adapters.records import ACCOUNT, BANK, NUMBER, create, load, note, with_tries

pytestmark = pytest.mark.real_server


class LossyConnection(redis.UnixDomainSocketConnection):
    """Loses the answers to the next few scripts, after the server has run them."""

    to_lose = 0
    sent = ""

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 - redis-py's
        super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]
        # Now: a new connection sends its own greeting first.
        self.sent = "EVALSHA" if b"EVALSHA" in b"".join(command) else ""

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        answer = super().read_response(*args, **kwargs)
        if self.sent == "EVALSHA" and LossyConnection.to_lose:
            LossyConnection.to_lose -= 1
            self.disconnect()  # type: ignore[no-untyped-call]
            raise redis.ConnectionError("the answer was lost")
        return answer


@pytest.fixture
def store(real_server: str, real_bench: RedisBench) -> Iterator[RedisStore]:
    """A store whose line to the server loses answers, and which sends again what was lost."""
    pool = redis.ConnectionPool(
        connection_class=LossyConnection,
        path=real_server.removeprefix("unix://"),
        retry=Retry(NoBackoff(), 3),
    )
    assert real_bench.values() == {}
    with redis.Redis(connection_pool=pool) as client:
        yield RedisStore(client, NAMES, Sealer(KEYRING))
    pool.disconnect()


def lose_answers(count: int) -> None:
    LossyConnection.to_lose = count


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_save_is_recognised_when_it_is_sent_again(store: RedisStore, times: int) -> None:
    record = create(store)
    loaded = load(store, record)
    lose_answers(times)
    store.save(loaded, with_tries(record, 1), [note("once")], due=1, keep=None)
    assert LossyConnection.to_lose == 0
    assert load(store, record).record == with_tries(record, 1)
    assert [row[3][0].kind for row in store.read_notes(9)] == ["created", "once"]


def test_a_creation_is_recognised_when_it_is_sent_again(store: RedisStore) -> None:
    loaded = store.load_account(BANK, ACCOUNT)
    lose_answers(1)
    record = create(store)
    assert LossyConnection.to_lose == 0
    assert load(store, record).record == record
    assert loaded.record is None


def test_a_claim_is_recognised_when_it_is_sent_again(store: RedisStore) -> None:
    create(store)
    lose_answers(1)
    assert store.claim(b"a-replay-name-16", store.new_id(BANK, ACCOUNT)).fresh
    assert LossyConnection.to_lose == 0


def test_a_reservation_is_recognised_when_it_is_sent_again(store: RedisStore) -> None:
    create(store)
    lose_answers(1)
    assert store.reserve_call(NUMBER, "one", per_hour=2, per_day=2) == 0
    assert store.reserve_call(NUMBER, "two", per_hour=2, per_day=2) == 0
    assert store.reserve_call(NUMBER, "three", per_hour=2, per_day=2) > 0


def test_what_was_taken_with_a_lost_answer_comes_again_when_the_lease_runs_out(
    store: RedisStore, real_bench: RedisBench
) -> None:
    record = create(store, due=1)
    lose_answers(1)
    assert store.take_due(lease_ms=30, limit=5, partitions=range(8)) in (
        [],
        [record.verification.id],
    )
    real_bench.wait(0.05)
    lose_answers(0)
    assert store.take_due(lease_ms=30, limit=5) == [record.verification.id]
