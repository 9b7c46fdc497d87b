import pytest
from msgspec.structs import replace

from ivr.domain.callflow import Mode
from ivr.domain.errors import Code
from ivr.domain.policy import MINUTE, SECOND
from ivr.domain.record import Account, Reason, State
from tests.service.house import (
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


def test_the_passcode_that_was_heard_passes_once(house: MemoryHouse) -> None:
    view = house.start(callback_url=CALLBACK)
    passcode = house.ring().listen()
    passed = house.check(view, passcode)
    assert (passed.record.verification.state, passed.record.account) == (State.PASSED, Account())
    assert passed.receipt is not None
    again = refusal(house.check, view, passcode)
    assert again.code == Code.ALREADY_DECIDED
    assert again.extra == {
        "verdict": "pass",
        "reason": Reason.RIGHT_PASSCODE,
        "receipt": passed.receipt,
    }


def test_a_passcode_may_be_typed_while_the_call_is_still_on(house: MemoryHouse) -> None:
    view = house.start()
    phone = house.ring()
    phone.wait_for_code_question()
    assert house.check(view, phone.passcode).record.verification.passed


@pytest.mark.parametrize("typed", ["{}", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}", " {} "])
def test_a_passcode_is_read_as_a_person_means_it(house: MemoryHouse, typed: str) -> None:
    view = house.start()
    full_width = str.maketrans("0123456789", "０１２３４５６７８９")
    passcode = house.ring().listen().translate(full_width)
    assert house.check(view, typed.format(passcode)).record.verification.passed


def test_a_malformed_passcode_is_no_try(house: MemoryHouse) -> None:
    view = house.start()
    house.ring().listen()
    for typed in ("", "12345", "1234567", "abcdef"):
        assert code(house.check, view, typed) == Code.PASSCODE_MALFORMED
    assert house.record(view).verification.tries == 0


def test_a_wrong_passcode_says_what_is_left_and_the_last_one_what_was_decided(
    house: MemoryHouse,
) -> None:
    view = house.start()
    passcode = house.ring().listen()
    for left in (4, 3, 2, 1):
        refused = refusal(house.check, view, wrong(passcode))
        assert (refused.code, refused.extra) == (Code.WRONG_PASSCODE, {"tries_left": left})
    last = refusal(house.check, view, wrong(passcode))
    assert (last.code, last.extra["tries_left"]) == (Code.WRONG_PASSCODE, 0)
    assert (last.extra["verdict"], last.extra["reason"]) == ("fail", Reason.WRONG_PASSCODE)
    assert last.extra["receipt"] == house.verifications.read(WEB, id_of(view)).receipt
    assert code(house.check, view, passcode) == Code.ALREADY_DECIDED


def test_a_guess_before_the_passcode_was_spoken_counts_nothing(house: MemoryHouse) -> None:
    view = house.start()
    secret = house.views.passcode(view.record.verification)
    guesses = (secret, wrong(secret))
    assert {code(house.check, view, each) for each in guesses} == {Code.NOT_SPOKEN_YET}
    phone = house.ring()
    assert {code(house.check, view, each) for each in guesses} == {Code.NOT_SPOKEN_YET}
    phone.answer()
    for _ in range(20):
        assert {code(house.check, view, each) for each in guesses} == {Code.NOT_SPOKEN_YET}
    assert house.record(view).verification.tries == 0
    assert house.record(view).account.failures == 0
    phone.press("1")
    assert house.check(view, secret).record.verification.passed


def test_in_keyin_there_is_nothing_to_check(house: MemoryHouse) -> None:
    view = house.start(mode=Mode.KEYIN)
    house.ring().wait_for_code_question()
    assert view.passcode is not None
    assert code(house.check, view, view.passcode) == Code.WRONG_MODE
    assert house.record(view).verification.tries == 0


def test_a_passcode_dies_five_minutes_after_it_was_spoken(house: MemoryHouse) -> None:
    view = house.start()
    passcode = house.ring().listen()
    house.wait(300)
    assert code(house.check, view, passcode) == Code.PASSCODE_EXPIRED
    assert house.record(view).verification.tries == 0
    assert house.record(view).verification.state is State.RESTING


def test_after_ten_minutes_there_is_a_verdict_whoever_looks_first(house: MemoryHouse) -> None:
    for look in (
        house.read,
        lambda view: refusal(house.check, view, "123456"),
        lambda view: refusal(house.call_again, view),
        lambda view: refusal(house.verifications.cancel, WEB, id_of(view)),
        lambda _: house.work(),
    ):
        view = house.start()
        house.wait(600)
        look(view)
        verification = house.record(view).verification
        assert (verification.state, verification.reason) == (State.FAILED, Reason.CARRIER_BUSY)


@pytest.mark.parametrize("right", [True, False])
def test_a_check_that_is_sent_again_with_its_key_costs_no_second_try(
    house: MemoryHouse, *, right: bool
) -> None:
    view = house.start()
    passcode = house.ring().listen()
    assert refusal(house.check, view, wrong(passcode), "first").extra == {"tries_left": 4}
    assert refusal(house.check, view, wrong(passcode), "second").extra == {"tries_left": 3}
    assert refusal(house.check, view, wrong(passcode), "first").extra == {"tries_left": 4}
    assert house.record(view).verification.tries == 2
    if right:
        first = house.check(view, passcode, "third")
        assert house.check(view, passcode, "third") == first
        assert code(house.check, view, passcode, "fourth") == Code.ALREADY_DECIDED
    assert refusal(house.check, view, wrong(passcode), "first").extra == {"tries_left": 4}


def test_the_last_try_sent_again_says_the_verdict_again(house: MemoryHouse) -> None:
    view = house.start()
    passcode = house.ring().listen()
    for number in range(4):
        refusal(house.check, view, wrong(passcode), f"key-{number}")
    last = refusal(house.check, view, wrong(passcode), "last")
    assert refusal(house.check, view, wrong(passcode), "last").extra == last.extra
    assert last.extra["verdict"] == "fail"


def test_a_key_of_one_try_cannot_be_used_for_another_passcode(house: MemoryHouse) -> None:
    view = house.start()
    passcode = house.ring().listen()
    refusal(house.check, view, wrong(passcode), "one")
    before = house.record(view)
    assert code(house.check, view, passcode, "one") == Code.IDEMPOTENCY_KEY_REUSED
    assert house.record(view) == before


def test_a_check_that_was_not_counted_may_be_sent_again_with_its_key(house: MemoryHouse) -> None:
    view = house.start()
    secret = house.views.passcode(view.record.verification)
    assert code(house.check, view, secret, "one") == Code.NOT_SPOKEN_YET
    house.ring().listen()
    assert house.check(view, secret, "one").record.verification.passed


def test_who_asks_for_what_is_not_his_hears_that_there_is_no_such_thing(
    house: MemoryHouse,
) -> None:
    view = house.start()
    own = id_of(view)
    passcode = house.ring().listen()
    before = house.record(view)
    for client in (BRANCH, STRANGER):
        asked = [
            lambda one=client: house.verifications.read(one, own),
            lambda one=client: house.verifications.check(one, own, passcode, None),
            lambda one=client: house.verifications.call_again(one, own, "key"),
            lambda one=client: house.verifications.cancel(one, own),
        ]
        assert {code(ask) for ask in asked} == {Code.NOT_FOUND}
    unknown = house.store.new_id("honnin", "001-0000002")
    assert code(house.verifications.read, WEB, unknown) == Code.NOT_FOUND
    assert code(house.verifications.read, WEB, "no id") == Code.NOT_FOUND
    assert house.record(view) == before


def test_a_verdict_can_be_read_for_an_hour_and_the_account_is_forgotten_with_it(
    house: MemoryHouse,
) -> None:
    view = house.start()
    house.check(view, house.ring().listen())
    house.wait(3599)
    assert house.read(view).verification.passed
    house.wait(1)
    assert code(house.read, view) == Code.NOT_FOUND
    assert house.memory._values.keys() == {id_of(view)} - {id_of(view)}


def test_a_poll_changes_nothing_and_shows_no_passcode(house: MemoryHouse) -> None:
    view = house.start(mode=Mode.KEYIN)
    before = house.record(view)
    polled = house.verifications.read(WEB, id_of(view))
    assert (polled.passcode, polled.receipt) == (None, None)
    assert house.record(view) == before == polled.record


def test_a_late_answer_meets_a_verdict_not_a_ten_minute_old_question(house: MemoryHouse) -> None:
    view = house.start()
    phone = house.ring()
    phone.wait_for_code_question()
    house.wait(10 * MINUTE / SECOND)
    assert code(house.check, view, phone.passcode) == Code.ALREADY_DECIDED
    assert house.record(view).verification.reason is Reason.EXPIRED
    assert replace(house.record(view).account) == Account()
