"""The API for banks, when all goes well: both modes, repeated requests, receipts."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from ivr.domain.policy import Limits
from ivr.service.ports import RegisteredNumber
from ivr.service.receipts import LIFE_SECONDS
from tests.web.small_house import ASKED, HOOKS, SID, SmallHouse, sha256, small_house

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def check_path(view: Any) -> str:
    return f"/v1/verifications/{view['id']}/check"


def test_a_start_is_a_wish_that_a_worker_can_take(house: SmallHouse) -> None:
    answer = house.ask("POST", "/v1/verifications", {**ASKED, "reference": "link-1"})
    view = answer.json
    assert (answer.status_code, answer.headers["Location"]) == (
        202,
        f"/v1/verifications/{view['id']}",
    )
    assert (view["state"], view["verdict"], view["reference"]) == ("wanted", None, "link-1")
    assert (view["tries_left"], view["calls_left"]) == (5, 2)
    assert answer.headers["Cache-Control"] == "no-store"
    assert house.store.take_due(lease_ms=1000, limit=10) == [view["id"]]


def test_an_answer_holds_neither_account_nor_number_nor_in_readout_the_passcode(
    house: SmallHouse,
) -> None:
    view = house.start()
    house.speak(view["id"])
    text = json.dumps(house.read(view["id"]))
    assert "1234567" not in text
    assert "12345601" not in text
    assert house.passcode(view["id"]) not in text


def test_readout_from_the_request_to_the_receipt(house: SmallHouse) -> None:
    view = house.start()
    house.speak(view["id"])
    assert house.read(view["id"])["state"] == "spoken"
    house.report(view["id"], "completed")
    heard = house.read(view["id"])
    assert (heard["state"], heard["last_call"]) == ("heard", "completed")
    answer = house.ask("POST", check_path(view), {"passcode": house.passcode(view["id"])})
    assert answer.status_code == 200
    assert (answer.json["verdict"], answer.json["reason"]) == ("pass", "right_passcode")
    assert house.read(view["id"])["receipt"] == answer.json["receipt"]


def test_keyin_from_the_shown_passcode_to_the_verdict(house: SmallHouse) -> None:
    view = house.start(mode="keyin")
    assert view["passcode"] == house.passcode(view["id"])
    house.place(view["id"])
    house.press(view["id"], 0)
    house.press(view["id"], 1, "1")
    house.press(view["id"], 2, view["passcode"])
    decided = house.read(view["id"])
    assert (decided["verdict"], decided["reason"]) == ("pass", "right_passcode")
    assert "passcode" not in decided


def test_a_wrong_passcode_counts_down_and_the_last_one_is_the_verdict(house: SmallHouse) -> None:
    view = house.start()
    house.speak(view["id"])
    left = []
    for _ in range(5):
        answer = house.ask("POST", check_path(view), {"passcode": house.wrong(view["id"])})
        assert (answer.status_code, answer.json["code"]) == (422, "wrong_passcode")
        left.append(answer.json["tries_left"])
    assert left == [4, 3, 2, 1, 0]
    assert (answer.json["verdict"], answer.json["reason"]) == ("fail", "wrong_passcode")
    assert answer.json["receipt"] == house.read(view["id"])["receipt"]


def test_a_passcode_that_begins_with_zero_is_spoken_and_accepted(tmp_path: Path) -> None:
    numbers = {
        f"300-{each:07}": RegisteredNumber(number=f"+8190123{each:05}", days=None)
        for each in range(400)
    }
    house = small_house(tmp_path, numbers=numbers)
    for account in numbers:
        view = house.start(account=account)
        if house.passcode(view["id"]).startswith("0"):
            break
    passcode = house.passcode(view["id"])
    document = house.speak(view["id"])
    assert passcode.startswith("0")
    assert "番号は、ゼロ<break" in document
    answer = house.ask("POST", check_path(view), {"passcode": passcode})
    assert answer.json["verdict"] == "pass"


@pytest.mark.parametrize(
    "written",
    [
        lambda code: f"{code[:3]} {code[3:]}".translate(FULL_WIDTH),
        lambda code: f"{code[:3]}-{code[3:]}",
        lambda code: f"{code[:3]}ー{code[3:]}".translate(FULL_WIDTH),
        lambda code: f" {' '.join(code)}\u3000",
        lambda code: f"{code[:2]}・{code[2:4]}.{code[4:]}",
    ],
)
def test_what_a_person_means_is_understood(
    house: SmallHouse, written: Callable[[str], str]
) -> None:
    view = house.start()
    house.speak(view["id"])
    answer = house.ask("POST", check_path(view), {"passcode": written(house.passcode(view["id"]))})
    assert answer.json["verdict"] == "pass"


def test_a_repeated_start_starts_nothing_again(house: SmallHouse) -> None:
    key = {"Idempotency-Key": "one-and-the-same"}
    first = house.ask("POST", "/v1/verifications", ASKED, headers=key)
    kept = house.store.snapshot()
    spaced = json.dumps(dict(reversed(list(ASKED.items()))), indent=3).encode()
    again = house.ask("POST", "/v1/verifications", raw=spaced, headers=key)
    assert (again.status_code, again.json) == (202, first.json)
    assert house.store.snapshot() == kept


def test_an_idempotency_key_belongs_to_its_client(house: SmallHouse) -> None:
    key = {"Idempotency-Key": "one-and-the-same"}
    mine = house.ask("POST", "/v1/verifications", ASKED, headers=key)
    body = {**ASKED, "account": "101-2345678"}
    theirs = house.ask("POST", "/v1/verifications", body, key="rival", headers=key)
    assert theirs.status_code == 202
    assert theirs.json["id"] != mine.json["id"]


def test_a_refused_request_can_be_repeated_once_its_cause_is_gone(house: SmallHouse) -> None:
    key = {"Idempotency-Key": "one-and-the-same"}
    other = house.start()
    refused = house.ask("POST", "/v1/verifications", ASKED, headers=key)
    assert refused.json["code"] == "account_in_use"
    house.ask("DELETE", f"/v1/verifications/{other['id']}")
    assert house.ask("POST", "/v1/verifications", ASKED, headers=key).status_code == 202


def test_a_shown_passcode_is_shown_again_to_a_repeated_request_until_the_phone_is_answered(
    house: SmallHouse,
) -> None:
    key = {"Idempotency-Key": "one-and-the-same"}
    body = {**ASKED, "mode": "keyin"}
    view = house.ask("POST", "/v1/verifications", body, headers=key).json
    house.place(view["id"])
    house.report(view["id"], "ringing")
    again = house.ask("POST", "/v1/verifications", body, headers=key).json
    assert again["passcode"] == view["passcode"]
    assert "passcode" not in house.read(view["id"])
    house.press(view["id"], 0)
    late = house.ask("POST", "/v1/verifications", body, headers=key).json
    assert "passcode" not in late
    assert late["id"] == view["id"]


def test_a_repeated_check_costs_no_second_try(house: SmallHouse) -> None:
    view = house.start()
    house.speak(view["id"])
    wrong = {"passcode": house.wrong(view["id"])}
    key = {"Idempotency-Key": "try-number-one"}
    answers = [house.ask("POST", check_path(view), wrong, headers=key) for _ in range(3)]
    assert [answer.json["tries_left"] for answer in answers] == [4, 4, 4]
    assert house.read(view["id"])["tries_left"] == 4


def test_a_repeated_right_check_stays_a_pass(house: SmallHouse) -> None:
    view = house.start()
    house.speak(view["id"])
    right = {"passcode": house.passcode(view["id"])}
    key = {"Idempotency-Key": "try-number-one"}
    answers = [house.ask("POST", check_path(view), right, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json


def test_a_check_needs_no_idempotency_key(house: SmallHouse) -> None:
    view = house.start()
    house.speak(view["id"])
    body = {"passcode": house.passcode(view["id"])}
    answer = house.ask("POST", check_path(view), body, headers={"Idempotency-Key": ""})
    assert answer.status_code == 200


def test_another_call_has_another_passcode_and_the_same_count_of_failures(
    house: SmallHouse,
) -> None:
    view = house.start()
    house.speak(view["id"])
    first = house.passcode(view["id"])
    house.ask("POST", check_path(view), {"passcode": house.wrong(view["id"])})
    house.report(view["id"], "completed")
    again = house.ask("POST", f"/v1/verifications/{view['id']}/calls", {})
    assert (again.status_code, again.json["state"]) == (202, "wanted")
    assert (again.json["call"]["number"], again.json["calls_left"]) == (2, 1)
    assert again.json["tries_left"] == 4
    house.speak(view["id"])
    assert house.passcode(view["id"]) != first
    refused = house.ask("POST", check_path(view), {"passcode": first})
    assert (refused.json["code"], refused.json["tries_left"]) == ("wrong_passcode", 3)


@pytest.mark.parametrize("raw", [b"", b"{}", b" \n"])
def test_a_call_is_asked_for_with_an_empty_body_or_none(house: SmallHouse, raw: bytes) -> None:
    view = house.start()
    house.place(view["id"])
    house.report(view["id"], "no-answer")
    path = f"/v1/verifications/{view['id']}/calls"
    headers = {"Content-Type": "" if not raw else "application/json"}
    assert house.ask("POST", path, raw=raw, headers=headers).status_code == 202


def test_a_repeated_wish_for_a_call_is_one_call(house: SmallHouse) -> None:
    view = house.start(mode="keyin")
    house.place(view["id"])
    house.report(view["id"], "busy")
    path, key = f"/v1/verifications/{view['id']}/calls", {"Idempotency-Key": "call-number-two"}
    first = house.ask("POST", path, {}, headers=key)
    kept = house.store.snapshot()
    again = house.ask("POST", path, {}, headers=key)
    assert first.json == again.json
    assert first.json["passcode"] == house.passcode(view["id"]) != view["passcode"]
    assert house.store.snapshot() == kept


def test_a_cancelled_verification_has_its_verdict_and_its_call_is_hung_up(
    house: SmallHouse,
) -> None:
    view = house.start()
    house.place(view["id"])
    answer = house.ask("DELETE", f"/v1/verifications/{view['id']}")
    assert (answer.json["verdict"], answer.json["reason"]) == ("fail", "cancelled")
    call = house.record(view["id"]).call
    assert (call.sid, call.hang_up_owed) == (SID, True)


def test_the_receipt_verifies_against_the_published_keys(house: SmallHouse) -> None:
    raw = b'{ "mode":"readout","purpose":"charge","bank":"honnin",\n"wallet":"kumopay"'
    raw += b',"account":"101-1234567", "amount":12000 , "reference":"\\u0061bc"}'
    view = house.ask("POST", "/v1/verifications", raw=raw).json
    house.speak(view["id"])
    body = {"passcode": house.passcode(view["id"])}
    receipt = house.ask("POST", check_path(view), body).json["receipt"]
    keys = jwt.PyJWKSet.from_dict(house.client.get("/.well-known/jwks.json").get_json())
    header = jwt.get_unverified_header(receipt)
    key = next(each for each in keys.keys if each.key_id == header["kid"])
    claims = jwt.decode(
        receipt,
        key,
        algorithms=["EdDSA"],
        audience="linking",
        issuer=HOOKS,
        options={"verify_exp": False, "verify_iat": False},  # the house's clock is not ours
    )
    digest = base64.urlsafe_b64encode(sha256(raw)).rstrip(b"=").decode()
    assert claims["request_sha256"] == digest
    assert (claims["sub"], claims["verdict"]) == (view["id"], "pass")
    assert (claims["amount"], claims["reference"]) == (12000, "abc")
    assert claims["exp"] - claims["iat"] == LIFE_SECONDS
    assert header["alg"] == "EdDSA"


def test_the_older_signing_key_is_still_published(house: SmallHouse) -> None:
    keys = house.client.get("/.well-known/jwks.json").get_json()["keys"]
    assert [key["kid"] for key in keys] == ["k2", "k1"]
    assert all("d" not in key for key in keys)


def test_a_late_poll_hears_expired_and_not_404(house: SmallHouse) -> None:
    view = house.start()
    house.speak(view["id"])
    house.clock.move(601)
    late = house.read(view["id"])
    assert (late["verdict"], late["reason"]) == ("fail", "expired")
    house.clock.move(3500)
    assert house.read(view["id"])["verdict"] == "fail"


def test_a_bank_may_be_stricter(tmp_path: Path) -> None:
    house = small_house(tmp_path, limits=Limits(tries=1, calls=1))
    view = house.start()
    assert (view["tries_left"], view["calls_left"]) == (1, 0)
    house.speak(view["id"])
    answer = house.ask("POST", check_path(view), {"passcode": house.wrong(view["id"])})
    assert (answer.json["tries_left"], answer.json["verdict"]) == (0, "fail")


@pytest.mark.parametrize("address", ["10.1.2.3", "2001:db8::7", "::ffff:10.1.2.3"])
def test_a_key_bound_to_addresses_is_good_from_there(house: SmallHouse, address: str) -> None:
    assert house.ask("POST", "/v1/verifications", ASKED, key="inside", address=address).json["id"]


def test_a_key_for_reading_reads(house: SmallHouse) -> None:
    path = "/v1/verifications/vaaaaaaaaaaaaaaaaaaaaaaaaaa"
    assert house.ask("GET", path, key="reader").json["code"] == "not_found"
