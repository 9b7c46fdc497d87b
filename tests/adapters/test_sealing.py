import itertools
import re

import pytest
from msgspec.structs import replace

from ivr.adapters.seal import Sealer, key_mark
from ivr.domain.errors import Impossible, SettingsFault
from ivr.domain.keyring import Keyring
from ivr.domain.record import Account
from tests.adapters.benches import K1, K2, KEYRING, LASTING, Bench
from tests.adapters.records import (
    ACCOUNT,
    BANK,
    CLEAR_TEXT,
    create,
    load,
    note,
    with_failures,
    with_tries,
)

ROTATED = Keyring({"k2": K2, "k1": K1}, LASTING)


def test_nothing_of_a_record_can_be_read_in_the_store(bench: Bench) -> None:
    record = create(bench.store, due=1)
    bench.store.claim(b"a-replay-name-16", record.verification.id)
    bench.store.reserve_call(
        record.verification.number, record.verification.id, per_hour=3, per_day=3
    )
    bench.store.save(load(bench.store, record), with_tries(record, 1), [note()], due=5, keep=None)
    lying = b"\n".join(bench.everything())
    assert record.verification.id.encode() in lying
    assert not [text for text in CLEAR_TEXT if text in lying]


def test_the_same_value_is_never_sealed_to_the_same_bytes(bench: Bench) -> None:
    record = with_failures(create(bench.store), 1)
    for _ in range(2):
        before = dict(bench.values())
        bench.store.save(load(bench.store, record), record, [], due=None, keep=None)
    after = dict(bench.values())
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())


def test_a_verification_moved_to_another_name_does_not_open(bench: Bench) -> None:
    record, other = create(bench.store), create(bench.store, account="001-0123457")
    sealed = bench.values()
    bench.put(other.verification.id, sealed[record.verification.id])
    with pytest.raises(Impossible, match="moved"):
        bench.store.load(other.verification.id)


def test_an_old_verification_of_the_same_account_cannot_stand_in_for_a_new_one(
    bench: Bench,
) -> None:
    old = create(bench.store)
    sealed = bench.values()[old.verification.id]
    new_id = bench.store.new_id(BANK, ACCOUNT)
    bench.put(new_id, sealed)
    with pytest.raises(Impossible, match="moved"):
        bench.store.load(new_id)


def test_an_account_moved_to_another_name_does_not_open(bench: Bench) -> None:
    record, other = create(bench.store), create(bench.store, account="001-0123457")
    name, other_name = (each.verification.id[1:17] for each in (record, other))
    failed = with_failures(record, 9)
    bench.store.save(load(bench.store, record), failed, [], due=None, keep=None)
    bench.put(other_name, bench.values()[name])
    with pytest.raises(Impossible, match="moved"):
        bench.store.load_account(BANK, "001-0123457")
    with pytest.raises(Impossible, match="moved"):
        bench.store.load(other.verification.id)


@pytest.mark.parametrize("place", [2, 4, 5, 16, 40, -1])
def test_a_value_that_was_changed_does_not_open(bench: Bench, place: int) -> None:
    record = create(bench.store)
    changed = bytearray(bench.values()[record.verification.id])
    changed[place] ^= 1
    bench.put(record.verification.id, bytes(changed))
    with pytest.raises(Impossible):
        bench.store.load(record.verification.id)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 10, 16, 20])
def test_a_value_that_was_cut_short_is_named_as_such_and_never_opens(length: int) -> None:
    sealer = Sealer(KEYRING)
    sealed = sealer.seal("name", Account(failures=9))
    with pytest.raises(Impossible):
        sealer.open("name", sealed[:length], Account)


@pytest.mark.parametrize("length", [0, 1, 3, 20, 255])
def test_a_value_whose_header_lies_about_its_length_never_opens(length: int) -> None:
    sealer = Sealer(KEYRING)
    sealed = sealer.seal("name", Account(failures=9))
    with pytest.raises(Impossible):
        sealer.open("name", sealed[:1] + bytes([length]) + sealed[2:], Account)


def test_a_value_of_a_later_release_is_named_and_not_guessed_at(bench: Bench) -> None:
    record = create(bench.store)
    sealed = bench.values()[record.verification.id]
    bench.put(record.verification.id, b"\x03" + sealed[1:])
    with pytest.raises(Impossible, match="format 3"):
        bench.store.load(record.verification.id)


def test_after_a_rotation_old_values_open_and_new_ones_are_sealed_with_the_new_key(
    bench: Bench,
) -> None:
    record = create(bench.store)
    rotated = bench.reopen(ROTATED)
    loaded = load(rotated, record)
    assert loaded.record == record
    assert bench.values()[record.verification.id][1:4] == key_mark("k1")
    changed = with_failures(with_tries(record, 1), 1)
    rotated.save(loaded, changed, [], due=None, keep=None)
    assert {value[1:4] for value in bench.values().values()} == {key_mark("k2")}
    assert load(rotated, record).record == changed


def test_two_releases_with_old_and_new_keys_run_side_by_side(bench: Bench) -> None:
    both = Keyring({"k1": K1, "k2": K2}, LASTING)
    record = create(bench.store)
    old, new = bench.reopen(both), bench.reopen(ROTATED)
    new.save(load(new, record), with_tries(record, 1), [], due=None, keep=None)
    old.save(load(old, record), with_tries(record, 2), [], due=None, keep=None)
    assert load(new, record).record == with_tries(record, 2)


def test_a_key_that_was_retired_too_early_is_named(bench: Bench) -> None:
    record = create(bench.store)
    retired = bench.reopen(Keyring({"k2": K2}, LASTING))
    with pytest.raises(Impossible, match="is gone; there is k2"):
        retired.load(record.verification.id)


def test_two_keys_whose_ids_have_one_mark_stop_the_start() -> None:
    marks: dict[bytes, str] = {}
    for number in itertools.count():
        other = marks.setdefault(key_mark(f"k{number}"), f"k{number}")
        if other != f"k{number}":
            break
    with pytest.raises(SettingsFault, match="rename"):
        Sealer(Keyring({f"k{number}": K1, other: K2}, LASTING))


def test_an_account_of_which_only_the_live_verification_is_known_lies_as_its_number(
    bench: Bench,
) -> None:
    record = create(bench.store)
    name = record.verification.id[1:17]
    assert re.fullmatch(rb"[0-9]{16}", bench.values()[name])
    assert bench.store.load_account(BANK, ACCOUNT).account == record.account
    failed = with_failures(record, 1)
    bench.store.save(load(bench.store, record), failed, [], due=None, keep=None)
    assert len(bench.values()[name]) > 16
    assert bench.store.load_account(BANK, ACCOUNT).account == failed.account


def test_a_number_in_place_of_a_verification_does_not_open(bench: Bench) -> None:
    record = create(bench.store)
    bench.put(record.verification.id, b"1" * 16)
    with pytest.raises(Impossible, match="format 49"):
        bench.store.load(record.verification.id)


def test_a_value_sealed_with_another_key_of_the_same_name_does_not_open(bench: Bench) -> None:
    record = create(bench.store)
    stranger = bench.reopen(Keyring({"k1": K2}, LASTING))
    with pytest.raises(Impossible):
        stranger.load(record.verification.id)


def test_without_the_lasting_key_nobody_finds_the_account(bench: Bench) -> None:
    loaded = bench.store.load_account(BANK, ACCOUNT)
    bench.store.save_account(loaded, Account(failures=9), [note()])
    other = bench.reopen(Keyring({"k1": K1}, b"x" * 32))
    assert other.load_account(BANK, ACCOUNT).account == Account()
    assert replace(bench.store.load_account(BANK, ACCOUNT), now=0).account == Account(failures=9)
    assert KEYRING.current == "k1"
