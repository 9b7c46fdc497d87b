import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3

from ivr.simulator.bank import MissingEnvironmentError, bank_from_environment
from ivr.simulator.bank_client import ApiUnreachableError, VerificationClient
from ivr.simulator.depositors import load_bank
from tests.simulator_pages.fake_api import KEY, PASSCODE
from tests.simulator_pages.fake_world import FakeWorld, fake_world

SPEED = 60.0
YES = {"kind": "script", "answer_after": 1, "steps": [{"question": True, "after": 1, "press": "1"}]}
NOT_ME = {"kind": "script", "answer_after": 1, "steps": [{"after": 1, "press": "9"}]}
WISH = {"mode": "readout", "language": "ja", "pace": "normal"}
FACTS = load_bank().depositor("hanako").facts("ja")


@pytest.fixture
def world() -> Iterator[FakeWorld]:
    with fake_world(speed=SPEED) as world:
        yield world


def ask(world: FakeWorld, method: str, path: str, content: Any = None) -> tuple[int, Any]:
    answer = (
        urllib3.request(method, world.url + path, json=content)
        if content is not None
        else (urllib3.request(method, world.url + path))
    )
    return answer.status, json.loads(answer.data or b"null")


def open_link(world: FakeWorld, **changed: str) -> tuple[int, Any]:
    return ask(world, "POST", "/bank/links", FACTS | WISH | changed)


def follow(world: FakeWorld, link: str, wanted: Callable[[Any], object]) -> Any:
    seen = ""
    for _ in range(100):
        _, told = ask(world, "GET", f"/bank/links/{link}?wait=5&seen={seen}")
        if wanted(told):
            return told
        seen = told["seen"]
    raise AssertionError(told)


def pass_one(world: FakeWorld) -> str:
    world.phones["hanako"].behaviour = YES
    _, told = open_link(world)
    follow(world, told["link"], lambda now: now["state"] in {"spoken", "heard"})
    status, _ = ask(world, "POST", f"/bank/links/{told['link']}/passcode", {"passcode": PASSCODE})
    assert status == 200
    return str(told["link"])


def test_a_pass_links_after_its_receipt_was_checked(world: FakeWorld) -> None:
    told = follow(world, pass_one(world), lambda now: now["callback"])
    assert told["linked"] is True
    assert told["verdict"] == "pass"
    assert told["callback"] == {"verdict": "pass", "reason": "right_passcode"}
    assert told["receipt"]["genuine"] is True
    assert told["receipt"]["claims"]["verdict"] == "pass"


def test_a_pass_whose_receipt_was_made_for_another_request_links_nothing(world: FakeWorld) -> None:
    world.phones["hanako"].behaviour = YES
    _, told = open_link(world)
    name = next(iter(world.api.digests))
    world.api.digests[name] = "another"
    follow(world, told["link"], lambda now: now["state"] in {"spoken", "heard"})
    ask(world, "POST", f"/bank/links/{told['link']}/passcode", {"passcode": PASSCODE})
    _, told = ask(world, "GET", f"/bank/links/{told['link']}")
    assert (told["verdict"], told["linked"]) == ("pass", False)
    assert told["receipt"]["trouble"] == "other_request"


def test_facts_alone_start_a_call_and_link_nothing(world: FakeWorld) -> None:
    world.phones["hanako"].behaviour = NOT_ME
    status, told = open_link(world)
    assert (status, told["linked"], told["number_hint"]) == (202, False, "090-••••-••01")
    told = follow(world, told["link"], lambda now: now["callback"])
    assert (told["verdict"], told["reason"], told["linked"]) == ("fail", "not_me", False)
    assert told["receipt"]["claims"]["verdict"] == "fail"


def test_a_wrong_fact_calls_nobody_and_is_not_named(world: FakeWorld) -> None:
    assert open_link(world, pin="0000") == (403, {"code": "facts_do_not_match"})
    assert world.api.known == {}


def test_an_account_without_a_number_is_refused_with_the_api_s_own_code(world: FakeWorld) -> None:
    status, said = open_link(world, **load_bank().depositor("stranger").facts("ja"))
    assert (status, said["code"]) == (422, "no_registered_number")


def test_the_shown_passcode_reaches_the_page_and_never_the_ledger(world: FakeWorld) -> None:
    world.phones["hanako"].behaviour = {"kind": "no_answer"}
    _, told = open_link(world, mode="keyin")
    assert told["passcode"] == PASSCODE
    _, ledger = ask(world, "GET", "/bank/ledger")
    assert ledger["answers"][0]["status"] == 202
    assert PASSCODE not in json.dumps(ledger)


def test_a_wrong_passcode_says_how_many_tries_are_left(world: FakeWorld) -> None:
    world.phones["hanako"].behaviour = YES
    _, told = open_link(world)
    follow(world, told["link"], lambda now: now["state"] in {"spoken", "heard"})
    status, said = ask(
        world, "POST", f"/bank/links/{told['link']}/passcode", {"passcode": "999999"}
    )
    assert (status, said["code"], said["tries_left"]) == (422, "wrong_passcode", 4)


def test_a_new_request_withdraws_the_one_that_a_closed_window_left(world: FakeWorld) -> None:
    _, first = open_link(world)
    open_link(world)
    _, told = ask(world, "GET", f"/bank/links/{first['link']}")
    assert told["reason"] == "cancelled"


def test_the_key_and_the_verification_s_id_stay_with_the_bank(world: FakeWorld) -> None:
    link = pass_one(world)
    everything = [ask(world, "GET", path) for path in (f"/bank/links/{link}", "/bank/depositors")]
    assert KEY not in json.dumps(everything)
    _, told = ask(world, "GET", f"/bank/links/{link}")
    assert next(iter(world.api.known)) not in json.dumps({**told, "receipt": None})


def test_every_post_had_a_key_of_its_own(world: FakeWorld) -> None:
    pass_one(world)
    assert len(set(world.api.idempotency_keys)) == len(world.api.idempotency_keys) == 2


def test_a_callback_that_nobody_signed_is_refused_and_noted(world: FakeWorld) -> None:
    body = {"type": "verification.passed", "data": {"id": "vf_1", "verdict": "pass"}}
    assert ask(world, "POST", "/bank/callback", body) == (401, {"code": "bad_signature"})
    _, ledger = ask(world, "GET", "/bank/ledger")
    assert [(line["genuine"], line["body"]) for line in ledger["callbacks"]] == [(False, {})]


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("/bank/links/never-was/passcode", {"passcode": "1"}, (404, {"code": "unknown_link"})),
        ("/bank/links/never-was/passcode", [], (400, {"code": "bad_input", "field": "body"})),
        ("/bank/links", {}, (400, {"code": "bad_input", "field": "branch"})),
        ("/bank/links", FACTS, (400, {"code": "bad_input", "field": "mode"})),
        ("/bank/links", FACTS | {"pin": 4071}, (400, {"code": "bad_input", "field": "pin"})),
        ("/bank/links", FACTS | {"name": "x" * 101}, (400, {"code": "bad_input", "field": "name"})),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(
    world: FakeWorld, path: str, content: Any, expected: Any
) -> None:
    assert ask(world, "POST", path, content) == expected


def test_pages_run_under_a_policy_without_inline_code(world: FakeWorld) -> None:
    page = urllib3.request("GET", world.url + "/")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    text = page.data.decode()
    assert "style=" not in text
    assert " onclick" not in text
    assert text.count("<script") == text.count('<script type="module" src="/pages/')


def test_what_is_not_set_is_named() -> None:
    with pytest.raises(MissingEnvironmentError, match=r"SIM_API_KEY, SIM_PUBLIC_URL$"):
        bank_from_environment(
            {"SIM_API_URL": "http://127.0.0.1:1", "SIM_CALLBACK_SECRETS": "whsec_a"}
        )


def test_an_api_that_is_away_is_asked_three_times_and_then_said_to_be_away() -> None:
    client = VerificationClient("http://127.0.0.1:9", KEY)
    began = time.monotonic()
    with pytest.raises(ApiUnreachableError):
        client.call_again("vf_1")
    assert time.monotonic() - began > 0.5
