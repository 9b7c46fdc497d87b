"""Bad input, and what it gets: each a problem with its own code, and nothing half done after any of them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ivr.domain.policy import Limits
from tests.web.small_house import ASKED, KEYS, SmallHouse, small_house

START = "/v1/verifications"
NOBODY = "vaaaaaaaaaaaaaaaaaaaaaaaaaa"


def asked(**fields: Any) -> bytes:
    return json.dumps({**ASKED, **fields}).encode()


def without(name: str) -> bytes:
    return json.dumps({key: value for key, value in ASKED.items() if key != name}).encode()


def refuse(house: SmallHouse, ask: Mapping[str, Any], expected: tuple[int, str, str | None]) -> Any:
    """Ask, hold the problem against what is expected, and the store against what it was."""
    kept = house.store.snapshot()
    answer = house.ask(**ask)
    problem = answer.json
    assert (answer.status_code, problem["code"], problem.get("field")) == expected
    assert problem["type"] == f"/problems#{problem['code']}"
    assert problem["status"] == answer.status_code
    assert answer.mimetype == "application/problem+json"
    assert house.store.snapshot() == kept
    return problem


BODIES: Mapping[str, tuple[bytes, tuple[int, str, str | None]]] = {
    "unknown field": (asked(colour="red"), (400, "unknown_field", "colour")),
    "account as a number": (asked(account=1011234567), (400, "invalid_field", "account")),
    "account with blanks": (asked(account="101 1234567"), (400, "invalid_field", "account")),
    "account with a line end": (asked(account="101-1234567\n"), (400, "invalid_field", "account")),
    "account too long": (asked(account="1" * 35), (400, "invalid_field", "account")),
    "amount as text": (asked(purpose="charge", amount="12"), (400, "invalid_field", "amount")),
    "amount with a part": (asked(purpose="charge", amount=1.5), (400, "invalid_field", "amount")),
    "amount of nothing": (asked(purpose="charge", amount=0), (400, "invalid_field", "amount")),
    "amount beyond all": (
        asked(purpose="charge", amount=10**400),
        (400, "invalid_field", "amount"),
    ),
    "mode unknown": (asked(mode="telepathy"), (400, "invalid_field", "mode")),
    "mode as a list": (asked(mode=["readout"]), (400, "invalid_field", "mode")),
    "purpose unknown": (asked(purpose="gift"), (400, "invalid_field", "purpose")),
    "pace unknown": (asked(pace="fast"), (400, "invalid_field", "pace")),
    "language of three letters": (asked(language="jpn"), (400, "invalid_field", "language")),
    "reference with a blank": (asked(reference="my own"), (400, "invalid_field", "reference")),
    "reference too long": (asked(reference="r" * 65), (400, "invalid_field", "reference")),
    "callback too long": (
        asked(callback_url="https://linking.bank.example/" + "c" * 500),
        (400, "invalid_field", "callback_url"),
    ),
    "mode missing": (without("mode"), (400, "missing_field", "mode")),
    "account missing": (without("account"), (400, "missing_field", "account")),
    "a list": (b"[]", (400, "invalid_field", None)),
    "a word": (b'"readout"', (400, "invalid_field", None)),
    "null": (b"null", (400, "invalid_field", None)),
    "nothing": (b"", (400, "not_json", None)),
    "half a body": (asked()[:-3], (400, "not_json", None)),
    "two bodies": (asked() + asked(), (400, "not_json", None)),
    "a form": (b"mode=readout&bank=honnin", (400, "not_json", None)),
    "not UTF-8": (asked(reference="R").replace(b"R", b"\xff"), (400, "not_json", None)),
    "half a surrogate": (
        asked(reference="R").replace(b'"R"', b'"\\ud800"'),
        (400, "not_json", None),
    ),
    "not a number": (asked(amount=0).replace(b"0}", b"NaN}"), (400, "not_json", None)),
    "too deep": (b"[" * 8000, (400, "invalid_field", None)),
    "too deep within": (b'{"account":' + b"[" * 8000, (400, "invalid_field", "account")),
    "too large": (asked(reference="r" * 9000), (413, "body_too_large", None)),
    "bank unknown": (asked(bank="nobody"), (422, "unknown_bank", "bank")),
    "bank of another": (asked(bank="other"), (403, "bank_not_yours", "bank")),
    "wallet unknown": (asked(wallet="nobody"), (422, "unknown_wallet", "wallet")),
    "wallet of another bank": (asked(wallet="sorapay"), (422, "unknown_wallet", "wallet")),
    "account unknown": (asked(account="999-9999999"), (422, "unknown_account", "account")),
    "account without number": (
        asked(account="201-0000000"),
        (422, "no_registered_number", "account"),
    ),
    "number over the internet": (
        asked(account="201-0000050"),
        (422, "number_not_called", "account"),
    ),
    "number that is free to call": (
        asked(account="201-0000120"),
        (422, "number_not_called", "account"),
    ),
    "number not canonical": (asked(account="201-0000003"), (422, "number_not_called", "account")),
    "number too new": (asked(account="201-0000009"), (422, "number_too_new", "account")),
    "amount with a link": (asked(amount=100), (422, "amount_not_allowed", "amount")),
    "charge without amount": (asked(purpose="charge"), (422, "amount_missing", "amount")),
    "language not spoken": (asked(language="fr"), (422, "language_not_offered", "language")),
    "purpose without a flow": (
        asked(purpose="reverify"),
        (422, "purpose_not_offered", "purpose"),
    ),
    "mode without a flow": (
        asked(purpose="charge", mode="keyin", amount=5),
        (422, "purpose_not_offered", "purpose"),
    ),
    "callback elsewhere": (
        asked(callback_url="https://evil.example/callbacks"),
        (422, "callback_not_allowed", "callback_url"),
    ),
    "callback that looks alike": (
        asked(callback_url="https://linking.bank.example.evil.example/callbacks"),
        (422, "callback_not_allowed", "callback_url"),
    ),
    "callback beside the prefix": (
        asked(callback_url="https://linking.bank.example/callbacks-not"),
        (422, "callback_not_allowed", "callback_url"),
    ),
    "callback that climbs": (
        asked(callback_url="https://linking.bank.example/callbacks/../admin"),
        (422, "callback_not_allowed", "callback_url"),
    ),
    "callback with a user": (
        asked(callback_url="https://linking.bank.example@evil.example/callbacks"),
        (422, "callback_not_allowed", "callback_url"),
    ),
    "callback without https": (
        asked(callback_url="http://linking.bank.example/callbacks"),
        (422, "callback_not_allowed", "callback_url"),
    ),
    "callback of no scheme": (
        asked(callback_url="//linking.bank.example/callbacks"),
        (422, "callback_not_allowed", "callback_url"),
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_refused_and_nothing_is_left_of_it(house: SmallHouse, name: str) -> None:
    raw, expected = BODIES[name]
    before = house.store.claims()
    refuse(house, {"method": "POST", "path": START, "raw": raw}, expected)
    assert house.store.claims() - before <= 1


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        ("900", (400, "not_json")),
        ("9999", (413, "body_too_large")),
        ("9" * 40, (413, "body_too_large")),
    ],
)
def test_a_body_that_is_not_as_long_as_it_says_is_no_start(
    house: SmallHouse, length: str, expected: tuple[int, str]
) -> None:
    headers = {"Authorization": f"Bearer {KEYS['linking']}", "Idempotency-Key": "a" * 16}
    answer = house.client.post(
        "/v1/verifications",
        data=asked(),
        headers=headers,
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": length},
    )
    assert (answer.status_code, json.loads(answer.data)["code"]) == expected


def test_a_problem_never_repeats_a_value(house: SmallHouse) -> None:
    for raw in (asked(mode="SECRET-1"), asked(account="SECRET 2"), asked(reference="SECRET 3")):
        assert "SECRET" not in house.ask("POST", START, raw=raw).text


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"]
)
def test_a_body_that_is_not_declared_as_json_is_refused(
    house: SmallHouse, content_type: str
) -> None:
    ask: dict[str, Any] = {"method": "POST", "path": START, "raw": asked()}
    headers = {"Content-Type": content_type}
    refuse(house, {**ask, "headers": headers}, (415, "wrong_content_type", None))


def test_json_with_a_charset_is_json(house: SmallHouse) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert house.ask("POST", START, raw=asked(), headers=headers).status_code == 202


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        ("", 401, "key_missing"),
        ("Bearer", 401, "key_missing"),
        ("Bearer  ", 401, "key_missing"),
        ("Basic bGlua2luZzpsaW5raW5n", 401, "key_missing"),
        ("Bearer honnin_nobody", 401, "key_unknown"),
        ("Bearer ほんにん", 401, "key_unknown"),
        (f"Bearer {KEYS['linking']}x", 401, "key_unknown"),
        (f"Bearer {KEYS['revoked']}", 401, "key_revoked"),
        (f"Bearer {KEYS['reader']}", 403, "scope_missing"),
        (f"Bearer {KEYS['inside']}", 403, "address_not_allowed"),
        (f"Bearer {KEYS['foreign']}", 403, "bank_not_yours"),
    ],
)
def test_a_key_that_may_not_do_this_is_refused(
    house: SmallHouse, authorization: str, status: int, code: str
) -> None:
    sent = authorization.encode().decode("latin-1")
    field = "bank" if code == "bank_not_yours" else None
    ask: dict[str, Any] = {
        "method": "POST",
        "path": START,
        "body": ASKED,
        "headers": {"Authorization": sent},
    }
    refuse(house, ask, (status, code, field))


def test_a_key_for_writing_does_not_read(house: SmallHouse) -> None:
    ask: dict[str, Any] = {"method": "GET", "path": f"{START}/{NOBODY}", "key": "writer"}
    refuse(house, ask, (403, "scope_missing", None))


@pytest.mark.parametrize("address", ["192.0.2.1", "::1", "unknown", "10.0.0.1:5000", ""])
def test_an_address_that_is_not_listed_or_none_at_all_is_refused(
    house: SmallHouse, address: str
) -> None:
    ask: dict[str, Any] = {
        "method": "GET",
        "path": f"{START}/{NOBODY}",
        "key": "inside",
        "address": address,
    }
    refuse(house, ask, (403, "address_not_allowed", None))


def test_the_scheme_bearer_is_read_in_any_case(house: SmallHouse) -> None:
    headers = {"Authorization": f"bEARER {KEYS['linking']}"}
    assert house.ask("POST", START, ASKED, headers=headers).status_code == 202


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "idempotency_key_missing"),
        ("short", "idempotency_key_malformed"),
        ("k" * 129, "idempotency_key_malformed"),
        ("with blanks in it", "idempotency_key_malformed"),
        ("schlüssel-eins", "idempotency_key_malformed"),
    ],
)
@pytest.mark.parametrize("path", [START, f"{START}/{NOBODY}/calls"])
def test_what_begins_a_call_needs_a_good_idempotency_key(
    house: SmallHouse, path: str, key: str, code: str
) -> None:
    body = ASKED if path == START else {}
    ask: dict[str, Any] = {
        "method": "POST",
        "path": path,
        "body": body,
        "headers": {"Idempotency-Key": key},
    }
    refuse(house, ask, (400, code, "Idempotency-Key"))


def test_an_idempotency_key_is_good_for_one_content(house: SmallHouse) -> None:
    headers = {"Idempotency-Key": "one-and-the-same"}
    house.ask("POST", START, ASKED, headers=headers)
    body = {**ASKED, "account": "101-2345678"}
    ask: dict[str, Any] = {"method": "POST", "path": START, "body": body, "headers": headers}
    refuse(house, ask, (422, "idempotency_key_reused", "Idempotency-Key"))


def test_an_idempotency_key_whose_verification_is_gone_starts_nothing(house: SmallHouse) -> None:
    headers = {"Idempotency-Key": "one-and-the-same"}
    view = house.ask("POST", START, ASKED, headers=headers).json
    house.ask("DELETE", f"{START}/{view['id']}")
    house.clock.move(3601)
    house.store.load(view["id"])
    ask: dict[str, Any] = {"method": "POST", "path": START, "body": ASKED, "headers": headers}
    refuse(house, ask, (409, "idempotency_key_spent", "Idempotency-Key"))


def test_an_idempotency_key_of_a_check_is_good_for_one_passcode(house: SmallHouse) -> None:
    view = house.start()
    house.speak(view["id"])
    headers = {"Idempotency-Key": "try-number-one"}
    path = f"{START}/{view['id']}/check"
    house.ask("POST", path, {"passcode": house.wrong(view["id"])}, headers=headers)
    right = {"passcode": house.passcode(view["id"])}
    ask: dict[str, Any] = {"method": "POST", "path": path, "body": right, "headers": headers}
    refuse(house, ask, (422, "idempotency_key_reused", "Idempotency-Key"))


def test_an_account_has_one_open_verification_and_only_its_owner_learns_which(
    house: SmallHouse,
) -> None:
    view = house.start()
    ask: dict[str, Any] = {"method": "POST", "path": START, "body": ASKED}
    mine = refuse(house, ask, (409, "account_in_use", "account"))
    assert mine["verification"] == view["id"]
    theirs = refuse(house, {**ask, "key": "rival"}, (409, "account_in_use", "account"))
    assert "verification" not in theirs


def test_a_blocked_account_is_refused_whoever_asks(tmp_path: Path) -> None:
    house = small_house(tmp_path, limits=Limits(account_failures=1))
    view = house.start()
    house.speak(view["id"])
    path = f"{START}/{view['id']}/check"
    answer = house.ask("POST", path, {"passcode": house.wrong(view["id"])})
    assert (answer.json["verdict"], answer.json["reason"]) == ("fail", "account_blocked")
    ask: dict[str, Any] = {"method": "POST", "path": START, "body": ASKED}
    refuse(house, ask, (409, "account_blocked", "account"))
    refuse(house, {**ask, "key": "rival"}, (409, "account_blocked", "account"))


def test_a_number_called_too_often_is_refused_with_the_time_to_wait(tmp_path: Path) -> None:
    house = small_house(tmp_path, limits=Limits(calls_to_number_per_hour=1))
    view = house.start()
    house.place(view["id"])
    house.report(view["id"], "no-answer")
    path = f"{START}/{view['id']}/calls"
    house.clock.move(10)
    problem = refuse(
        house,
        {"method": "POST", "path": path, "body": {}},
        (429, "number_called_too_often", None),
    )
    assert problem["retry_after"] == 3590
    house.ask("DELETE", f"{START}/{view['id']}")
    ask: dict[str, Any] = {"method": "POST", "path": START, "body": ASKED}
    refuse(house, ask, (429, "number_called_too_often", None))


@pytest.mark.parametrize("name", ["nobody", NOBODY, "v" + "z" * 26, "%2e%2e", "1", "ほんにん"])
def test_an_id_that_never_was_is_not_found(house: SmallHouse, name: str) -> None:
    house.start()
    for method, path, body in (
        ("GET", f"{START}/{name}", None),
        ("DELETE", f"{START}/{name}", None),
        ("POST", f"{START}/{name}/check", {"passcode": "123456"}),
        ("POST", f"{START}/{name}/calls", {}),
    ):
        refuse(house, {"method": method, "path": path, "body": body}, (404, "not_found", None))


def test_an_id_of_another_client_gives_the_very_same_answer(house: SmallHouse) -> None:
    view = house.start()
    house.speak(view["id"])
    for method, end, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/check", {"passcode": house.passcode(view["id"])}),
        ("POST", "/calls", {}),
    ):
        ask = {"method": method, "body": body, "key": "rival"}
        theirs = refuse(
            house, {**ask, "path": f"{START}/{view['id']}{end}"}, (404, "not_found", None)
        )
        nobodys = refuse(house, {**ask, "path": f"{START}/{NOBODY}{end}"}, (404, "not_found", None))
        assert theirs == nobodys


@pytest.mark.parametrize(
    "typed",
    ["", "12345", "1234567", "12345a", "１２３４５", "123\n456", "½½½½½½", "１２３４５６７"],
)
def test_what_is_no_passcode_is_refused_and_not_counted(house: SmallHouse, typed: str) -> None:
    view = house.start()
    house.speak(view["id"])
    ask: dict[str, Any] = {
        "method": "POST",
        "path": f"{START}/{view['id']}/check",
        "body": {"passcode": typed},
    }
    refuse(house, ask, (422, "passcode_malformed", "passcode"))


@pytest.mark.parametrize(
    ("raw", "code", "field"),
    [
        (b'{"passcode": 123456}', "invalid_field", "passcode"),
        (b'{"passcode": null}', "invalid_field", "passcode"),
        (b'{"code": "123456"}', "unknown_field", "code"),
        (b"{}", "missing_field", "passcode"),
    ],
)
def test_a_check_with_a_bad_body_is_refused(
    house: SmallHouse, raw: bytes, code: str, field: str
) -> None:
    view = house.start()
    house.speak(view["id"])
    ask: dict[str, Any] = {"method": "POST", "path": f"{START}/{view['id']}/check", "raw": raw}
    refuse(house, ask, (400, code, field))


def test_a_call_with_a_body_that_says_something_is_refused(house: SmallHouse) -> None:
    view = house.start()
    ask: dict[str, Any] = {"method": "POST", "path": f"{START}/{view['id']}/calls"}
    refuse(house, {**ask, "body": {"number": "1"}}, (400, "unknown_field", "number"))
    refuse(house, {**ask, "raw": b"[1]"}, (400, "invalid_field", None))


def test_a_check_before_the_passcode_was_spoken_is_refused_and_not_counted(
    house: SmallHouse,
) -> None:
    view = house.start()
    right = {"passcode": house.passcode(view["id"])}
    ask: dict[str, Any] = {"method": "POST", "path": f"{START}/{view['id']}/check", "body": right}
    refuse(house, ask, (409, "not_spoken_yet", None))
    house.place(view["id"])
    refuse(house, ask, (409, "not_spoken_yet", None))
    house.press(view["id"], 0)
    refuse(house, ask, (409, "not_spoken_yet", None))
    assert house.read(view["id"])["tries_left"] == 5


def test_a_check_after_the_passcode_died_is_refused_and_not_counted(house: SmallHouse) -> None:
    view = house.start()
    house.speak(view["id"])
    right = {"passcode": house.passcode(view["id"])}
    house.clock.move(300)
    house.read(view["id"])
    ask: dict[str, Any] = {"method": "POST", "path": f"{START}/{view['id']}/check", "body": right}
    refuse(house, ask, (409, "passcode_expired", None))
    assert house.read(view["id"])["tries_left"] == 5


def test_a_check_after_the_verdict_shows_the_verdict(house: SmallHouse) -> None:
    view = house.start()
    house.speak(view["id"])
    path = f"{START}/{view['id']}/check"
    passed = house.ask("POST", path, {"passcode": house.passcode(view["id"])}).json
    for typed in (house.passcode(view["id"]), house.wrong(view["id"])):
        ask = {"method": "POST", "path": path, "body": {"passcode": typed}}
        problem = refuse(house, ask, (409, "already_decided", None))
        assert (problem["verdict"], problem["reason"]) == ("pass", "right_passcode")
        assert problem["receipt"] == passed["receipt"]


def test_nothing_is_checked_in_keyin(house: SmallHouse) -> None:
    view = house.start(mode="keyin")
    right = {"passcode": view["passcode"]}
    ask: dict[str, Any] = {"method": "POST", "path": f"{START}/{view['id']}/check", "body": right}
    refuse(house, ask, (409, "wrong_mode", None))


def test_a_second_cancel_shows_the_verdict_of_the_first(house: SmallHouse) -> None:
    view = house.start()
    house.ask("DELETE", f"{START}/{view['id']}")
    ask: dict[str, Any] = {"method": "DELETE", "path": f"{START}/{view['id']}"}
    problem = refuse(house, ask, (409, "already_decided", None))
    assert (problem["verdict"], problem["reason"]) == ("fail", "cancelled")
    again = {"method": "POST", "path": f"{START}/{view['id']}/calls", "body": {}}
    refuse(house, again, (409, "already_decided", None))


def test_no_call_is_asked_for_while_one_runs_nor_beyond_the_last(house: SmallHouse) -> None:
    view = house.start()
    ask: dict[str, Any] = {"method": "POST", "path": f"{START}/{view['id']}/calls", "body": {}}
    refuse(house, ask, (409, "call_in_progress", None))
    for call in (1, 2, 3):
        house.speak(view["id"])
        refuse(house, ask, (409, "call_in_progress", None))
        house.report(view["id"], "completed")
        if call < 3:
            assert house.ask(**ask).status_code == 202
    refuse(house, ask, (409, "no_calls_left", None))


@pytest.mark.parametrize("wait", ["", "-1", "1.5", "ten", "1000", "１", "0x1"])
def test_a_wait_that_is_no_number_of_seconds_is_refused(house: SmallHouse, wait: str) -> None:
    view = house.start()
    ask: dict[str, Any] = {"method": "GET", "path": f"{START}/{view['id']}?wait={wait}"}
    refuse(house, ask, (400, "invalid_field", "wait"))
