import threading
from typing import Any

import pytest
from msgspec.structs import replace

from ivr.domain.policy import SECOND
from ivr.domain.record import Account, Record
from ivr.service.store_faults import LostRaceError, TooLateError
from tests.adapters.benches import AnyStore, Bench
from tests.adapters.records import ACCOUNT, BANK, create, load, new_record, note, with_tries

SAVED: dict[str, Any] = {"due": None, "keep": None}


def stories(store: AnyStore) -> list[str]:
    return [each.kind for _, _, _, notes in store.read_notes(100) for each in notes]


def test_what_was_saved_is_loaded_whole_with_its_account_and_the_stores_time(bench: Bench) -> None:
    record = create(bench.store)
    loaded = load(bench.store, record)
    assert loaded.record == record
    assert loaded.account == record.account
    assert 0 <= loaded.now - record.verification.created_at < 10 * SECOND


def test_an_id_that_never_was_and_a_name_that_is_no_id_are_not_there(bench: Bench) -> None:
    create(bench.store)
    for unknown in (bench.store.new_id(BANK, ACCOUNT), "", "v", "due", "story", "v" + "a" * 27):
        assert bench.store.load(unknown) is None


def test_an_account_of_which_nothing_is_known_is_blank(bench: Bench) -> None:
    loaded = bench.store.load_account(BANK, ACCOUNT)
    assert (loaded.record, loaded.account) == (None, Account())


def test_ids_differ_and_lead_to_their_account(bench: Bench) -> None:
    ids = {bench.store.new_id(BANK, ACCOUNT) for _ in range(100)}
    assert len(ids) == 100
    name = bench.store.load_account(BANK, ACCOUNT).account_name
    assert {each[1:17] for each in ids} == {name}
    assert bench.store.load_account("other", ACCOUNT).account_name != name
    assert bench.store.load_account(BANK, ACCOUNT + "7").account_name != name


def test_a_save_that_lost_the_race_for_the_verification_writes_nothing(bench: Bench) -> None:
    record = create(bench.store)
    first, second = load(bench.store, record), load(bench.store, record)
    bench.store.save(first, with_tries(first.record, 1), [note("won")], **SAVED)
    with pytest.raises(LostRaceError):
        bench.store.save(second, with_tries(second.record, 2), [note("lost")], due=0, keep=1)
    assert load(bench.store, record).record == with_tries(record, 1)
    assert stories(bench.store) == ["created", "won"]
    assert bench.store.take_due(lease_ms=0, limit=9) == []


def test_a_save_that_lost_the_race_for_the_account_writes_nothing(bench: Bench) -> None:
    record = create(bench.store)
    loaded, account = load(bench.store, record), bench.store.load_account(BANK, ACCOUNT)
    changed = replace(record.account, failures=3)
    bench.store.save_account(account, changed, [note("unlocked")])
    with pytest.raises(LostRaceError):
        bench.store.save(loaded, with_tries(record, 1), [note("lost")], **SAVED)
    after = load(bench.store, record)
    assert after.record == replace(record, account=changed)
    assert stories(bench.store) == ["created", "unlocked"]


def test_an_unlock_that_lost_the_race_writes_nothing(bench: Bench) -> None:
    record = create(bench.store)
    loaded, account = load(bench.store, record), bench.store.load_account(BANK, ACCOUNT)
    failed = replace(record, account=replace(record.account, failures=1))
    bench.store.save(loaded, failed, [note("failed")], **SAVED)
    with pytest.raises(LostRaceError):
        bench.store.save_account(account, Account(), [note("lost")])
    assert load(bench.store, record).account.failures == 1
    assert stories(bench.store) == ["created", "failed"]


def test_of_two_verifications_of_one_account_begun_at_once_one_is_created(bench: Bench) -> None:
    loaded = [bench.store.load_account(BANK, ACCOUNT) for _ in range(2)]
    records = [new_record(bench.store, each.now) for each in loaded]
    bench.store.save(loaded[0], records[0], [], **SAVED)
    with pytest.raises(LostRaceError):
        bench.store.save(loaded[1], records[1], [], **SAVED)
    assert bench.store.load(records[1].verification.id) is None
    assert bench.store.load_account(BANK, ACCOUNT).account.live == records[0].verification.id


def test_an_id_is_created_once_even_where_nothing_is_kept_of_its_account(bench: Bench) -> None:
    loaded = bench.store.load_account(BANK, ACCOUNT)
    record = replace(new_record(bench.store, loaded.now), account=Account())
    bench.store.save(loaded, record, [], **SAVED)
    with pytest.raises(LostRaceError):
        bench.store.save(loaded, with_tries(record, 1), [], **SAVED)
    assert load(bench.store, record).record == record


def test_a_record_that_is_gone_cannot_be_saved_as_if_it_were_there(bench: Bench) -> None:
    record = create(bench.store, keep=400)
    loaded = load(bench.store, record)
    bench.wait(0.41)
    with pytest.raises(LostRaceError):
        bench.store.save(loaded, with_tries(record, 1), [], **SAVED)
    assert bench.store.load(record.verification.id) is None


def test_of_many_threads_that_change_one_record_none_is_lost(bench: Bench) -> None:
    record = create(bench.store)

    def count() -> None:
        for _ in range(1000):
            loaded = load(bench.store, record)
            assert loaded.record is not None
            changed = with_tries(loaded.record, loaded.record.verification.tries + 1)
            failed = replace(changed, account=Account(failures=loaded.account.failures + 1))
            try:
                bench.store.save(loaded, failed, [note()], **SAVED)
            except LostRaceError:
                continue
            return

    threads = [threading.Thread(target=count) for _ in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    after = load(bench.store, record).record
    assert after is not None
    assert (after.verification.tries, after.account.failures) == (20, 20)
    assert stories(bench.store) == ["created", *["noted"] * 20]


def test_a_pass_is_refused_from_its_deadline_on_by_the_stores_own_clock(bench: Bench) -> None:
    record = create(bench.store)
    loaded = load(bench.store, record)
    deadline = loaded.now + 30
    bench.wait(0.05)
    with pytest.raises(TooLateError):
        bench.store.save(
            loaded, with_tries(record, 1), [note("late")], **SAVED, pass_before=deadline
        )
    assert load(bench.store, record).record == record
    assert stories(bench.store) == ["created"]


def test_a_pass_is_saved_before_its_deadline(bench: Bench) -> None:
    record = create(bench.store)
    loaded = load(bench.store, record)
    bench.store.save(
        loaded, with_tries(record, 1), [], **SAVED, pass_before=loaded.now + 60 * SECOND
    )
    assert load(bench.store, record).record == with_tries(record, 1)


def test_a_blank_account_is_not_kept(bench: Bench) -> None:
    record = create(bench.store)
    assert set(bench.values()) == {record.verification.id, record.verification.id[1:17]}
    loaded = load(bench.store, record)
    bench.store.save(
        loaded, Record(verification=record.verification, account=Account()), [], **SAVED
    )
    assert set(bench.values()) == {record.verification.id}
    assert load(bench.store, record).account == Account()


def test_an_account_saved_blank_alone_is_not_kept(bench: Bench) -> None:
    loaded = bench.store.load_account(BANK, ACCOUNT)
    bench.store.save_account(loaded, Account(failures=2), [note()])
    assert bench.store.load_account(BANK, ACCOUNT).account == Account(failures=2)
    bench.store.save_account(bench.store.load_account(BANK, ACCOUNT), Account(), [note()])
    assert bench.values() == {}


def test_a_record_goes_when_its_time_has_come_and_its_account_stays(bench: Bench) -> None:
    record = create(bench.store, keep=400)
    assert load(bench.store, record).record == record
    bench.wait(0.41)
    assert bench.store.load(record.verification.id) is None
    assert bench.store.load_account(BANK, ACCOUNT).account == record.account


def test_a_record_that_is_needed_again_does_not_go(bench: Bench) -> None:
    record = create(bench.store, keep=400)
    bench.store.save(load(bench.store, record), with_tries(record, 1), [], due=None, keep=None)
    bench.wait(0.41)
    assert load(bench.store, record).record == with_tries(record, 1)
