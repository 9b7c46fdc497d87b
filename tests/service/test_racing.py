"""Many who do the same thing at once, on a real server: it is done once."""

from collections.abc import Iterator

import pytest

from ivr.domain.callflow import Mode
from ivr.domain.errors import Code, Refused
from ivr.domain.record import State
from ivr.service.views import View
from tests.service.house import WEB, id_of, wrong
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


def test_of_verifications_started_at_once_for_one_account_one_is_accepted(
    house: RealHouse,
) -> None:
    results = at_once(*[house.start] * 50)
    assert codes(results) == {"pass": 1, Code.ACCOUNT_IN_USE: 49}
    (view,) = (each for each in results if isinstance(each, View))
    assert house.live() == id_of(view)
    house.work()
    assert len(house.carrier.orders) == 1


def test_one_start_sent_fifty_times_at_once_is_one_start(house: RealHouse) -> None:
    results = at_once(*[lambda: house.start(key="one")] * 50)
    assert codes(results) == {"pass": 50}
    assert len({id_of(each) for each in results}) == 1
    house.work()
    assert len(house.carrier.orders) == 1
    assert house.notes().count("verification_requested") == 1


def test_many_workers_place_a_call_once(house: RealHouse) -> None:
    view = house.start()
    at_once(*[lambda: house.upkeep.attend(id_of(view))] * 30)
    assert len(house.carrier.orders) == 1
    assert house.record(view).verification.state is State.RINGING


def test_a_keyed_passcode_that_comes_many_times_at_once_is_one_try(house: RealHouse) -> None:
    view = house.start(mode=Mode.KEYIN)
    phone = house.ring()
    phone.wait_for_code_question()
    assert view.passcode is not None
    phone.press(wrong(view.passcode))
    at_once(*[phone.repeat] * 50)
    record = house.record(view)
    assert (record.verification.tries, record.account.failures) == (1, 1)


def test_two_phones_that_key_at_once_are_one_phone(house: RealHouse) -> None:
    view = house.start(mode=Mode.KEYIN)
    phone = house.ring()
    phone.wait_for_code_question()
    guesses = [f"{number:06d}" for number in range(40) if f"{number:06d}" != view.passcode]
    address, hook = phone.sent[-1]
    assert address.turn + 1 == phone.next_turn
    twins = [Phone(house.calls, house.carrier.orders[0], phone.sid) for _ in guesses]
    for twin in twins:
        twin.next_turn = phone.next_turn
    assert hook.sid == phone.sid
    at_once(
        *[
            lambda twin=twin, guess=guess: twin.press(guess)
            for twin, guess in zip(twins, guesses, strict=True)
        ]
    )
    assert house.record(view).verification.tries == 1


def test_a_cancel_and_a_right_guess_at_once_have_one_winner(house: RealHouse) -> None:
    for _ in range(10):
        view = house.start()
        passcode = house.ring().listen()
        checked, cancelled = at_once(
            lambda: house.check(view, passcode),  # noqa: B023 - done within the round
            lambda: house.verifications.cancel(WEB, id_of(view)),  # noqa: B023 - the same
        )
        assert isinstance(checked, Refused) != isinstance(cancelled, Refused)
        assert house.record(view).verification.passed == isinstance(checked, View)
