"""A primary is killed, or slots move away, while depositors are on the telephone: nothing shown is lost."""

from pathlib import Path
from typing import Any

import pytest
from redis.crc import key_slot

from tests.redis_servers import Cluster, Server, Watched, until
from tests.servers.banked import PARTITIONS, Lives, served_house

pytestmark = pytest.mark.real_server


def test_a_primary_that_sentinel_replaces_takes_nothing_with_it(
    watched: Watched, tmp_path: Path
) -> None:
    old = watched.primary
    with served_house(watched.url, tmp_path, replicas=1) as house:
        with Lives(house) as lives:
            lives.await_more(20)
            old.kill()
            lives.await_more(20)
        until(lambda: watched.primary is not old, "another primary is named")
        lives.check_nothing_was_lost()
    watched.start_as_replica(old)
    watched.await_replicas(2)


def test_a_primary_that_a_cluster_replaces_takes_nothing_with_it(
    cluster: Cluster, tmp_path: Path
) -> None:
    with served_house(cluster.url, tmp_path, replicas=1) as house:
        old = cluster.owner_of(key_slot(b"{p00}due"))
        with Lives(house) as lives:
            lives.await_more(20)
            old.kill()
            until(lambda: cluster.is_whole(but=old), "the cluster is whole again")
            # Its replica has none itself: what it holds is not said until the old one is back.
            old.start()
            lives.await_more(40)
        cluster.await_replicas(1)
        lives.check_nothing_was_lost()
    cluster.await_whole()


def test_slots_that_move_to_another_primary_in_mid_call_are_followed(
    cluster: Cluster, tmp_path: Path
) -> None:
    slots = [key_slot(f"{{p{partition:02}}}due".encode()) for partition in range(PARTITIONS)]
    with served_house(cluster.url, tmp_path, replicas=1) as house, Lives(house) as lives:
        lives.await_more(10)
        moved = 0
        for slot in slots:
            old = cluster.owner_of(slot)
            new = next(each for each in cluster.has_role("master") if each is not old)
            moved += move(cluster, slot, old, new)
        lives.await_more(10)
    assert moved > 0
    lives.check_nothing_was_lost()


def move(cluster: Cluster, slot: int, old: Server, new: Server) -> int:
    """Move a slot key by key, as an operator's tool does: meanwhile each side asks for the other."""
    tell(new, "CLUSTER SETSLOT", slot, "IMPORTING", cluster.id_of(old))
    tell(old, "CLUSTER SETSLOT", slot, "MIGRATING", cluster.id_of(new))
    moved = 0
    while keys := tell(old, "CLUSTER GETKEYSINSLOT", slot, 10):
        tell(old, "MIGRATE", "127.0.0.1", new.port, "", 0, 2000, "KEYS", *keys)
        moved += len(keys)
    for each in (new, old, *cluster.has_role("master")):
        tell(each, "CLUSTER SETSLOT", slot, "NODE", cluster.id_of(new))
    return moved


def tell(server: Server, *command: object) -> Any:
    return server.client.execute_command(*command)  # type: ignore[no-untyped-call]
