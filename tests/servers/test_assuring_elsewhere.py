"""What was read of one primary is not said on the word of another, which may have lost it."""

import pytest
from redis.crc import key_slot

from ivr.adapters.redis_client import connect
from ivr.service.store_faults import UnkeptError
from tests.adapters.benches import KEYRING, NAMES, RedisBench
from tests.adapters.records import create
from tests.redis_servers import Cluster
from tests.servers.test_failover import move, tell

pytestmark = pytest.mark.real_server


def test_a_slot_that_is_anothers_since_it_was_read_assures_of_nothing(cluster: Cluster) -> None:
    with connect(cluster.url) as client:
        bench = RedisBench(client, replicas=1)
        own = create(bench.store).verification.id
        reader = bench.reopen(KEYRING)
        loaded = reader.load(own)
        assert loaded
        reader.assure(loaded)
        slot = key_slot(NAMES.tag(NAMES.partition_of(loaded.account_name)).encode() + b"x")
        old = cluster.owner_of(slot)
        new = next(each for each in cluster.has_role("master") if each is not old)
        other = bench.reopen(KEYRING)
        for key in tell(old, "CLUSTER GETKEYSINSLOT", slot, 100):
            tell(old, "DEL", key)  # the loss of what no replica had
        move(cluster, slot, old, new)
        with pytest.raises(UnkeptError):
            other.assure(loaded)
        assert other.load(own) is None
        move(cluster, slot, new, old)
