"""What lasts, on both databases: told in order, kept once, whoever archives it and however often."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivr.adapters.sql_archive import SqlArchive
from ivr.domain.errors import SettingsFault
from ivr.service.ports import Entry, Note

ONE, OTHER = "v" + "a" * 26, "v" + "b" * 26
Row = tuple[int, str, str, list[Note]]


def note(kind: str, at: int = 1000, call: int = 1, **detail: str | int) -> Note:
    return Note(kind=kind, at=at, call=call, detail=detail)


def kinds(archive: SqlArchive, verification: str = ONE) -> list[str]:
    return [entry.kind for entry in archive.story(verification)]


@pytest.fixture
def archive(database: str) -> Iterator[SqlArchive]:
    found = SqlArchive(database)
    yield found
    found.close()


def test_a_callback_is_parked_until_it_arrives_or_is_tried_anew(archive: SqlArchive) -> None:
    third = "v" + "c" * 26
    archive.add(
        [
            (0, "1-0", ONE, [note("callback_parked", at=50)]),
            (0, "2-0", OTHER, [note("callback_parked", at=20), note("callback_wished", at=60)]),
            (0, "3-0", third, [note("callback_parked", at=10)]),
            (0, "4-0", third, [note("callback_wished", at=30), note("callback_parked", at=40)]),
        ]
    )
    assert archive.parked_callbacks() == {third: 40, ONE: 50}
    archive.add([(0, "5-0", OTHER, [note("callback_parked", at=70)])])
    archive.add([(0, "6-0", ONE, [note("callback_delivered", at=80)])])
    assert archive.parked_callbacks() == {third: 40, OTHER: 70}


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


def test_what_was_kept_is_there_after_a_restart(database: str) -> None:
    first = SqlArchive(database)
    first.add([(0, "1-0", ONE, [note("kept")])])
    first.close()
    second = SqlArchive(database)
    assert kinds(second) == ["kept"]
    second.close()


def test_several_workers_archive_the_same_notes_at_once(database: str) -> None:
    archives = [SqlArchive(database) for _ in range(4)]
    rows: list[Row] = [(each % 4, f"{each}-0", ONE, [note("n", each)]) for each in range(200)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda archive: archive.add(rows), archives))
    assert [entry.at for entry in archives[0].story(ONE)] == list(range(200))
    for archive in archives:
        archive.close()


def test_many_times_over_nobody_is_turned_away_by_who_makes_the_file(tmp_path: Path) -> None:
    for number in range(20):
        url = f"sqlite:///{tmp_path}/{number}.sqlite"
        with ThreadPoolExecutor(8) as pool:
            for archive in pool.map(SqlArchive, [url] * 8):
                archive.close()


def test_several_workers_start_at_once_on_an_empty_database(database: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        archives = list(pool.map(SqlArchive, [database] * 8))
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


def test_a_case_number_s_ending_finds_its_verifications_newest_first(tmp_path: Path) -> None:
    archive = SqlArchive(f"sqlite:///{tmp_path}/archive.sqlite")
    rows = [
        (
            1,
            f"{at}-0",
            name,
            [Note(kind="verification_requested", at=at), Note(kind="later", at=at + 9)],
        )
        for at, name in ((10, "vaaaabcdef"), (30, "vbbbbbcdef"), (20, "vccccbcdex"))
    ]
    archive.add(rows)
    assert archive.find("bcdef") == [("vbbbbbcdef", 30), ("vaaaabcdef", 10)]
    assert archive.find("_cdef") == archive.find("%") == []
    archive.close()
