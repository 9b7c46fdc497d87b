"""Somebody calls the bank's number, through the whole product: what he hears, and who is called."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.rehearsal.script import Called
from tests.transcripts.calling_phone import CallingPhone

CALLED = Called(flow="inbound", language="ja")


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[CallingPhone]:
    phone = CallingPhone(tmp_path, CALLED)
    yield phone
    phone.close()


def documents(phone: CallingPhone, shows: str | None = None) -> list[str]:
    """Call, ask to be called back, and return every document, with what names the call taken out."""
    call = phone.dial(shows)
    phone.press("1")
    phone.settle()
    return [phone.anonymous(each.reply.body.decode()) for each in call.exchanges]


def test_the_depositor_is_called_back_and_the_verification_goes_on(phone: CallingPhone) -> None:
    phone.press("1")
    assert "お待ちください" in phone.heard()
    assert phone.wait_for_call_back()
    phone.answer()
    phone.press("1")
    phone.type(phone.passcode)
    assert phone.verdict() == "pass/right_passcode"


@pytest.mark.parametrize("shows", ["+819099999999", "+266696687", "Anonymous", "sip:x@example.com"])
def test_strangers_hear_what_the_depositor_hears_to_the_byte_and_nobody_is_called(
    phone: CallingPhone, shows: str
) -> None:
    phone.hang_up()
    assert len(documents(phone, shows)) == 2
    said = documents(phone, shows)
    assert not phone.wait_for_call_back()
    own = documents(phone)
    assert phone.wait_for_call_back()
    assert said == own


def test_whoever_has_nothing_open_hears_the_same_and_is_not_called(phone: CallingPhone) -> None:
    phone.hang_up()
    phone.cancel()
    said = documents(phone)
    assert "お待ちください" in said[-1]
    assert not phone.wait_for_call_back()


def test_when_the_calls_are_used_up_he_hears_the_same_and_is_not_called(
    phone: CallingPhone,
) -> None:
    phone.hang_up()
    first = documents(phone)
    for _ in range(2):
        assert phone.wait_for_call_back()
        phone.answer()
        phone.hang_up()
        assert documents(phone) == first
    assert not phone.wait_for_call_back()


def test_asking_twice_in_one_call_is_asking_once(phone: CallingPhone) -> None:
    phone.hang_up()
    phone.behave(repeat_hooks=True)
    documents(phone)
    assert phone.wait_for_call_back()
    phone.answer()
    phone.hang_up()
    assert phone.calls_made() == 2
    assert not phone.wait_for_call_back()
