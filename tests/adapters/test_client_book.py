"""Clients and their keys: found by digest, looked at again while running, and a broken file never wins."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from ivr.adapters.client_book import ClientBook, digest_of, read_clients
from ivr.domain.errors import Refused, SettingsFault
from ivr.service.ports import Client

GOOD = f"""\
[[client]]
id = "linking"
bank = "honnin"
scopes = ["verify", "read"]
callback_prefixes = ["https://linking.bank.example/callbacks"]
source_addresses = ["10.0.0.0/8", "2001:db8::1"]
keys = [
    {{digest = "{digest_of("key-now")}", made = 2026-11-01}},
    {{digest = "{digest_of("key-before")}", made = 2026-01-01}},
    {{digest = "{digest_of("key-gone")}", made = 2025-01-01, revoked = 2026-02-01}},
]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "clients.toml"
    found.write_text(GOOD, encoding="utf-8")
    return found


def looked_again(book: ClientBook) -> ClientBook:
    """As if the second had passed after which the book looks at its file again."""
    book._looked_at -= 2
    return book


def code_of(book: ClientBook, key: str) -> str:
    with pytest.raises(Refused) as caught:
        book.find_by_key(key)
    assert key not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("key", ["key-now", "key-before"])
def test_both_live_keys_count(path: Path, key: str) -> None:
    assert ClientBook(path).find_by_key(key).id == "linking"


def test_a_client_is_what_the_file_says(path: Path) -> None:
    assert ClientBook(path).find("linking") == Client(
        id="linking",
        bank="honnin",
        scopes=frozenset({"verify", "read"}),
        callback_prefixes=("https://linking.bank.example/callbacks",),
        source_addresses=("10.0.0.0/8", "2001:db8::1"),
        private_callbacks=False,
    )


def test_a_revoked_and_an_unknown_key_are_refused_each_with_its_code(path: Path) -> None:
    book = ClientBook(path)
    assert code_of(book, "key-gone") == "key_revoked"
    assert code_of(book, "key-of-nobody") == "key_unknown"
    assert code_of(book, digest_of("key-now")) == "key_unknown"
    assert book.find("nobody") is None


def test_no_key_is_in_the_file_or_in_the_book(path: Path) -> None:
    book = ClientBook(path)
    assert "key-now" not in path.read_text(encoding="utf-8")
    assert "key-now" not in repr(vars(book))


def test_a_key_that_is_added_or_revoked_counts_without_a_restart(path: Path) -> None:
    book = ClientBook(path)
    added = GOOD.replace(digest_of("key-now"), digest_of("key-new"))
    path.write_text(added, encoding="utf-8")
    assert looked_again(book).find_by_key("key-new").id == "linking"
    assert code_of(book, "key-now") == "key_unknown"


def test_a_file_that_is_put_in_place_is_noticed_whatever_its_size_and_time(path: Path) -> None:
    book = ClientBook(path)
    seen = path.stat()
    other = path.with_name("new")
    other.write_text(GOOD.replace(digest_of("key-now"), digest_of("key-new")), encoding="utf-8")
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    other.replace(path)
    assert looked_again(book).find_by_key("key-new").id == "linking"


def test_within_a_second_the_file_is_not_looked_at_again(path: Path) -> None:
    book = ClientBook(path)
    book.find("linking")
    path.write_text("", encoding="utf-8")
    assert book.find("linking")
    assert looked_again(book).find("linking") is None


@pytest.mark.parametrize("broken", ["[[client]\n", '[[client]]\nid = "half"\n', None])
def test_a_broken_or_missing_file_never_replaces_a_good_one(
    path: Path, broken: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    book = ClientBook(path)
    if broken is None:
        path.unlink()
    else:
        path.write_text(broken, encoding="utf-8")
    assert looked_again(book).find_by_key("key-now").id == "linking"
    assert looked_again(book).find("linking")
    assert [record.getMessage() for record in caplog.records] == ["clients_file_broken"]
    path.write_text(GOOD.replace("linking", "mended"), encoding="utf-8")
    assert looked_again(book).find_by_key("key-now").id == "mended"


def test_the_file_that_ships_has_no_client() -> None:
    by_id, by_digest = read_clients(Path(__file__).parents[2] / "config" / "clients.toml")
    assert (by_id, by_digest) == ({}, {})


def test_a_book_that_is_all_revoked_is_a_book(tmp_path: Path) -> None:
    path = tmp_path / "clients.toml"
    path.write_text("client = []\n", encoding="utf-8")
    assert read_clients(path) == ({}, {})


TRAPS: Mapping[str, tuple[str, str]] = {
    "one bracket for two": (
        GOOD.replace("[[client]]", "[client]"),
        ":1: client: write it as [[client]]",
    ),
    "a table of another name": (
        GOOD.replace("[[client]]", "[[clients]]"),
        ":1: clients: unknown setting; did you mean client?",
    ),
    "a key that is nearly right": (
        GOOD.replace("scopes", "scope"),
        ":4: scope: unknown setting; did you mean scopes?",
    ),
    "no scopes": (GOOD.replace("scopes =", "# scopes ="), ":1: scopes: is missing"),
    "a scope that there is not": (
        GOOD.replace('"read"', '"admin"'),
        ":4: scopes: admin is no scope; there are read, verify",
    ),
    "an id in capitals": (GOOD.replace('"linking"', '"Linking"'), ":2: id: must be lower-case"),
    "the same client twice": (
        GOOD + GOOD.replace("key-", "other-"),
        ":13: id: linking is used twice",
    ),
    "a key for a digest": (
        GOOD.replace(digest_of("key-now"), "honnin_key"),
        ":7: keys: each digest must be 64 hexadecimal digits",
    ),
    "three live keys": (
        GOOD.replace(", revoked = 2026-02-01", ""),
        ":7: keys: at most two can be live",
    ),
    "a key of two clients": (
        GOOD + GOOD.replace('"linking"', '"other"'),
        ":18: keys: holds a key that another client has",
    ),
    "a prefix without a scheme": (
        GOOD.replace("https://linking", "linking"),
        ":5: callback_prefixes: each must be an absolute",
    ),
    "an address that is none": (
        GOOD.replace("10.0.0.0/8", "10.0.0/8"),
        ":6: source_addresses: each must be an address or a network",
    ),
    "a date as text": (GOOD.replace("2026-11-01", '"yesterday"'), ":7: keys: "),
    "an unknown field of a key": (
        GOOD.replace("made = 2026-11-01", "made = 2026-11-01, note = 1"),
        ":7: keys: ",
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_fault_is_named_with_its_line(tmp_path: Path, name: str) -> None:
    text, expected = TRAPS[name]
    path = tmp_path / "clients.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsFault) as caught:
        read_clients(path)
    found = [fault.removeprefix(str(path)) for fault in caught.value.faults]
    assert any(fault.startswith(expected) for fault in found), found
