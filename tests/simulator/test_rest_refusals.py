"""The carrier's own client is the umpire."""

from typing import Any

import pytest
from requests.exceptions import ReadTimeout

from ivr.simulator.network.behaviours import (
    AnyBehaviour,
    Rest5xx,
    Rest5xxPlaced,
    Rest429,
    RestTimeout,
    RestTimeoutPlaced,
    Unreachable21214,
)
from ivr.simulator.network.carrier import Account
from ivr.simulator.rest import Rest, RestRequest
from tests.simulator.asking import client, refusal
from tests.simulator.world import (
    ACCOUNT,
    BANK_NUMBER,
    JIRO,
    VOICE,
    World,
    heard,
    response,
    say,
)

NUMBERS = Account(sid=ACCOUNT.sid, auth_token="t", numbers=frozenset({BANK_NUMBER}))


def test_a_wrong_token_or_none_is_20003() -> None:
    world = World()
    refused = refusal(lambda: client(world, token="wrong").calls("CA1").fetch())
    assert (refused.code, refused.status) == (20003, 401)
    path = f"/2010-04-01/Accounts/{ACCOUNT.sid}/Calls.json"
    answer = Rest(world.carrier).answer(RestRequest(method="GET", path=path))
    assert answer.body == {
        "code": 20003,
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }


def test_a_call_that_never_was_is_20404() -> None:
    refused = refusal(lambda: client(World()).calls("CA" + "f" * 32).fetch())
    assert (refused.code, refused.status) == (20404, 404)
    assert "/Calls/CAffff" in refused.msg


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", f"/2010-04-01/Accounts/{ACCOUNT.sid}/Messages.json", 20404),
        ("GET", "/2010-04-01/Accounts/AC1/Calls.json", 20404),
        ("DELETE", f"/2010-04-01/Accounts/{ACCOUNT.sid}/Calls.json", 20004),
    ],
)
def test_what_the_stand_in_does_not_have_is_refused(method: str, path: str, code: int) -> None:
    credentials = (ACCOUNT.sid, ACCOUNT.auth_token)
    asked = RestRequest(method=method, path=path, credentials=credentials)
    assert Rest(World().carrier).answer(asked).body["code"] == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": ""}, 21201),
        ({"from_": ""}, 21213),
        ({"from_": "0345678900"}, 21212),
        ({"from_": "+81345670000"}, 21210),
        ({"to": "09012345603"}, 21211),
        ({"to": "+8109012345603"}, 21211),
        ({"to": "+8190123456030"}, 21211),
        ({"to": "+14155550100"}, 21215),
        ({"url": ""}, 21205),
        ({"url": "product.example/voice"}, 21205),
        ({"url": "ftp://product.example/voice"}, 21205),
        ({"fallback_url": "nowhere"}, 21205),
        ({"status_callback": "nowhere"}, 21609),
        ({"timeout": 601}, 21208),
        ({"timeout": 0}, 21208),
        ({"time_limit": 99999}, 21200),
        ({"method": "PUT"}, 21200),
        ({"machine_detection": "Perhaps"}, 21200),
        ({"twiml": response(say("x" * 4000))}, 32018),
    ],
)
def test_a_wrong_order_is_refused_with_the_carriers_number(
    change: dict[str, Any], code: int
) -> None:
    world = World(account=NUMBERS)
    order = {"to": JIRO, "from_": BANK_NUMBER, "url": VOICE, **change}
    refused = refusal(lambda: client(world).calls.create(**order))
    assert (refused.code, refused.status) == (code, 400)
    assert world.carrier.calls() == []


@pytest.mark.parametrize(
    ("behaviour", "code", "status", "placed"),
    [
        (Unreachable21214(), 21214, 400, False),
        (Rest429(), 20429, 429, False),
        (Rest5xx(), 20503, 503, False),
        (Rest5xx(status=500), 20500, 500, False),
        (Rest5xxPlaced(), 20500, 500, True),
        (Rest5xxPlaced(status=503), 20503, 503, True),
    ],
)
def test_a_phone_may_make_the_carrier_fail_with_or_without_a_call(
    behaviour: AnyBehaviour, code: int, status: int, *, placed: bool
) -> None:
    world = World(behaviour=behaviour, answers={"/voice": response(say("はい。"))})
    calls = client(world).calls
    refused = refusal(lambda: calls.create(to=JIRO, from_=BANK_NUMBER, url=VOICE))
    assert (refused.code, refused.status) == (code, status)
    world.clock.run_until_idle()
    assert [heard(call) for call in world.carrier.calls()] == ([["はい。"]] if placed else [])


@pytest.mark.parametrize(
    ("behaviour", "placed"), [(RestTimeout(), False), (RestTimeoutPlaced(), True)]
)
def test_a_phone_may_make_the_carrier_silent_with_or_without_a_call(
    behaviour: AnyBehaviour, *, placed: bool
) -> None:
    world = World(behaviour=behaviour, answers={"/voice": response()})
    with pytest.raises(ReadTimeout):
        client(world).calls.create(to=JIRO, from_=BANK_NUMBER, url=VOICE)
    world.clock.run_until_idle()
    assert [call.status for call in world.carrier.calls()] == (["completed"] if placed else [])


def test_in_an_outage_every_order_is_refused_and_counted() -> None:
    world = World()
    world.carrier.outage = Rest429()
    calls = client(world).calls
    refused = refusal(lambda: calls.create(to=JIRO, from_=BANK_NUMBER, url=VOICE))
    assert (refused.code, refused.status) == (20429, 429)
    assert world.carrier.calls() == []
    world.carrier.outage = None
    calls.create(to=JIRO, from_=BANK_NUMBER, url=VOICE)
    assert len(world.carrier.calls()) == 1
    assert world.carrier.troubles == {"rest_429": 1}
