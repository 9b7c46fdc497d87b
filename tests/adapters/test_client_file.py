import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivr.adapters.client_book import ClientBook, digest_of, read_clients
from ivr.adapters.client_file import ClientFault, add_client, revoke_keys
from ivr.domain.errors import Refused, SettingsFault

RIGHTS = {
    "bank": "honnin",
    "scopes": ["read", "verify"],
    "callback_prefixes": ["https://bank.example/"],
    "source_addresses": [],
    "private_callbacks": False,
}
SAME = {"bank": "honnin"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "clients.toml"
    file.write_text("# The banks' linking backends.\n", encoding="utf-8")
    return file


def test_a_key_is_found_and_only_its_digest_is_kept(path: Path) -> None:
    key = add_client(path, "web", RIGHTS)
    assert ClientBook(path).find_by_key(key).id == "web"
    text = path.read_text(encoding="utf-8")
    assert key not in text
    assert digest_of(key) in text
    assert text.startswith("# The banks' linking backends.\n")


def test_a_file_that_is_not_there_is_begun(tmp_path: Path) -> None:
    key = add_client(tmp_path / "clients.toml", "web", RIGHTS)
    assert ClientBook(tmp_path / "clients.toml").find_by_key(key).bank == "honnin"


def test_a_second_key_has_the_rights_of_the_first_and_there_is_no_third(path: Path) -> None:
    first, second = add_client(path, "web", RIGHTS), add_client(path, "web", SAME)
    book = ClientBook(path)
    assert book.find_by_key(first) == book.find_by_key(second)
    with pytest.raises(ClientFault, match="revoke one first"):
        add_client(path, "web", SAME)


@pytest.mark.parametrize(
    "other", [{"bank": "other"}, {"scopes": ["read"]}, {"source_addresses": ["10.0.0.1"]}]
)
def test_a_second_key_with_other_rights_is_refused(path: Path, other: dict[str, object]) -> None:
    add_client(path, "web", RIGHTS)
    before = path.read_bytes()
    with pytest.raises(ClientFault, match=next(iter(other))):
        add_client(path, "web", other)
    assert path.read_bytes() == before


def test_a_revoked_key_is_known_as_revoked_and_the_other_lives(path: Path) -> None:
    first, second = add_client(path, "web", RIGHTS), add_client(path, "web", SAME)
    assert revoke_keys(path, "web", digest_of(first)[:8]) == 1
    book = ClientBook(path)
    assert book.find_by_key(second).id == "web"
    with pytest.raises(Refused, match="key_revoked"):
        book.find_by_key(first)
    assert revoke_keys(path, "web", None) == 1


@pytest.mark.parametrize("digest", ["", "abc", "0" * 64])
def test_what_names_no_one_key_revokes_nothing(path: Path, digest: str) -> None:
    add_client(path, "web", RIGHTS)
    with pytest.raises(ClientFault):
        revoke_keys(path, "web", digest)


def test_writers_at_once_undo_nothing_of_each_other(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: add_client(path, f"web-{number}", RIGHTS), range(16)))
    assert len(read_clients(path)[0]) == 16


def test_a_broken_file_is_named_and_left_as_it_is(path: Path) -> None:
    path.write_text("[[client]\n", encoding="utf-8")
    with pytest.raises(SettingsFault, match="not TOML"):
        revoke_keys(path, "web", None)
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(path.read_text(encoding="utf-8"))
