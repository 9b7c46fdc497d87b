import pytest

from ivr.domain.errors import Impossible
from ivr.domain.keyring import Keyring, Use

NEW, OLD, LASTING = b"n" * 32, b"o" * 32, b"l" * 32


def ring() -> Keyring:
    return Keyring({"new": NEW, "old": OLD}, LASTING)


def test_the_first_master_key_is_current() -> None:
    assert (ring().current, ring().ids) == ("new", ("new", "old"))


def test_every_use_label_and_master_has_a_key_of_its_own() -> None:
    keyring = ring()
    keys = [
        keyring.key(key_id, use, label)
        for key_id in keyring.ids
        for use in Use
        for label in ("", "one", "two")
    ]
    assert len(set(keys)) == len(keys)
    assert {len(key) for key in keys} == {32}


def test_a_derived_key_is_the_same_in_every_process() -> None:
    assert ring().key("old", Use.SEAL, "x") == ring().key("old", Use.SEAL, "x")
    assert ring().key("old", Use.PASSCODE) == Keyring({"old": OLD}, b"").key("old", Use.PASSCODE)


def test_no_derived_key_is_a_master_key() -> None:
    assert not {NEW, OLD, LASTING} & {ring().key("new", use) for use in Use}


def test_a_key_that_was_retired_too_early_is_named() -> None:
    with pytest.raises(Impossible, match="gone"):
        ring().key("older", Use.SEAL)


def test_what_is_digested_with_the_lasting_key_outlives_every_rotation() -> None:
    rotated = Keyring({"newest": b"x" * 32}, LASTING)
    assert rotated.lasting_digest("account", b"a") == ring().lasting_digest("account", b"a")
    other = Keyring({"new": NEW}, b"L" * 32)
    assert other.lasting_digest("account", b"a") != ring().lasting_digest("account", b"a")


def test_parts_and_labels_of_a_lasting_digest_do_not_run_together() -> None:
    digests = {
        ring().lasting_digest("a", b"b", b"c"),
        ring().lasting_digest("a", b"bc"),
        ring().lasting_digest("ab", b"c"),
        ring().lasting_digest("a", b"", b"bc"),
        ring().lasting_digest("a", b"c", b"b"),
    }
    assert len(digests) == 5


def test_a_keyring_prints_ids_and_no_keys() -> None:
    assert repr(ring()) == str(ring()) == "Keyring(new, old)"
