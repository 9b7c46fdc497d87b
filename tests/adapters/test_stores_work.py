"""The same promises of every store: what is due, what was claimed and reserved, and the story."""

import threading

import pytest

from ivr.domain.policy import DAY, MINUTE, SECOND
from ivr.service.ports import Note
from tests.adapters.benches import KEYRING, NAMES, Bench, RedisBench
from tests.adapters.records import ACCOUNT, BANK, NUMBER, create, load, note, with_tries

OTHER_NUMBER = "+819087654321"
FIRST, SECOND_BODY = b"key-key-body-one", b"key-key-body-two"


def take(bench: Bench, lease_ms: int = 60_000, limit: int = 100) -> list[str]:
    return bench.store.take_due(lease_ms=lease_ms, limit=limit)


def reserve(bench: Bench, wish: str, *, hour: int = 3, day: int = 5) -> int:
    return bench.store.reserve_call(NUMBER, wish, per_hour=hour, per_day=day)


def partition_of(verification_id: str) -> int:
    return NAMES.partition_of(verification_id[1:17])


def test_what_is_due_is_taken_once_under_a_lease(bench: Bench) -> None:
    record = create(bench.store, due=1)
    assert take(bench) == [record.verification.id]
    assert take(bench) == []


def test_when_a_lease_runs_out_another_takes_over(bench: Bench) -> None:
    record = create(bench.store, due=1)
    assert take(bench, lease_ms=30) == [record.verification.id]
    bench.wait(0.05)
    assert take(bench) == [record.verification.id]


def test_a_lease_that_is_handed_back_is_due_again_at_once(bench: Bench) -> None:
    accounts = [f"00{number}-0000001" for number in range(1, 7)]
    ids = [create(bench.store, account=each, due=1).verification.id for each in accounts]
    assert set(take(bench)) == set(ids)
    bench.store.hand_back(ids[1:])
    assert set(take(bench)) == set(ids[1:])


def test_what_is_off_the_list_or_sooner_is_not_changed_by_handing_back(bench: Bench) -> None:
    gone, sooner = (
        create(bench.store, account=each, due=1).verification.id
        for each in ("001-0000001", "002-0000001")
    )
    bench.store.forget_due(gone)
    bench.store.hand_back([gone, sooner, "no id of ours"])
    later = create(bench.store, account="003-0000001", due=2).verification.id
    assert set(take(bench)) == {sooner, later}


def test_what_is_not_due_yet_is_not_taken(bench: Bench) -> None:
    now = bench.store.load_account(BANK, ACCOUNT).now
    record = create(bench.store, due=now + 400)
    create(bench.store, account="002-0000001", due=None)
    assert take(bench) == []
    bench.wait(0.41)
    assert take(bench) == [record.verification.id]


def test_a_save_says_anew_when_somebody_must_look(bench: Bench) -> None:
    record = create(bench.store, due=1)
    take(bench)
    bench.store.save(load(bench.store, record), with_tries(record, 1), [], due=2, keep=None)
    assert take(bench) == [record.verification.id]
    bench.store.save(load(bench.store, record), with_tries(record, 2), [], due=None, keep=None)
    bench.wait(0.01)
    assert take(bench, lease_ms=0) == []


def test_what_is_gone_can_be_taken_off_the_list(bench: Bench) -> None:
    record = create(bench.store, due=1)
    bench.store.forget_due(record.verification.id)
    bench.store.forget_due("no id of ours")
    assert take(bench) == []


def test_only_the_partitions_asked_for_are_taken_from(bench: Bench) -> None:
    ids = [
        create(bench.store, account=f"00{number}-0000001", due=1).verification.id
        for number in range(1, 7)
    ]
    wanted = partition_of(ids[0])
    inside = {each for each in ids if partition_of(each) == wanted}
    assert len(inside) < len(ids)
    taken = bench.store.take_due(lease_ms=60_000, limit=9, partitions=[wanted])
    assert set(taken) == inside
    assert set(take(bench)) == set(ids) - inside


def test_no_more_are_taken_than_asked_for_and_the_oldest_first(bench: Bench) -> None:
    neighbours = [
        account
        for account in (f"{branch:03}-0000001" for branch in range(100))
        if NAMES.partition_of(NAMES.account_name(BANK, account)) == 3
    ]
    last, first, second = (
        create(bench.store, account=account, due=due).verification.id
        for account, due in zip(neighbours, (9, 3, 6), strict=False)
    )
    assert take(bench, limit=2) == [first, second]
    assert take(bench, limit=2) == [last]


def test_an_idempotency_key_stands_for_the_first_id_that_was_claimed_with_it(bench: Bench) -> None:
    first, second = (bench.store.new_id(BANK, ACCOUNT) for _ in range(2))
    claim = bench.store.claim(FIRST, first)
    assert (claim.id, claim.name, claim.fresh) == (first, FIRST, True)
    bench.wait(0.02)
    again = bench.store.claim(FIRST, second)
    assert (again.id, again.name, again.fresh) == (first, FIRST, False)
    assert 10 <= again.age < 10 * SECOND


def test_an_idempotency_key_tells_of_which_request_it_was(bench: Bench) -> None:
    first, second = (bench.store.new_id(BANK, ACCOUNT) for _ in range(2))
    bench.store.claim(FIRST, first)
    assert bench.store.claim(SECOND_BODY, second).name == FIRST


def test_a_claim_is_found_again_by_the_same_request_only(bench: Bench) -> None:
    first = bench.store.new_id(BANK, ACCOUNT)
    assert bench.store.find_claim(FIRST) is None
    bench.store.claim(FIRST, first)
    assert bench.store.find_claim(FIRST) == first
    assert bench.store.find_claim(SECOND_BODY) is None
    bench.let_claims_age(DAY)
    assert bench.store.find_claim(FIRST) is None


def test_another_idempotency_key_is_another_claim(bench: Bench) -> None:
    first, second = (bench.store.new_id(BANK, ACCOUNT) for _ in range(2))
    bench.store.claim(FIRST, first)
    assert bench.store.claim(b"key-two-body-one", second).fresh


def test_a_claim_that_is_sent_twice_is_still_the_first(bench: Bench) -> None:
    first = bench.store.new_id(BANK, ACCOUNT)
    assert bench.store.claim(FIRST, first).fresh
    assert bench.store.claim(FIRST, first).fresh


def test_a_number_is_called_so_often_an_hour(bench: Bench) -> None:
    assert [reserve(bench, f"wish-{number}") for number in range(3)] == [0, 0, 0]
    assert 3590 <= reserve(bench, "one-more") <= 3600
    assert bench.store.reserve_call(OTHER_NUMBER, "other", per_hour=3, per_day=5) == 0
    bench.let_calls_age(1)
    assert reserve(bench, "one-more") == 0


def test_a_number_is_called_so_often_a_day(bench: Bench) -> None:
    for number in range(5):
        assert reserve(bench, f"wish-{number}") == 0
        bench.let_calls_age(1)
    hours = 24 - 5
    assert (hours - 0.01) * 3600 <= reserve(bench, "one-more") <= hours * 3600
    bench.let_calls_age(hours)
    assert reserve(bench, "one-more") == 0
    assert reserve(bench, "yet-one-more") > 0


def test_a_wish_is_counted_once(bench: Bench) -> None:
    assert [reserve(bench, "wish") for _ in range(9)] == [0] * 9
    assert [reserve(bench, each) for each in ("two", "three")] == [0, 0]
    assert reserve(bench, "wish") == 0
    assert reserve(bench, "four") > 0


def test_a_reservation_that_is_released_makes_room(bench: Bench) -> None:
    for number in range(3):
        reserve(bench, f"wish-{number}")
    bench.store.release_call(NUMBER, "wish-1")
    bench.store.release_call(NUMBER, "never wished for")
    bench.store.release_call(OTHER_NUMBER, "wish-0")
    assert reserve(bench, "one-more") == 0
    assert reserve(bench, "two-more") > 0


def test_of_many_who_reserve_at_once_no_more_than_the_limit_get_through(bench: Bench) -> None:
    waits: list[int] = []
    threads = [
        threading.Thread(target=lambda own=number: waits.append(reserve(bench, f"w{own}", day=99)))
        for number in range(20)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert waits.count(0) == 3
    assert len(waits) == 20


def test_a_story_is_read_in_order_with_every_line_as_it_was_told(bench: Bench) -> None:
    record = create(bench.store)
    own = record.verification.id
    bench.store.note(own, [note("one", at=1), note("two", at=2)])
    bench.store.save(
        load(bench.store, record), with_tries(record, 1), [note("three")], due=None, keep=None
    )
    rows = bench.store.read_notes(10)
    assert [row[2] for row in rows] == [own] * 3
    assert {row[0] for row in rows} == {partition_of(own)}
    told = [each for row in rows for each in row[3]]
    assert told == [note("created"), note("one", at=1), note("two", at=2), note("three")]


def test_what_one_reads_to_archive_it_nobody_else_reads_until_it_is_done_or_he_is_long_gone(
    bench: Bench,
) -> None:
    if not isinstance(bench, RedisBench):
        pytest.skip("a store in memory has one reader")
    create(bench.store)
    other = bench.reopen(KEYRING)
    ((partition, stream_id, _, _),) = bench.store.read_notes(10)
    assert other.read_notes(10) == []
    assert len(bench.store.read_notes(10)) == 1
    bench.store.trim_notes(partition, stream_id)
    create(bench.store, account="002-0000001")
    assert len(other.read_notes(10)) == 1
    assert bench.store.read_notes(10) == []
    (reader,) = bench.client.scan_iter("*reader")
    assert 0 < bench.client.pttl(reader) <= 5 * SECOND
    bench.client.delete(reader)  # as when his time is over
    assert len(bench.store.read_notes(10)) == 1


def test_whose_calls_to_a_number_were_counted_is_found_by_the_number_the_latest_first(
    bench: Bench,
) -> None:
    first, second = (bench.store.new_id(BANK, account) for account in ("001-1", "001-2"))
    for wish in (first, f"{first}/again", second, f"{second}/again", f"{first}/and again"):
        assert reserve(bench, wish, hour=9, day=9) == 0
        bench.wait(0.002)
    assert bench.store.called_lately(NUMBER) == [first, second]
    assert bench.store.called_lately(OTHER_NUMBER) == []


def test_a_call_that_was_taken_back_or_is_older_than_any_verification_is_not_found(
    bench: Bench,
) -> None:
    first, second = (bench.store.new_id(BANK, account) for account in ("001-1", "001-2"))
    reserve(bench, f"{first}/again", hour=9, day=9)
    bench.let_calls_age(0.16)
    assert bench.store.called_lately(NUMBER) == [first]
    reserve(bench, second, hour=9, day=9)
    bench.let_calls_age(0.01)
    assert bench.store.called_lately(NUMBER) == [second]
    bench.store.release_call(NUMBER, second)
    assert bench.store.called_lately(NUMBER) == []


def test_a_save_without_notes_tells_nothing(bench: Bench) -> None:
    record = create(bench.store)
    bench.store.save(load(bench.store, record), with_tries(record, 1), [], due=None, keep=None)
    assert len(bench.store.read_notes(10)) == 1


@pytest.mark.parametrize("unknown", [None, "", "no id of ours"])
def test_what_belongs_to_no_verification_is_told_of_the_house(
    bench: Bench, unknown: str | None
) -> None:
    forged = Note(kind="hook_forged", at=3, detail={"count": 2})
    bench.store.note(unknown, [forged])
    assert [(row[2], row[3]) for row in bench.store.read_notes(10)] == [("house", [forged])]


def test_an_unlock_is_told_under_the_accounts_name(bench: Bench) -> None:
    loaded = bench.store.load_account(BANK, ACCOUNT)
    bench.store.save_account(loaded, loaded.account, [note("account_unlocked")])
    assert [row[2] for row in bench.store.read_notes(10)] == [loaded.account_name]


def test_what_was_archived_is_trimmed_and_nothing_else(bench: Bench) -> None:
    first = create(bench.store).verification.id
    other = create(bench.store, account="002-0000001").verification.id
    assert partition_of(first) != partition_of(other)
    bench.store.note(first, [note("second")])
    rows = {(row[2], row[3][0].kind): row for row in bench.store.read_notes(10)}
    partition, stream_id, *_ = rows[first, "created"]
    bench.store.trim_notes(partition, stream_id)
    left = {(row[2], row[3][0].kind) for row in bench.store.read_notes(10)}
    assert left == {(first, "second"), (other, "created")}
    bench.store.trim_notes(partition, stream_id)
    assert len(bench.store.read_notes(10)) == 2


def test_a_day_later_an_idempotency_key_is_free_again(bench: Bench) -> None:
    first, second = (bench.store.new_id(BANK, ACCOUNT) for _ in range(2))
    bench.store.claim(FIRST, first)
    bench.let_claims_age(DAY - MINUTE)
    assert not bench.store.claim(FIRST, second).fresh
    bench.let_claims_age(MINUTE)
    assert bench.store.claim(FIRST, second).fresh
