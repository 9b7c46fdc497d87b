import pytest
import redis

from ivr.adapters.embedded_server import EmbeddedServer
from ivr.adapters.names import Names
from ivr.adapters.redis_client import check_form, check_server, connect
from ivr.adapters.redis_store import RedisStore
from ivr.adapters.seal import Sealer
from ivr.domain.errors import SettingsFault
from ivr.domain.keyring import Keyring

KEYRING = Keyring({"k1": b"1" * 32}, b"l" * 32)


def store(client: redis.Redis, keyring: Keyring = KEYRING, partitions: int = 64) -> RedisStore:
    return RedisStore(client, Names(keyring, partitions), Sealer(keyring))


@pytest.mark.parametrize(
    "url",
    ["redis://h/0", "rediss://h", "unix:///s", "redis+sentinel://a:1,b/main", "redis+cluster://a"],
)
def test_every_form_of_address_is_known(url: str) -> None:
    check_form(url)


@pytest.mark.parametrize("url", ["nonsense", "http://h", "", "redis+sentinel"])
def test_another_form_is_refused_with_the_forms_that_there_are(url: str) -> None:
    with pytest.raises(SettingsFault, match="IVR_REDIS_URL: must be redis://"):
        connect(url)


def test_a_sentinel_without_a_name_is_refused() -> None:
    with pytest.raises(SettingsFault):
        connect("redis+sentinel://host:26379")


@pytest.mark.real_server
def test_our_own_server_is_good_enough(real_server: str) -> None:
    check_server(connect(real_server))


@pytest.mark.real_server
def test_a_server_that_forgets_or_evicts_is_refused_with_what_to_set() -> None:
    with EmbeddedServer() as server:
        client = connect(server.url)
        client.config_set("appendonly", "no")
        client.config_set("maxmemory-policy", "allkeys-lru")
        with pytest.raises(SettingsFault) as caught:
            check_server(client)
    assert len(caught.value.faults) == 2
    assert "appendonly yes" in str(caught.value)
    assert "noeviction" in str(caught.value)


@pytest.mark.real_server
def test_a_store_that_was_filled_under_other_settings_is_refused(real_server: str) -> None:
    client = connect(real_server)
    client.flushall()
    store(client).check_house()
    store(client).check_house()
    with pytest.raises(SettingsFault, match="partitions"):
        store(client, partitions=32).check_house()
    with pytest.raises(SettingsFault, match="IVR_LASTING_KEY"):
        store(client, Keyring({"k1": b"1" * 32}, b"m" * 32)).check_house()
    store(client).check_house()
