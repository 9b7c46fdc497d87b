"""`ivr callbacks` against a real server and a real archive: what could not be delivered, and once more."""

import base64
import secrets
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from ivr.adapters.names import Names
from ivr.adapters.redis_client import connect
from ivr.adapters.redis_store import RedisStore
from ivr.adapters.seal import Sealer
from ivr.adapters.sql_archive import SqlArchive
from ivr.cli.main import cli
from ivr.domain.delivery import Delivery
from ivr.domain.record import Record, State
from ivr.service.ports import Note
from ivr.settings import read_settings
from tests.adapters.records import new_record
from tests.settings.test_read_settings import ENVIRONMENT, write

pytestmark = pytest.mark.real_server

HOUR = 3_600_000


def configured(folder: Path) -> Path:
    config = write(folder)
    (config / "clients.toml").write_text("", encoding="utf-8")
    (config / "accounts.csv").write_text("bank,account,number,since\n", encoding="utf-8")
    return config


class House:
    """A configuration, a store and an archive in which callbacks are parked."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir(exist_ok=True)
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        self._variables = {
            **ENVIRONMENT,
            "IVR_MASTER_KEYS": f"k1:{key}",
            "IVR_CONFIG": str(configured(folder)),
            "IVR_REDIS_URL": url,
            "IVR_DATA": str(folder),
        }
        settings = read_settings(self._variables)
        self.client = connect(url)
        self.client.flushall()
        names = Names(settings.keyring, settings.house.partitions)
        self.store = RedisStore(self.client, names, Sealer(settings.keyring))
        self._archive = SqlArchive(settings.database_url)

    def park(self, account: str, client: str) -> str:
        """Have a callback parked that was tried in vain for a day."""
        loaded = self.store.load_account("honnin", account)
        made = new_record(self.store, loaded.now, account)
        verification = made.verification
        decided = replace(
            verification,
            client=client,
            state=State.PASSED,
            decided_at=loaded.now,
            callback_url="https://linking.bank.example/callbacks",
            delivery=Delivery(attempts=14),
        )
        record = Record(verification=decided, account=made.account)
        self.store.save(loaded, record, [], due=None, keep=HOUR)
        own = decided.id
        note = Note(kind="callback_parked", at=loaded.now, call=1, detail={"status": 500})
        self._archive.add([(0, f"{loaded.now}-{len(own)}{account[:3]}", own, [note])])
        return own

    def run(self, *words: str) -> Result:
        runner = CliRunner(env=self._variables)
        return runner.invoke(cli, ["callbacks", *words], catch_exceptions=False)

    def next_try(self, verification: str) -> int:
        """Return when a callback is tried next; 0 is never."""
        loaded = self.store.load(verification)
        assert loaded
        assert loaded.record
        delivery = loaded.record.verification.delivery
        assert delivery
        return delivery.next_at

    def close(self) -> None:
        self._archive.close()
        self.client.close()


@pytest.fixture
def house(real_server: str, tmp_path: Path) -> House:
    return House(tmp_path / "house", real_server)


def test_parked_callbacks_are_listed_and_one_is_tried_again(house: House) -> None:
    first = house.park("001-0000001", "honnin-web")
    second = house.park("002-0000001", "honnin-branch")
    listed = house.run("list").stdout.splitlines()
    assert {line.split()[0] for line in listed} == {first, second}
    assert all("parked" in line and "0000001" not in line for line in listed)
    tried = house.run("retry", first, "--person", "suzuki")
    assert (tried.exit_code, tried.stdout) == (0, f"{first}: will be tried now\n")
    assert house.next_try(first) > 0
    assert house.next_try(second) == 0
    assert house.store.take_due(lease_ms=1000, limit=9) == [first]
    ((_, _, own, notes),) = house.store.read_notes(10)
    assert (own, notes[0].kind, notes[0].detail["person"]) == (first, "callback_wished", "suzuki")
    house.close()


def test_all_of_a_client_are_tried_again_and_nobody_elses(house: House) -> None:
    own = {house.park(f"00{number}-0000001", "honnin-web") for number in (1, 2)}
    other = house.park("003-0000001", "honnin-branch")
    tried = house.run("retry", "--client", "honnin-web")
    assert {line.partition(":")[0] for line in tried.stdout.splitlines()} == own
    assert all(map(house.next_try, own))
    assert house.next_try(other) == 0
    house.close()


def test_what_is_not_parked_is_said_not_to_be(house: House) -> None:
    assert "No callback is parked." in house.run("list").stderr
    own = house.park("001-0000001", "honnin-web")
    assert house.run("retry", own).exit_code == 0
    again = house.run("retry", own)
    assert (again.exit_code, "No callback of this verification is parked" in again.stderr) == (
        1,
        True,
    )
    assert house.run("retry", "--client", "nobody").exit_code == 1
    assert house.run("retry").exit_code == 2
    assert house.run("retry", own, "--client", "honnin-web").exit_code == 2
    house.close()
