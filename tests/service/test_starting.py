from typing import Any

import pytest
from msgspec.structs import replace

from ivr.domain.callflow import Mode, Pace, Purpose
from ivr.domain.errors import Code
from ivr.domain.policy import DAY, MINUTE, SECOND
from ivr.domain.record import Account, State
from ivr.service.ports import RegisteredNumber
from tests.service.house import (
    ACCOUNT,
    BRANCH,
    CALLBACK,
    STRANGER,
    WEB,
    MemoryHouse,
    code,
    id_of,
    refusal,
    wrong,
)
from tests.service.world import NUMBERS


def lies_in(house: MemoryHouse) -> Any:
    """Everything that is kept but for claimed keys: values, due times, reserved calls, the story."""
    memory = house.memory
    calls = {number: dict(wishes) for number, wishes in memory._calls.items() if wishes}
    return [dict(memory._values), dict(memory._due), calls, house.notes()]


def fail(house: MemoryHouse, times: int, account: str = ACCOUNT) -> None:
    """Start verifications of an account and fail so many tries."""
    while times:
        view = house.start(account)
        passcode = house.ring().listen()
        tries = min(times, 5)
        for _ in range(tries):
            assert code(house.check, view, wrong(passcode)) == Code.WRONG_PASSCODE
        times -= tries
        if tries < 5 and not house.read(view).verification.decided:
            house.verifications.cancel(WEB, id_of(view))


def test_a_start_commits_the_wish_to_call_the_registered_number(house: MemoryHouse) -> None:
    view = house.start(reference="r-1", callback_url=CALLBACK, language="en", pace="slow")
    verification = view.record.verification
    assert (verification.state, verification.call.number) == (State.WANTED, 1)
    assert verification.number == "+819012345601"
    assert verification.expires_at == house.clock.now + 10 * MINUTE
    assert (verification.language, verification.pace) == ("en", "slow")
    assert house.record(view) == view.record
    assert view.record.account == Account(live=verification.id)
    assert house.memory.next_due() == house.clock.now
    assert house.notes() == ["verification_requested"]


def test_a_bank_that_names_no_language_gets_its_own(house: MemoryHouse) -> None:
    assert house.start().record.verification.language == "ja"


@pytest.mark.parametrize(
    ("asked", "own", "spoken"),
    [
        (None, "en", "en"),
        ("ja", "en", "ja"),
        ("en", "ja", "en"),
        (None, None, "ja"),
        (None, "ko", "ja"),  # neither the bank nor the flow of this house speaks Korean
    ],
)
def test_the_language_is_the_requests_or_else_the_depositors(
    house: MemoryHouse, asked: str | None, own: str | None, spoken: str
) -> None:
    house.registry.numbers[ACCOUNT] = replace(NUMBERS[ACCOUNT], language=own)
    assert house.start(language=asked).record.verification.language == spoken


@pytest.mark.parametrize(
    ("asked", "own", "spoken"),
    [
        ("normal", "slow", "slow"),
        ("slow", "normal", "slow"),
        ("slow", None, "slow"),
        ("normal", "normal", "normal"),
        ("normal", None, "normal"),
    ],
)
def test_whoever_wishes_it_slow_gets_it_slow(
    house: MemoryHouse, asked: str, own: str | None, spoken: str
) -> None:
    pace = Pace(own) if own else None
    house.registry.numbers[ACCOUNT] = replace(NUMBERS[ACCOUNT], pace=pace)
    assert house.start(pace=asked).record.verification.pace == spoken


def test_in_readout_nobody_is_shown_the_passcode(house: MemoryHouse) -> None:
    assert house.start(mode=Mode.READOUT).passcode is None


def test_in_keyin_the_start_shows_the_passcode_until_the_call_is_answered(
    house: MemoryHouse,
) -> None:
    shown = house.start(mode=Mode.KEYIN, key="one").passcode
    assert shown is not None
    assert len(shown) == 6
    phone = house.ring()
    assert house.start(mode=Mode.KEYIN, key="one").passcode == shown
    phone.answer()
    assert house.start(mode=Mode.KEYIN, key="one").passcode is None


def test_the_same_request_with_the_same_key_starts_nothing_twice(house: MemoryHouse) -> None:
    first = house.start(key="one")
    before = lies_in(house)
    assert [id_of(house.start(key="one")) for _ in range(3)] == [id_of(first)] * 3
    assert lies_in(house) == before


def test_a_repeated_start_hears_how_it_stands_now(house: MemoryHouse) -> None:
    view = house.start(key="one")
    house.check(view, house.ring().listen())
    again = house.start(key="one")
    assert (id_of(again), again.record.verification.state) == (id_of(view), State.PASSED)
    assert again.receipt is not None


@pytest.mark.parametrize("at", ["later", "after the bank withdrew what it offered"])
def test_a_repeated_start_is_not_judged_anew(house: MemoryHouse, at: str) -> None:
    view = house.start(key="one", callback_url=CALLBACK)
    if at != "later":
        house.registry.numbers[ACCOUNT] = RegisteredNumber(number="+819012345677", days=0)
        house.flows.withdrawn.add(Purpose.LINK)
    house.wait(300)
    assert id_of(house.start(key="one", callback_url=CALLBACK)) == id_of(view)


def test_the_same_key_with_another_body_is_refused(house: MemoryHouse) -> None:
    view = house.start(key="one")
    before = lies_in(house)
    for other in ({"account": "001-0000002"}, {"mode": Mode.KEYIN}, {"reference": "r"}):
        assert code(house.start, key="one", **other) == Code.IDEMPOTENCY_KEY_REUSED
    assert lies_in(house) == before
    assert house.read(view).verification.state is State.WANTED


def test_keys_of_two_clients_are_two_keys(house: MemoryHouse) -> None:
    first = house.start(key="one")
    second = house.start(key="one", client=BRANCH, account="001-0000002")
    assert id_of(first) != id_of(second)


def test_a_key_whose_verification_is_no_longer_kept_is_spent(house: MemoryHouse) -> None:
    view = house.start(key="one")
    house.verifications.cancel(WEB, id_of(view))
    house.wait(3600)
    assert code(house.start, key="one") == Code.IDEMPOTENCY_KEY_SPENT
    house.wait(DAY / SECOND)
    assert id_of(house.start(key="one")) != id_of(view)


def test_a_start_that_died_after_its_key_was_claimed_is_finished_by_its_repetition(
    house: MemoryHouse,
) -> None:
    other = MemoryHouse()
    name = id_of(other.start(key="one")), next(iter(other.memory._claims.values()))[0]
    house.store.claim(name[1], name[0])
    assert id_of(house.start(key="one")) == name[0]


def test_an_account_with_an_open_verification_is_in_use(house: MemoryHouse) -> None:
    view = house.start()
    mine = refusal(house.start)
    assert (mine.code, mine.field) == (Code.ACCOUNT_IN_USE, "account")
    assert mine.extra == {"verification": id_of(view)}
    theirs = refusal(house.start, client=BRANCH)
    assert (theirs.code, theirs.extra) == (Code.ACCOUNT_IN_USE, {})
    assert id_of(house.start(account="001-0000002"))


def test_an_account_is_free_again_after_a_verdict(house: MemoryHouse) -> None:
    view = house.start()
    house.verifications.cancel(WEB, id_of(view))
    assert id_of(house.start()) != id_of(view)


def test_an_account_is_free_again_when_time_ran_out_with_nobody_awake(house: MemoryHouse) -> None:
    view = house.start()
    house.wait(600)
    second = house.start()
    assert house.read(view).verification.decided
    assert house.record(second).account.live == id_of(second)


def test_ten_failures_in_a_row_block_the_account_for_a_day(house: MemoryHouse) -> None:
    fail(house, 10)
    refused = refusal(house.start)
    assert (refused.code, refused.field) == (Code.ACCOUNT_BLOCKED, "account")
    assert code(house.start, mode=Mode.KEYIN, client=BRANCH) == Code.ACCOUNT_BLOCKED
    assert id_of(house.start(account="001-0000004"))
    house.wait(DAY / SECOND - 1)
    assert code(house.start) == Code.ACCOUNT_BLOCKED
    house.wait(1)
    assert house.start().record.account.failures == 10


def test_a_changed_number_does_not_lift_a_block_or_reset_the_count(house: MemoryHouse) -> None:
    fail(house, 9)
    house.registry.numbers[ACCOUNT] = RegisteredNumber(number="+819012345678", days=30)
    assert house.start().record.account.failures == 9
    fail_view = house.ring().listen()
    live = house.records.store.load_account("honnin", ACCOUNT).account.live
    assert code(house.verifications.check, WEB, live, wrong(fail_view), None) == Code.WRONG_PASSCODE
    assert code(house.start) == Code.ACCOUNT_BLOCKED


def test_staff_lift_a_block_and_the_count_begins_anew(house: MemoryHouse) -> None:
    fail(house, 10)
    before = house.accounts.unlock("honnin", ACCOUNT, person="suzuki", reason="he came in")
    assert before.failures == 10
    assert house.notes()[-1] == "account_unlocked"
    assert house.start().record.account == replace(Account(), live=house.live(ACCOUNT))


def test_an_unlock_leaves_the_open_verification_open(house: MemoryHouse) -> None:
    view = house.start()
    passcode = house.ring().listen()
    assert code(house.check, view, wrong(passcode)) == Code.WRONG_PASSCODE
    house.accounts.unlock("honnin", ACCOUNT, person="suzuki", reason="asked")
    assert house.accounts.show("honnin", ACCOUNT)[0] == Account(live=id_of(view))
    assert code(house.start) == Code.ACCOUNT_IN_USE
    assert house.check(view, passcode).record.verification.passed


def test_a_number_is_called_only_so_often_whatever_accounts_it_has() -> None:
    house = MemoryHouse(calls_to_number_per_hour=3)
    for account in (ACCOUNT, "001-0000004", ACCOUNT):
        view = house.start(account)
        house.verifications.cancel(WEB, id_of(view))
    refused = refusal(house.start, "001-0000004")
    assert refused.code == Code.NUMBER_CALLED_TOO_OFTEN
    assert refused.extra == {"retry_after": 3600}
    assert id_of(house.start("001-0000002"))
    house.wait(3600)
    assert id_of(house.start())


REFUSED: list[tuple[dict[str, Any], Code]] = [
    ({"bank": "nobank"}, Code.UNKNOWN_BANK),
    ({"client": STRANGER}, Code.BANK_NOT_YOURS),
    ({"wallet": "sorapay"}, Code.UNKNOWN_WALLET),
    ({"amount": 100}, Code.AMOUNT_NOT_ALLOWED),
    ({"purpose": Purpose.CHARGE}, Code.AMOUNT_MISSING),
    ({"purpose": Purpose.REVERIFY}, Code.PURPOSE_NOT_OFFERED),
    ({"mode": Mode.NOTICE, "purpose": Purpose.CHARGE, "amount": 1}, Code.PURPOSE_NOT_ALLOWED),
    ({"mode": Mode.REVERIFY, "purpose": Purpose.LINK}, Code.PURPOSE_NOT_ALLOWED),
    ({"mode": Mode.INBOUND}, Code.MODE_NOT_ALLOWED),
    ({"language": "fr"}, Code.LANGUAGE_NOT_OFFERED),
    ({"callback_url": "https://evil.test/"}, Code.CALLBACK_NOT_ALLOWED),
    ({"account": "001-9999999"}, Code.UNKNOWN_ACCOUNT),
    ({"account": "009-0000001"}, Code.NO_REGISTERED_NUMBER),
    ({"account": "009-0000002"}, Code.NUMBER_NOT_CALLED),
    ({"account": "009-0000003"}, Code.NUMBER_TOO_NEW),
]


@pytest.mark.parametrize(("fields", "expected"), REFUSED, ids=[str(each[1]) for each in REFUSED])
def test_nothing_is_kept_of_a_request_that_is_refused(
    house: MemoryHouse, fields: dict[str, Any], expected: Code
) -> None:
    before = lies_in(house)
    for _ in range(3):
        assert code(house.start, key="one", **fields) == expected
    assert lies_in(house) == before
    assert house.memory._claims == {}
    house.wait(300)
    assert house.work() == 0
    assert id_of(house.start(key="one"))


def test_nothing_but_its_key_is_kept_of_a_request_for_an_account_in_use(house: MemoryHouse) -> None:
    view = house.start()
    before = lies_in(house)
    assert code(house.start, key="one") == Code.ACCOUNT_IN_USE
    assert lies_in(house) == before
    house.verifications.cancel(WEB, id_of(view))
    house.wait(300)
    assert id_of(house.start(key="one"))


def test_nothing_but_its_key_is_kept_of_a_request_for_a_blocked_account(house: MemoryHouse) -> None:
    fail(house, 10)
    before = lies_in(house)
    assert code(house.start, key="one") == Code.ACCOUNT_BLOCKED
    assert lies_in(house) == before
    house.accounts.unlock("honnin", ACCOUNT, person="suzuki", reason="asked")
    house.wait(300)
    assert id_of(house.start(key="one"))


def test_nothing_but_its_key_is_kept_of_a_request_for_a_number_called_too_often() -> None:
    house = MemoryHouse(calls_to_number_per_hour=1, kept_after_end=7200)
    house.verifications.cancel(WEB, id_of(house.start()))
    before = lies_in(house)
    assert code(house.start, key="one") == Code.NUMBER_CALLED_TOO_OFTEN
    assert lies_in(house) == before
    house.wait(3600)
    assert id_of(house.start(key="one"))
