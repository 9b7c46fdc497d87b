"""Where replicas are configured nothing is shown that the loss of the primary could take back."""

from pathlib import Path
from typing import cast

import pytest

from ivr.adapters.redis_client import check_server, connect
from ivr.adapters.redis_store import RedisStore
from ivr.domain.errors import SettingsFault
from ivr.service.store_faults import UnkeptError
from tests.redis_servers import Cluster, Server, Watched, until
from tests.servers.banked import ServedHouse, served_house
from tests.servers.test_faults import ACCOUNT, OTHER, URL, begin
from tests.web.small_house import ASKED

pytestmark = pytest.mark.real_server


def check(house: ServedHouse, own: str, code: str, key: str) -> tuple[int, str]:
    answer = house.ask(
        "POST",
        f"/v1/verifications/{own}/check",
        {"passcode": code},
        headers={"Idempotency-Key": key},
    )
    return answer.status_code, answer.json.get("code") or answer.json["verdict"]


def test_without_its_replica_nothing_is_said_and_asking_again_tells(
    pair: tuple[Server, Server], tmp_path: Path
) -> None:
    primary, replica = pair
    with served_house(URL.format(primary.port), tmp_path, replicas=1) as house:
        own = begin(house)
        code, wrong = house.passcode(own), house.wrong(own)
        with replica.frozen():
            assert check(house, own, wrong, "wrong-key-1") == (503, "replica_unavailable")
            assert house.ask("GET", f"/v1/verifications/{own}").status_code == 503
            hook = house.hook(house.hook_path(own, "2"), {"Digits": "1"})
            assert (hook.status_code, "Hangup" in hook.text) == (200, True)
        assert check(house, own, wrong, "wrong-key-1") == (422, "wrong_passcode")
        assert house.record(own).tries == 1
        assert check(house, own, code, "right-key-1") == (200, "pass")


def test_nothing_is_said_to_be_missing_by_a_primary_that_was_replaced(
    pair: tuple[Server, Server], tmp_path: Path
) -> None:
    primary, replica = pair
    with served_house(URL.format(primary.port), tmp_path, replicas=1) as house:
        address = f"/v1/verifications/{house.parts.store.new_id('honnin', ACCOUNT)}"
        assert house.ask("GET", address).status_code == 404
        primary.set_now("min-replicas-to-write", "0")  # as in the moments before it notices
        replica.client.replicaof("NO", "ONE")
        answer = house.ask("GET", address)
        assert (answer.status_code, answer.json["code"]) == (503, "replica_unavailable")


def test_the_archive_is_not_told_what_no_replica_has(
    pair: tuple[Server, Server], tmp_path: Path
) -> None:
    primary, replica = pair
    with served_house(URL.format(primary.port), tmp_path, replicas=1) as house:
        begin(house)
        store = cast("RedisStore", house.parts.store)
        assert store.read_notes(100)
        with replica.frozen(), pytest.raises(UnkeptError):
            store.read_notes(100)
        assert store.read_notes(100)


def test_a_verdict_that_dies_with_its_primary_was_shown_to_nobody(
    pair: tuple[Server, Server], tmp_path: Path
) -> None:
    primary, replica = pair
    with served_house(URL.format(primary.port), tmp_path, replicas=1) as house:
        own = begin(house)
        code = house.passcode(own)
        primary.set_now("min-replicas-to-write", "0")  # as in the moments before it notices
        replica.client.replicaof("NO", "ONE")
        # The primary has the verdict, and has it on its disk; nobody hears of it.
        assert check(house, own, code, "right-key-1") == (503, "replica_unavailable")
        assert house.record(own).passed
        with served_house(
            URL.format(primary.port), tmp_path, replicas=1, empty=False
        ) as other_process:
            answer = other_process.ask("GET", f"/v1/verifications/{own}")
            assert (answer.status_code, answer.json["code"]) == (503, "replica_unavailable")
        primary.kill()
    with served_house(URL.format(replica.port), tmp_path, empty=False) as house:
        assert house.read(own)["verdict"] is None
        assert house.record(own).tries == 0
        assert check(house, own, code, "right-key-1") == (200, "pass")


def test_a_primary_whose_replicas_are_long_gone_takes_nothing(
    pair: tuple[Server, Server], tmp_path: Path
) -> None:
    primary, replica = pair
    with served_house(URL.format(primary.port), tmp_path, replicas=1) as house:
        own = begin(house)
        replica.kill()
        until(lambda: primary.info("replication")["min_slaves_good_slaves"] == 0, "it has noticed")
        started = house.ask("POST", "/v1/verifications", {**ASKED, "account": OTHER})
        assert (started.status_code, started.json["code"]) == (503, "store_unavailable")
        assert house.client.get("/readyz").status_code == 503
        replica.start()
        until(lambda: primary.info("replication")["min_slaves_good_slaves"] == 1, "it is back")
        assert house.client.get("/readyz").status_code == 200
        assert house.read(own)["verdict"] is None
        house.start(account=OTHER)


def test_a_start_that_no_replica_has_is_not_said_to_be_accepted_a_second_time_either(
    pair: tuple[Server, Server], tmp_path: Path
) -> None:
    primary, replica = pair
    with served_house(URL.format(primary.port), tmp_path, replicas=1) as house:
        house.start(account=OTHER)
        asked = {**ASKED, "account": ACCOUNT}
        with replica.frozen():
            for _ in range(2):
                answer = house.ask(
                    "POST", "/v1/verifications", asked, headers={"Idempotency-Key": "start-key-1"}
                )
                assert (answer.status_code, answer.json["code"]) == (503, "replica_unavailable")
        assert house.ask_until("POST", "/v1/verifications", asked, "start-key-1").status_code == 202


def test_servers_that_would_write_without_a_replica_are_refused_where_replicas_are_configured(
    watched: Watched, cluster: Cluster
) -> None:
    for servers in (watched, cluster):
        with connect(servers.url) as client:
            check_server(client)
            with pytest.raises(SettingsFault, match="set min-replicas-to-write 1"):
                check_server(client, min_replicas=1)
            servers.set_everywhere("min-replicas-to-write", "1")
            check_server(client, min_replicas=1)
            servers.set_everywhere("min-replicas-to-write", "0")
