"""Calls to the bank's number, through the whole app: what is heard, who is called back, what is kept."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace
from werkzeug.test import TestResponse

from ivr.domain.callflow import Mode
from ivr.domain.keyring import Keyring
from ivr.domain.policy import Limits
from ivr.domain.record import State
from tests.web.heard import parsed
from tests.web.small_flow import SmallBook, inbound_flow, small_flow
from tests.web.small_house import KEYRING, NUMBERS, SmallHouse, bank, small_house
from tests.web.test_carrier_hooks import AwayStore

BANK = "+81345678900"
OWN = NUMBERS["101-1234567"].number
STRANGER = "+819099999999"
SIDS = [f"CA{number:032x}" for number in range(1, 9)]


def words(document: str) -> str:
    """All that a document says."""
    return "".join(parsed(document).itertext())


class Caller:
    """Somebody who calls the bank's number: each hook goes where the last document said."""

    def __init__(self, house: SmallHouse, number: str = OWN, sid: str = SIDS[0]) -> None:
        self.house = house
        self.path = "/hooks/inbound"
        self.fields = {"CallSid": sid, "Direction": "inbound", "From": number, "To": BANK}

    def turn(self, digits: str | None = None, **changes: str) -> TestResponse:
        """Send the next hook."""
        fields = {**self.fields, **changes, **({} if digits is None else {"Digits": digits})}
        return self.house.hook(self.path, fields)

    def hear(self, digits: str | None = None) -> str:
        """Take a turn and return the document; the next hook goes where it says."""
        answer = self.turn(digits)
        assert answer.status_code == 200
        if found := re.search(r'action="https://[^/]+([^"]+)"', answer.text):
            self.path = found[1]
        return answer.text

    def ask(self) -> str:
        """Call and ask to be called back."""
        self.hear()
        return self.hear("1")


def missed(house: SmallHouse) -> str:
    """Start a verification whose call nobody answered; return its id."""
    verification = str(house.start()["id"])
    house.place(verification)
    house.report(verification, "no-answer")
    return verification


def test_the_depositor_hears_whose_number_it_is_and_is_called_back(house: SmallHouse) -> None:
    verification = missed(house)
    caller = Caller(house)
    assert "ほんにん銀行" in words(caller.hear())
    assert "お切りください" in words(caller.hear("1"))
    assert house.record(verification).state is State.WANTED
    assert house.record(verification).call.number == 2


@pytest.mark.parametrize(
    "number", [STRANGER, "+266696687", "ANONYMOUS", "", "sip:someone@example.com", "09012345601"]
)
def test_everybody_else_hears_the_same_to_the_byte_and_brings_no_call(
    house: SmallHouse, number: str
) -> None:
    verification = missed(house)
    before = house.record(verification)
    stranger, own = Caller(house, number), Caller(house)
    assert stranger.hear() == own.hear()
    assert stranger.path == own.path  # the same call's id: nothing but the number differs
    said = stranger.hear("1")
    assert house.record(verification) == before
    assert own.hear("1") == said
    assert house.record(verification) != before


def test_nothing_is_kept_of_a_call_until_the_key_that_asks(house: SmallHouse) -> None:
    missed(house)
    before = house.store.snapshot()
    caller = Caller(house)
    for key in (None, "", "5", "2", ""):
        caller.hear(key)
    assert house.store.snapshot() == before


def test_no_number_stands_in_an_address_or_in_a_story(house: SmallHouse) -> None:
    missed(house)
    caller = Caller(house)
    said = caller.hear() + caller.path + caller.hear("1")
    assert OWN[3:] not in said
    told = repr(house.store.noted())
    assert "inbound_call_back_asked" in told
    assert OWN[3:] not in told


def test_what_strangers_ask_is_put_on_record_by_sample(house: SmallHouse) -> None:
    for sid in SIDS:
        Caller(house, STRANGER, sid).ask()
    told = [note for note in house.store.noted() if note.kind == "inbound_call_back_asked"]
    assert [note.detail for note in told] == [{"bank": "honnin", "count": 1}]


def test_a_repeated_hook_gets_the_same_answer_and_asks_once(house: SmallHouse) -> None:
    verification = missed(house)
    caller = Caller(house)
    assert caller.turn().data == caller.turn().data
    caller.hear()
    answers = {caller.turn("1").data for _ in range(3)}
    assert len(answers) == 1
    assert house.record(verification).call.number == 2
    house.clock.move(30)
    house.place(verification)
    house.report(verification, "busy")
    assert caller.turn("1").status_code == 200
    assert house.record(verification).call.number == 2


def test_a_language_key_is_remembered_in_the_address(house: SmallHouse) -> None:
    caller = Caller(house)
    caller.hear()
    assert "This is Honnin Bank" in words(caller.hear("3"))
    assert "/en/" in caller.path
    assert "Please hang up" in words(caller.hear("1"))


def test_repeats_are_counted_in_the_address_and_end(house: SmallHouse) -> None:
    caller = Caller(house)
    said = [caller.hear(None if not number else "") for number in range(4)]
    assert ["<Hangup/>" in each for each in said] == [False, False, False, True]


def test_a_place_is_good_for_one_call_one_bank_and_one_turn(house: SmallHouse) -> None:
    caller = Caller(house)
    caller.hear()
    own = caller.path
    assert caller.turn("1", CallSid=SIDS[5]).status_code == 403
    caller.path = own.removesuffix("/1") + "/2"
    assert caller.turn("1").status_code == 403
    for wrong in ("x", "*", "", "A" * 40, "日本"):
        caller.path = own.replace(own.split("/")[3], wrong or "-")
        assert caller.turn("1").status_code == 403
    place = own.split("/")[3]
    for number in range(0, len(place), 7):
        changed = "A" if place[number] != "A" else "B"
        caller.path = own.replace(place, place[:number] + changed + place[number + 1 :])
        assert caller.turn("1").status_code == 403
    caller.path = own
    assert caller.turn("1").status_code == 200


def test_a_place_outlives_a_rotation_of_keys(tmp_path: Path) -> None:
    before = small_house(tmp_path, keyring=Keyring({"k1": b"\1" * 32}, b"\3" * 32))
    caller = Caller(before)
    caller.hear()
    caller.house = small_house(tmp_path, keyring=KEYRING)
    assert caller.turn("1").status_code == 200
    caller.house = small_house(tmp_path, keyring=Keyring({"k9": b"9" * 32}, b"\3" * 32))
    assert caller.turn("1").status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"Direction": "outbound-api"}, {"Direction": ""}, {"To": "0345678900"}, {"To": ""}]
)
def test_a_hook_that_is_not_of_a_call_to_us_is_refused(
    house: SmallHouse, wrong: dict[str, str]
) -> None:
    assert Caller(house).turn(**wrong).status_code == 403


def test_an_unsigned_hook_is_refused(house: SmallHouse) -> None:
    caller = Caller(house)
    assert house.client.post(caller.path, data=caller.fields).status_code == 403


def test_a_number_of_no_bank_is_apologised_for(house: SmallHouse) -> None:
    answer = Caller(house).turn(To="+81345678901")
    assert answer.status_code == 200
    assert "申し訳ございません" in words(answer.text)


def test_without_a_flow_for_it_a_call_is_apologised_for(tmp_path: Path) -> None:
    house = small_house(tmp_path, book=SmallBook(small_flow(Mode.READOUT)))
    assert "申し訳ございません" in words(Caller(house).hear())


def test_a_flow_that_was_replaced_meanwhile_is_apologised_for_where_the_step_is_gone(
    tmp_path: Path,
) -> None:
    caller = Caller(small_house(tmp_path))
    caller.hear()
    other = inbound_flow(first="welcome", release="another-release")
    caller.house = small_house(tmp_path, book=SmallBook(small_flow(Mode.READOUT), other))
    assert "申し訳ございません" in words(caller.hear("1"))


def test_a_store_that_is_away_is_apologised_for_once_somebody_asks(tmp_path: Path) -> None:
    store = AwayStore()
    house = small_house(tmp_path, store=store)
    caller = Caller(house)
    store.is_away = True
    assert "ほんにん銀行" in words(caller.hear())
    assert "This is Honnin Bank" in words(caller.hear("3"))
    assert "We are sorry" in words(caller.hear("1"))
    store.is_away = False
    assert "Please hang up" in words(caller.hear("1"))


@pytest.mark.parametrize("decides", ["not_me", "consent"])
def test_a_flow_that_would_decide_something_is_apologised_for(tmp_path: Path, decides: str) -> None:
    flow = inbound_flow()
    greet = flow.steps["greet"]
    if decides == "consent":
        target = replace(greet.on["1"], consent=True)
        changed = {"greet": replace(greet, on={**greet.on, "1": target})}
    else:
        step = flow.steps["called_back"]
        changed = {"called_back": replace(step, call_back=False, not_me=True)}
    unsafe = replace(flow, steps={**flow.steps, **changed})
    house = small_house(tmp_path, book=SmallBook(small_flow(Mode.READOUT), unsafe))
    assert "申し訳ございません" in words(Caller(house).ask())


def test_the_number_from_which_a_bank_calls_by_another_carrier_is_its_own(tmp_path: Path) -> None:
    other = "+81356789000"
    own = replace(bank("honnin", Limits()), caller_numbers={"second": other})
    house = small_house(tmp_path, banks={"honnin": own})
    caller = Caller(house)
    caller.fields["To"] = other
    assert "ほんにん銀行" in words(caller.hear())
