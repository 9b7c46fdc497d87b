import pytest

from ivr.domain.callflow import Mode
from ivr.domain.events import CallBackAsked
from ivr.domain.passcode import derive
from ivr.domain.policy import MINUTE, SECOND, Limits
from ivr.domain.record import Call, State
from tests.domain.lives import NOON, Life

SECRET = b"s" * 32


def passcode(life: Life) -> str:
    verification = life.verification
    return derive(SECRET, verification.binding(), verification.call.code_number)


@pytest.mark.parametrize("mode", [Mode.READOUT, Mode.KEYIN])
def test_a_call_back_is_wished_for_when_the_depositor_will_have_hung_up(mode: Mode) -> None:
    life = Life(mode).miss().ask_back()
    assert life.state is State.WANTED
    assert life.verification.call.wished_at == life.now + 30 * SECOND
    assert life.record.next_look(life.limits) == life.now + 30 * SECOND
    assert life.verification.deadline(life.limits) == life.now + 50 * SECOND


def test_a_call_back_in_readout_speaks_a_code_of_its_own_and_the_old_one_is_dead() -> None:
    life = Life().hear()
    heard = passcode(life)
    life.ask_back()
    assert life.verification.code_until == 0
    life.wait(30).speak()
    assert passcode(life) != heard
    assert life.verification.code_until == life.now + 5 * MINUTE


def test_a_call_back_in_keyin_takes_the_code_that_the_page_shows_and_gives_it_no_more_time() -> (
    None
):
    life = Life(Mode.KEYIN)
    shown, until = passcode(life), life.verification.code_until
    replay = life.verification.call.replay
    for asked_in in (b"inbound-1", b"inbound-2"):
        life.miss().ask_back(asked_in).wait(30)
        assert passcode(life) == shown
        assert (life.verification.code_until, life.verification.call.replay) == (until, replay)
    assert life.verification.call.number == 3
    life.wait_until(until - 1 - 13 * SECOND).consent()
    assert life.key(right=True).state is State.PASSED


def test_the_page_gets_a_code_of_its_own_again_when_it_asks_for_a_call() -> None:
    life = Life(Mode.KEYIN)
    shown = passcode(life)
    life.miss().ask_back().wait(30).miss().call_again()
    assert life.verification.call == Call(number=3, wished_at=life.now)
    assert passcode(life) != shown


def test_asked_twice_in_one_call_it_is_one_call_back() -> None:
    life = Life().miss().ask_back().wait(30).miss()
    before = life.record
    assert life.ask_back().record is before
    assert life.ask_back(b"inbound-2").verification.call.number == 3


@pytest.mark.parametrize("mode", [Mode.READOUT, Mode.KEYIN])
def test_there_is_no_fourth_call_however_it_is_asked_for(mode: Mode) -> None:
    life = Life(mode).miss().ask_back().wait(30).miss().call_again().miss()
    before = life.record
    assert life.ask_back(b"inbound-2").record is before


def test_a_shown_code_that_is_dead_when_the_phone_would_ring_brings_no_call() -> None:
    life = Life(Mode.KEYIN).miss()
    until = life.verification.code_until
    before = life.record
    asked = CallBackAsked(at=until - 30 * SECOND, asked_in=b"inbound-1")
    assert life.wait_until(asked.at - 5 * SECOND).ask_back().record is before
    life.wait_until(asked.at - 5 * SECOND - 1)
    assert life.ask_back().state is State.WANTED


def test_a_verification_that_ends_before_the_phone_would_ring_brings_no_call() -> None:
    life = Life(limits=Limits(passcode_life=300)).miss()
    before = life.record
    assert life.wait_until(NOON + 10 * MINUTE - 35 * SECOND).ask_back().record is before
    life.wait_until(NOON + 10 * MINUTE - 35 * SECOND - 1)
    assert life.ask_back().state is State.WANTED
