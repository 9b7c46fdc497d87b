"""Many who guess at once, on a real server: no try too many, and no second winner."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from ivr.domain.callflow import Mode
from ivr.domain.errors import Code, Refused
from ivr.domain.record import Reason
from ivr.service.views import View
from tests.service.house import ACCOUNT, WEB, code, id_of, refusal, wrong
from tests.service.machine import at_once, codes
from tests.service.phone import Phone
from tests.service.real_house import RealHouse

pytestmark = pytest.mark.real_server


@pytest.fixture
def house(real_server: str) -> Iterator[RealHouse]:
    """A house on the real server, empty."""
    house = RealHouse(real_server)
    house.client.flushall()
    yield house
    house.close()


def guess_at_once(
    house: RealHouse, view: View, guesses: Sequence[str], keys: Sequence[str | None] | None = None
) -> list[View | Refused]:
    """Hand in all the guesses at once, each from a thread of its own."""
    own = keys or [None] * len(guesses)
    return at_once(
        *[
            lambda guess=guess, key=key: house.check(view, guess, key)
            for guess, key in zip(guesses, own, strict=True)
        ]
    )


def fail_at_once(house: RealHouse, account: str = ACCOUNT, threads: int = 30) -> Counter[Any]:
    """Start a verification of an account, hear its passcode, and guess wrong many times at once."""
    view = house.start(account)
    passcode = house.ring().listen()
    return codes(guess_at_once(house, view, [wrong(passcode)] * threads))


def guess_once(house: RealHouse, view: View) -> int:
    """Let the call ring, hear its passcode, and guess wrong once."""
    passcode = house.ring().listen()
    return codes(guess_at_once(house, view, [wrong(passcode)]))[Code.WRONG_PASSCODE]


def test_two_hundred_who_guess_wrong_at_once_have_five_tries_between_them(
    house: RealHouse,
) -> None:
    view = house.start()
    passcode = house.ring().listen()
    results = guess_at_once(house, view, [wrong(passcode)] * 200)
    assert codes(results) == {Code.WRONG_PASSCODE: 5, Code.ALREADY_DECIDED: 195}
    left = [
        each.extra["tries_left"]
        for each in results
        if isinstance(each, Refused) and each.code is Code.WRONG_PASSCODE
    ]
    assert sorted(left) == [0, 1, 2, 3, 4]
    record = house.record(view)
    assert (record.verification.tries, record.account.failures) == (5, 5)
    assert record.verification.reason is Reason.WRONG_PASSCODE
    assert code(house.check, view, passcode) == Code.ALREADY_DECIDED
    assert house.notes().count("passcode_checked") == 5


def test_of_two_hundred_who_know_the_passcode_one_wins(house: RealHouse) -> None:
    view = house.start()
    passcode = house.ring().listen()
    results = guess_at_once(house, view, [passcode] * 200)
    assert codes(results) == {"pass": 1, Code.ALREADY_DECIDED: 199}
    assert house.record(view).verification.tries == 0


@pytest.mark.parametrize("place", [0, 3, 20, 49])
def test_a_right_guess_among_fifty_wins_once_or_not_at_all(house: RealHouse, place: int) -> None:
    view = house.start()
    passcode = house.ring().listen()
    guesses = [wrong(passcode)] * 50
    guesses[place] = passcode
    found = codes(guess_at_once(house, view, guesses))
    record = house.record(view)
    assert found["pass"] == int(record.verification.passed)
    if found["pass"]:
        assert found[Code.WRONG_PASSCODE] == record.verification.tries <= 4
        assert record.account.failures == 0
    else:
        assert found[Code.WRONG_PASSCODE] == record.verification.tries == 5
    assert found.total() == 50


def test_one_check_sent_fifty_times_at_once_is_one_check(house: RealHouse) -> None:
    view = house.start()
    passcode = house.ring().listen()
    missed = guess_at_once(house, view, [wrong(passcode)] * 50, ["one"] * 50)
    assert codes(missed) == {Code.WRONG_PASSCODE: 50}
    assert {each.extra["tries_left"] for each in missed if isinstance(each, Refused)} == {4}
    won = guess_at_once(house, view, [passcode] * 50, ["two"] * 50)
    assert codes(won) == {"pass": 50}
    assert len({each.receipt for each in won if isinstance(each, View)}) == 1
    assert house.record(view).verification.tries == 1
    assert house.notes().count("passcode_checked") == 2


def test_guesses_before_the_passcode_was_spoken_count_nothing(house: RealHouse) -> None:
    view = house.start()
    secret = house.views.passcode(view.record.verification)
    phone = house.ring()
    phone.answer()
    found = codes(guess_at_once(house, view, [secret, wrong(secret)] * 50))
    assert found == {Code.NOT_SPOKEN_YET: 100}
    record = house.record(view)
    assert (record.verification.tries, record.account.failures) == (0, 0)
    phone.press("1")
    assert house.check(view, secret).record.verification.passed


def test_guesses_that_race_with_the_speaking_never_win_before_it(house: RealHouse) -> None:
    view = house.start()
    secret = house.views.passcode(view.record.verification)
    phone = house.ring()
    phone.answer()
    spoken, *results = at_once(lambda: phone.press("1"), *[lambda: house.check(view, secret)] * 30)
    assert not isinstance(spoken, Refused)
    found = codes(results)
    assert found["pass"] <= 1
    assert set(found) <= {"pass", Code.NOT_SPOKEN_YET, Code.ALREADY_DECIDED}
    notes = house.notes()
    if found["pass"]:
        assert notes.index("passcode_spoken") < notes.index("passcode_checked")


def test_verifications_of_one_account_one_after_another_have_ten_failures_in_all(
    house: RealHouse,
) -> None:
    failed = fail_at_once(house) + fail_at_once(house)
    assert failed[Code.WRONG_PASSCODE] == 10
    assert house.accounts.show("honnin", ACCOUNT)[0].failures == 10
    assert code(house.start) == Code.ACCOUNT_BLOCKED
    assert code(house.start, mode=Mode.KEYIN) == Code.ACCOUNT_BLOCKED


def test_new_calls_and_verifications_cut_short_do_not_add_a_try(house: RealHouse) -> None:
    counted = 0
    for _ in range(5):
        view = house.start()
        counted += guess_once(house, view)
        house.call_again(view)
        counted += guess_once(house, view)
        if not house.record(view).verification.decided:
            house.verifications.cancel(WEB, id_of(view))
    assert counted == 10
    assert house.accounts.show("honnin", ACCOUNT)[0].failures == 10
    assert code(house.start) == Code.ACCOUNT_BLOCKED


def test_starts_and_guesses_at_once_count_ten_failures_and_then_block(house: RealHouse) -> None:
    """Each thread starts again as soon as it may, and guesses as long as it can."""
    wrongs: list[int] = []

    def attack() -> None:
        for _ in range(40):
            try:
                view = house.start()
            except Refused:
                continue
            house.upkeep.attend(id_of(view))
            order = next(each for each in house.carrier.orders if id_of(view) in each.voice_url)
            passcode = Phone(house.calls, order, house.carrier.sid_of(order)).listen()
            refusals = [refusal(house.check, view, wrong(passcode)) for _ in range(9)]
            wrongs.extend(1 for each in refusals if each.code is Code.WRONG_PASSCODE)

    at_once(*[attack] * 8)
    assert len(wrongs) == 10
    assert house.accounts.show("honnin", ACCOUNT)[0].failures == 10
    assert code(house.start) == Code.ACCOUNT_BLOCKED


def test_a_passcode_dies_by_the_servers_own_clock(real_server: str) -> None:
    house = RealHouse(real_server, passcode_life=2)
    view = house.start()
    passcode = house.ring().listen()
    time.sleep(2.01)
    assert code(house.check, view, passcode) == Code.PASSCODE_EXPIRED
    house.call_again(view)
    assert house.check(view, house.ring().listen()).record.verification.passed
    house.close()


def test_a_restart_adds_no_try_and_loses_no_verdict(house: RealHouse) -> None:
    view = house.start()
    passcode = house.ring().listen()
    for left in (4, 3, 2, 1, 0):
        house = house.restart()
        assert refusal(house.check, view, wrong(passcode)).extra["tries_left"] == left
    house = house.restart()
    assert house.read(view).verification.reason is Reason.WRONG_PASSCODE
    assert code(house.check, view, passcode) == Code.ALREADY_DECIDED
