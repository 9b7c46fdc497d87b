"""What lasts, on both databases: told in order, kept once, whoever archives it and however often."""

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from ivr.adapters.sql_archive import SqlArchive
from ivr.domain.errors import SettingsFault
from ivr.service.ports import Entry, Note

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
ONE, OTHER = "v" + "a" * 26, "v" + "b" * 26
Row = tuple[int, str, str, list[Note]]


def note(kind: str, at: int = 1000, call: int = 1, **detail: str | int) -> Note:
    return Note(kind=kind, at=at, call=call, detail=detail)


def kinds(archive: SqlArchive, verification: str = ONE) -> list[str]:
    return [entry.kind for entry in archive.story(verification)]


def why_no_postgresql() -> str:
    if not PROGRAMS:
        return "no PostgreSQL under /usr/lib/postgresql"
    if importlib.util.find_spec("psycopg") is None:
        return "psycopg is not installed"
    if os.geteuid() == 0 and "postgres" not in {each.pw_name for each in pwd.getpwall()}:
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


OWNER = "postgres" if os.geteuid() == 0 else None  # PostgreSQL does not run as root


@contextlib.contextmanager
def running_postgresql() -> Iterator[str]:
    """A server of our own on a private socket; the URL of its database."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    data, control = folder / "data", [str(PROGRAMS[-1] / "pg_ctl")]
    if OWNER:
        shutil.chown(folder, "postgres")
    initdb = "-A trust -U postgres -E UTF8 --no-sync --locale=C"
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    try:
        run([*control, "initdb", "-s", "-D", str(data), "-o", initdb])
        run([*control, "start", "-s", "-w", "-D", str(data), "-o", options, "-l", f"{folder}/log"])
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        run([*control, "stop", "-s", "-m", "immediate", "-D", str(data)])
    finally:
        shutil.rmtree(folder)


def run(command: list[str]) -> None:
    """Run a command as the user that PostgreSQL may run as, and show what it said if it fails."""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        timeout=60,
        user=OWNER,
        group=OWNER,
    )
    assert not done.returncode, f"{command[0]}: {done.stdout}{done.stderr}"


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    if reason := why_no_postgresql():
        pytest.skip(reason)
    with running_postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/archive.sqlite"
        return
    found: str = request.getfixturevalue("postgresql")
    yield found
    engine = sa.create_engine(found)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS notes"))
    engine.dispose()


@pytest.fixture
def archive(url: str) -> Iterator[SqlArchive]:
    found = SqlArchive(url)
    yield found
    found.close()


def test_a_story_is_told_as_it_was_kept(archive: SqlArchive) -> None:
    archive.add([(3, "1000-0", ONE, [note("call_ended", 1000, 2, last_call="no_answer", n=7)])])
    assert archive.story(ONE) == [
        Entry(
            verification=ONE,
            kind="call_ended",
            at=1000,
            call=2,
            detail={"last_call": "no_answer", "n": 7},
        )
    ]


def test_words_of_any_language_survive(archive: SqlArchive) -> None:
    words = "本人です。'; DROP TABLE notes; -- \\ \" 😀"
    archive.add([(0, "1-0", ONE, [note("account_unlocked", reason=words)])])
    assert archive.story(ONE)[0].detail == {"reason": words}


def test_a_story_is_in_order_of_time_then_of_the_stream_then_of_the_line(
    archive: SqlArchive,
) -> None:
    archive.add(
        [
            (0, "1000-10", ONE, [note("fourth"), note("fifth")]),
            (0, "1000-9", ONE, [note("second"), note("third")]),
            (0, "999-1", ONE, [note("sixth", 2000)]),
            (0, "2000-0", ONE, [note("first", 999)]),
        ]
    )
    assert kinds(archive) == ["first", "second", "third", "fourth", "fifth", "sixth"]


def test_stories_are_not_mixed(archive: SqlArchive) -> None:
    archive.add([(0, "1-0", ONE, [note("one")]), (1, "1-0", OTHER, [note("other")])])
    assert (kinds(archive), kinds(archive, OTHER)) == (["one"], ["other"])
    assert kinds(archive, "nobody") == []


def test_the_same_notes_again_change_nothing(archive: SqlArchive) -> None:
    rows: list[Row] = [(0, "1-0", ONE, [note("one"), note("two")])]
    for _ in range(3):
        archive.add(rows)
    archive.add([(0, "1-0", ONE, [note("something else")]), (0, "1-1", ONE, [note("three")])])
    assert kinds(archive) == ["one", "two", "three"]


def test_nothing_to_keep_is_no_trouble(archive: SqlArchive) -> None:
    archive.add([])
    archive.add([(0, "1-0", ONE, [])])
    assert kinds(archive) == []


def test_times_beyond_thirty_two_bits_are_kept(archive: SqlArchive) -> None:
    archive.add([(0, "1-0", ONE, [note("late", 1 << 52)])])
    assert archive.story(ONE)[0].at == 1 << 52


def test_what_was_kept_is_there_after_a_restart(url: str) -> None:
    first = SqlArchive(url)
    first.add([(0, "1-0", ONE, [note("kept")])])
    first.close()
    second = SqlArchive(url)
    assert kinds(second) == ["kept"]
    second.close()


def test_several_workers_archive_the_same_notes_at_once(url: str) -> None:
    archives = [SqlArchive(url) for _ in range(4)]
    rows: list[Row] = [(each % 4, f"{each}-0", ONE, [note("n", each)]) for each in range(200)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda archive: archive.add(rows), archives))
    assert [entry.at for entry in archives[0].story(ONE)] == list(range(200))
    for archive in archives:
        archive.close()


def test_several_workers_start_at_once_on_an_empty_database(url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        archives = list(pool.map(SqlArchive, [url] * 8))
    archives[0].add([(0, "1-0", ONE, [note("one")])])
    assert kinds(archives[-1]) == ["one"]
    for archive in archives:
        archive.close()


@pytest.mark.parametrize(
    "wrong", ["", "secret", "mysterysql://user:secret@host/db", "sqlite:secret"]
)
def test_an_address_of_no_database_is_a_fault_that_does_not_print_it(wrong: str) -> None:
    with pytest.raises(SettingsFault, match="IVR_DATABASE_URL") as caught:
        SqlArchive(wrong)
    assert "secret" not in str(caught.value)
