"""The modes in which a key alone is the answer, and purposes with an amount, through the API with the shipped flows."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from ivr.adapters.flows.files import load_book
from tests.web.small_house import ASKED, SmallHouse, small_house

BOOK = load_book(Path("callflows"))
KEY_ONLY = pytest.mark.parametrize(
    ("mode", "purpose"), [("notice", "link"), ("reverify", "reverify")]
)


@pytest.fixture
def house(tmp_path: Path) -> SmallHouse:
    return small_house(tmp_path, book=BOOK)


def claims(receipt: str) -> Any:
    body = receipt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


@KEY_ONLY
def test_a_key_confirms_and_every_answer_says_that_it_was_a_key(
    house: SmallHouse, mode: str, purpose: str
) -> None:
    view = house.start(mode=mode, purpose=purpose)
    assert (view["mode"], view["tries_left"], view["passcode_expires_at"]) == (mode, 0, None)
    assert "passcode" not in view
    house.place(view["id"])
    house.press(view["id"], 0)
    house.press(view["id"], 1, "1")
    decided = house.read(view["id"])
    assert (decided["verdict"], decided["reason"]) == ("pass", "confirmed")
    assert "passcode" not in decided
    told = claims(decided["receipt"])
    assert (told["verdict"], told["reason"], told["mode"]) == ("pass", "confirmed", mode)
    assert told["purpose"] == purpose


@KEY_ONLY
def test_nine_says_not_me(house: SmallHouse, mode: str, purpose: str) -> None:
    view = house.start(mode=mode, purpose=purpose)
    house.place(view["id"])
    house.press(view["id"], 0)
    house.press(view["id"], 1, "9")
    decided = house.read(view["id"])
    assert (decided["verdict"], decided["reason"]) == ("fail", "not_me")


@KEY_ONLY
def test_there_is_no_passcode_to_check_and_trying_costs_nothing(
    house: SmallHouse, mode: str, purpose: str
) -> None:
    view = house.start(mode=mode, purpose=purpose)
    path = f"/v1/verifications/{view['id']}/check"
    for passcode in (house.passcode(view["id"]), "000000"):
        answer = house.ask("POST", path, {"passcode": passcode})
        assert (answer.status_code, answer.json["code"]) == (409, "wrong_mode")
        assert "no passcode" in answer.json["detail"]
    assert house.read(view["id"])["verdict"] is None


@KEY_ONLY
def test_it_is_the_live_verification_of_its_account(
    house: SmallHouse, mode: str, purpose: str
) -> None:
    view = house.start(mode=mode, purpose=purpose)
    answer = house.ask("POST", "/v1/verifications", ASKED)
    assert (answer.status_code, answer.json["code"]) == (409, "account_in_use")
    assert answer.json["verification"] == view["id"]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"mode": "notice", "purpose": "reverify"}, "purpose_not_allowed", "purpose"),
        ({"mode": "notice", "purpose": "charge", "amount": 1}, "purpose_not_allowed", "purpose"),
        ({"mode": "reverify", "purpose": "link"}, "purpose_not_allowed", "purpose"),
        ({"mode": "reverify", "purpose": "change"}, "purpose_not_allowed", "purpose"),
        ({"mode": "inbound"}, "mode_not_allowed", "mode"),
        ({"mode": "keyin", "purpose": "change", "amount": 5}, "purpose_not_offered", "purpose"),
        ({"mode": "readout", "purpose": "reverify"}, "purpose_not_offered", "purpose"),
        ({"mode": "readout", "purpose": "change"}, "amount_missing", "amount"),
        ({"mode": "notice", "amount": 5}, "amount_not_allowed", "amount"),
    ],
)
def test_what_a_mode_is_not_for_is_refused(
    house: SmallHouse, fields: dict[str, Any], code: str, field: str
) -> None:
    answer = house.ask("POST", "/v1/verifications", {**ASKED, **fields})
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert answer.json["field"] == field


@pytest.mark.parametrize("purpose", ["charge", "change"])
def test_an_amount_is_heard_before_and_after_the_passcode(house: SmallHouse, purpose: str) -> None:
    view = house.start(purpose=purpose, amount=30_000)
    house.place(view["id"])
    greeting = house.press(view["id"], 0)
    assert "3万円" in greeting[: greeting.index("<Gather")]
    spoken = house.press(view["id"], 1, "1")
    assert "3万円" in spoken
    path = f"/v1/verifications/{view['id']}/check"
    answer = house.ask("POST", path, {"passcode": house.passcode(view["id"])})
    assert claims(answer.json["receipt"])["amount"] == 30_000
