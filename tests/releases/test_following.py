"""From the list to every process: announced, followed, and put right whatever breaks on the way."""

import threading
import time
from collections.abc import Iterator

import pytest
import redis
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ivr import worker
from ivr.adapters.embedded_server import EmbeddedServer
from ivr.adapters.flows import followed as followed_book
from ivr.adapters.redis_board import NOTICE
from ivr.adapters.redis_client import connect
from ivr.domain.keyring import Keyring
from ivr.domain.publication import NONE
from ivr.domain.release import ALL_BANKS, name_release
from ivr.service.announcing import Announcing
from tests.releases.office import KATO, Office, flow_files
from tests.releases.processes import USE, board_on, followed, own_release, process_on

pytestmark = pytest.mark.real_server


@pytest.fixture
def client(real_server: str) -> Iterator[redis.Redis]:
    with connect(real_server) as client:
        client.flushall()
        yield client


@pytest.fixture
def database(tmp_path: object) -> str:
    """SQLite alone: what differs between databases is tested where they are written to."""
    return f"sqlite:///{tmp_path}/archive.sqlite"


@pytest.fixture
def announcing(office: Office, client: redis.Redis) -> Announcing:
    return Announcing(office.store, board_on(client))


def test_with_nothing_published_the_folder_is_in_force(
    client: redis.Redis, announcing: Announcing
) -> None:
    book = process_on(client)
    assert followed(book) == own_release().release
    announcing.announce()
    book.refresh()
    assert followed(book) == own_release().release


def test_what_is_published_and_rolled_back_is_followed(
    office: Office, client: redis.Redis, announcing: Announcing
) -> None:
    books = [process_on(client) for _ in range(3)]
    for words in ("a", "b"):
        release = office.published(words).name
        assert announcing.announce() == 1
        for book in books:
            book.refresh()
            assert followed(book) == release
    office.releases.roll_back(KATO, ALL_BANKS, NONE, "why")
    announcing.announce()
    books[0].refresh()
    assert followed(books[0]) == own_release().release


def test_a_bank_follows_its_own_release_and_the_others_do_not(
    office: Office, client: redis.Redis, announcing: Announcing
) -> None:
    shared, own = office.published("a").name, office.published("b", "kita").name
    announcing.announce()
    book = process_on(client)
    assert (followed(book), followed(book, "kita")) == (shared, own)
    office.releases.roll_back(KATO, "kita", NONE, "like everybody")
    announcing.announce()
    book.refresh()
    assert followed(book, "kita") == shared


def test_what_many_banks_have_in_force_is_read_once(
    office: Office, client: redis.Redis, announcing: Announcing
) -> None:
    own = {
        f"bank{number}": office.published(str(number), f"bank{number}").name for number in range(20)
    }
    announcing.announce()
    book = process_on(client)
    client.config_resetstat()
    book.refresh()
    assert {bank: followed(book, bank) for bank in own} == own
    asked = client.info("commandstats")
    assert isinstance(asked, dict)
    assert asked["cmdstat_get"]["calls"] == 1, "the notice alone"


def test_a_call_finds_its_release_long_after_another_took_its_place(
    office: Office, client: redis.Redis, announcing: Announcing
) -> None:
    book = process_on(client)
    releases = []
    for words in map(str, range(40)):
        releases.append(office.published(words).name)
        announcing.announce()
        book.refresh()
    for release in releases:
        flow = book.get(release, *USE)
        assert flow
        assert flow.release == release
    assert followed(book) == releases[-1]


def test_a_process_that_started_later_reads_the_release_of_a_call_in_progress(
    office: Office, client: redis.Redis, announcing: Announcing
) -> None:
    first = office.published("a").name
    announcing.announce()
    office.published("b")
    announcing.announce()
    late = process_on(client)
    flow = late.get(first, *USE)
    assert flow
    assert flow.release == first


def test_a_newer_version_of_ours_knows_the_folder_of_the_older_one(client: redis.Redis) -> None:
    older, newer = process_on(client, "古い言葉です"), process_on(client, "新しい言葉です")
    release = followed(older)
    assert followed(newer) != release
    assert newer.get(release, *USE)


@pytest.mark.parametrize("release", ["", "0123456789ab", "flows", "release-of-old", "x" * 99])
def test_a_release_that_nobody_has_is_none(client: redis.Redis, release: str) -> None:
    assert process_on(client).get(release, *USE) is None


def test_a_release_that_nobody_has_is_asked_for_once(client: redis.Redis) -> None:
    book = process_on(client)
    client.config_resetstat()
    for _ in range(50):
        book.get("0123456789ab", *USE)
    asked = client.info("commandstats")
    assert isinstance(asked, dict)
    assert asked["cmdstat_get"]["calls"] == 1


def test_a_release_that_is_known_costs_no_round_trip(
    office: Office, client: redis.Redis, announcing: Announcing
) -> None:
    release = office.published("a").name
    announcing.announce()
    book = process_on(client)
    client.config_resetstat()
    for _ in range(50):
        assert book.get(release, *USE)
        assert followed(book) == release
    asked = client.info("commandstats")
    assert isinstance(asked, dict)
    assert "cmdstat_get" not in asked


def test_a_store_that_was_emptied_is_filled_again_and_nobody_falls_back(
    office: Office, client: redis.Redis, announcing: Announcing
) -> None:
    release = office.published("a").name
    announcing.announce()
    book = process_on(client)
    client.flushall()
    book.refresh()
    assert followed(book) == release
    announcing.announce()
    assert followed(process_on(client)) == release


def test_content_that_was_broken_is_never_used_and_is_put_right(
    office: Office, client: redis.Redis, announcing: Announcing
) -> None:
    former = office.published("a").name
    announcing.announce()
    book = process_on(client)
    release = office.published("b").name
    announcing.announce()
    key = f"flow:{release}"
    sealed = client.get(key)
    assert isinstance(sealed, bytes)
    other = client.get(f"flow:{former}")
    assert isinstance(other, bytes)
    for broken in (b"", b"\x01", b"nonsense", sealed[:-1], sealed[:-1] + b"!", other):
        client.set(key, broken)
        book.refresh()
        assert followed(book) == former
    assert not client.exists(key)
    announcing.announce()
    book.refresh()
    assert followed(book) == release


@pytest.mark.parametrize("broken", [b"x", b"\x01\x02k1" + b"0" * 40])
def test_a_notice_that_was_broken_changes_nothing_and_is_put_right(
    office: Office, client: redis.Redis, announcing: Announcing, broken: bytes
) -> None:
    release = office.published("a").name
    announcing.announce()
    book = process_on(client)
    client.set(NOTICE, broken)
    book.refresh()
    assert followed(book) == release
    assert announcing.announce() == 1
    assert announcing.announce() == 0
    assert followed(process_on(client)) == release


def test_whoever_writes_to_redis_without_our_keys_puts_no_word_in_force(
    office: Office, client: redis.Redis, announcing: Announcing
) -> None:
    release = office.published("a").name
    announcing.announce()
    book = process_on(client)
    stranger = board_on(client, Keyring({"k1": b"9" * 32}, b"l" * 32))
    files = flow_files("口座番号をお話しください")
    stranger.put(ALL_BANKS, files)
    stranger.post(board_on(client).notice().mark, {ALL_BANKS: name_release(ALL_BANKS, files)})
    book.refresh()
    assert followed(book) == release


def test_a_release_with_a_fault_never_replaces_a_good_one(
    client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    book = process_on(client)
    files = {"plain.yaml": flow_files("x")["plain.yaml"].replace(b"warning: true", b"")}
    board = board_on(client)
    board.put(ALL_BANKS, files)
    board.post(board.notice().mark, {ALL_BANKS: name_release(ALL_BANKS, files)})
    for _ in range(3):
        book.refresh()
        assert followed(book) == own_release().release
    assert [each.message for each in caplog.records].count("flows_refused") == 1


def test_two_announcers_at_once_agree(office: Office, client: redis.Redis) -> None:
    stop = threading.Event()
    faults: list[Exception] = []

    def announce() -> None:
        announcing = Announcing(office.store, board_on(client))
        while not stop.is_set():
            try:
                announcing.announce()
            except Exception as error:  # noqa: BLE001 - told below
                faults.append(error)

    threads = [threading.Thread(target=announce) for _ in range(3)]
    for thread in threads:
        thread.start()
    seen: list[str] = []
    book = process_on(client)
    releases = []
    for words in map(str, range(8)):
        releases.append(office.published(words).name)
        end = time.monotonic() + 60
        while followed(book) != releases[-1] and time.monotonic() < end:
            book.refresh()
            if not seen or seen[-1] != followed(book):
                seen.append(followed(book))
    stop.set()
    for thread in threads:
        thread.join()
    assert not faults
    assert [each for each in seen if each != own_release().release] == releases


def test_a_decision_whose_announcement_was_killed_is_announced_by_the_next(
    office: Office, client: redis.Redis, announcing: Announcing
) -> None:
    release = office.published("a").name
    assert board_on(client).notice().scopes is None
    assert announcing.announce() == 1
    assert followed(process_on(client)) == release


def test_a_planned_time_is_kept_by_the_worker_alone(
    office: Office, client: redis.Redis, announcing: Announcing
) -> None:
    release = office.approved("a").name
    office.releases.publish(KATO, release, "", office.store.now() + 60_000)
    announcing.announce()
    book = process_on(client)
    assert followed(book) == own_release().release
    office.wait(60)
    announcing.announce()
    book.refresh()
    assert followed(book) == release


def test_while_the_database_is_away_the_board_stays_as_it_is(
    office: Office, client: redis.Redis, announcing: Announcing, database: str
) -> None:
    release = office.published("a").name
    announcing.announce()
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE flow_publications RENAME TO away"))
    with pytest.raises(SQLAlchemyError):
        announcing.announce()
    assert board_on(client).notice().scopes == {ALL_BANKS: release}
    assert followed(process_on(client)) == release
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE away RENAME TO flow_publications"))
    engine.dispose()
    assert announcing.announce() == 0


def test_even_where_the_bell_is_not_heard_all_follow_within_two_seconds() -> None:
    assert worker._ANNOUNCE_SECONDS + followed_book._LOOK_SECONDS < 2


def test_a_bell_wakes_who_follows(office: Office, client: redis.Redis) -> None:
    book = process_on(client)
    book.follow()
    release = office.published("a").name
    Announcing(office.store, board_on(client)).announce()
    end = time.monotonic() + 60.0
    while followed(book) != release and time.monotonic() < end:
        threading.Event().wait(0.01)
    assert followed(book) == release


def test_while_the_store_is_away_calls_go_on(office: Office) -> None:
    with EmbeddedServer() as server, connect(server.url) as client:
        release = office.published("a").name
        Announcing(office.store, board_on(client)).announce()
        book = process_on(client)
        server.stop()
        book.refresh()
        assert followed(book) == release
        assert book.get(release, *USE)
        assert book.get("0123456789ab", *USE) is None
