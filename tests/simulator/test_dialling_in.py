"""A phone that calls a number of the account, and what the carrier asks the product then."""

from dataclasses import replace

import pytest

from ivr.simulator.call_json import call_json
from ivr.simulator.feed import Feed
from ivr.simulator.network.behaviours import Live
from ivr.simulator.network.calls import Call, Source, Status
from ivr.simulator.network.carrier import NotNowError
from ivr.simulator.network.events import Ringing
from ivr.simulator.network.messages import Reply
from ivr.simulator.network.transcript import entries
from ivr.simulator.server import create_app
from tests.simulator.world import ACCOUNT, BANK_NUMBER, JIRO, World, response, say

QUESTION = '<Gather numDigits="1" action="/in/1">' + say("こちらは、銀行です。") + "</Gather>"
NUMBERED = replace(ACCOUNT, voice={BANK_NUMBER: Source(url="https://product.example/in")})


@pytest.fixture
def world() -> World:
    here = World(behaviour=Live(), account=NUMBERED)
    here.answers = {"/in": response(QUESTION), "/in/1": response(say("お切りください。"))}
    return here


def dial(world: World, shows: str | None = None) -> Call:
    call = world.carrier.dial("jiro", BANK_NUMBER, shows=shows)
    world.clock.advance(3)
    return call


def test_somebody_calls_hears_presses_and_hears(world: World) -> None:
    call = dial(world)
    world.clock.advance(3)
    assert world.carrier.press("jiro", "1")
    world.clock.run_until_idle()
    kinds = [entry["kind"] for entry in entries(call)]
    assert kinds == ["dials", "answers", "hears", "waits", "presses", "hears", "ends"]
    assert call.status is Status.COMPLETED


def test_the_product_is_told_who_calls_whom_and_that_it_rings_at_first(world: World) -> None:
    dial(world)
    world.clock.advance(3)
    world.carrier.press("jiro", "1")
    world.clock.run_until_idle()
    (first,), (second,) = world.asked("/in"), world.asked("/in/1")
    said = ("Direction", "From", "Caller", "To", "Called", "CallStatus")
    assert [first.form[name] for name in said] == [
        "inbound",
        JIRO,
        JIRO,
        BANK_NUMBER,
        BANK_NUMBER,
        "ringing",
    ]
    assert (second.form["CallStatus"], second.form["Digits"]) == ("in-progress", "1")
    assert first.form["CallSid"] == second.form["CallSid"]
    assert "X-Twilio-Signature" in first.headers


@pytest.mark.parametrize("shows", ["+266696687", "Anonymous", "+819012345699"])
def test_a_number_may_be_withheld_or_somebody_elses(world: World, shows: str) -> None:
    dial(world, shows)
    assert world.asked("/in")[0].form["From"] == shows


def test_a_phone_in_use_calls_nobody_and_is_engaged_for_others(world: World) -> None:
    dial(world)
    with pytest.raises(NotNowError, match="in use"):
        world.carrier.dial("jiro", BANK_NUMBER)
    called = world.carrier.place(world.order())
    world.clock.advance(2)
    assert called.status is Status.BUSY
    world.carrier.hang_up("jiro")
    again = world.carrier.place(world.order())
    world.clock.advance(2)
    assert again.status is Status.RINGING


def test_a_number_that_nobody_answers_is_not_called(world: World) -> None:
    with pytest.raises(NotNowError, match="Nobody"):
        world.carrier.dial("jiro", "+81345678999")
    with pytest.raises(KeyError):
        world.carrier.dial("nobody", BANK_NUMBER)


def test_a_call_that_rings_with_us_is_not_answered_by_its_own_phone(world: World) -> None:
    world.carrier.dial("jiro", BANK_NUMBER)
    world.clock.advance(0.5)
    for act in (world.carrier.answer, world.carrier.decline):
        with pytest.raises(NotNowError):
            act("jiro")


def test_whoever_watches_the_phone_hears_of_the_call(world: World) -> None:
    feed = Feed(world.carrier, "jiro")
    dial(world)
    news = b"".join(feed.wait(0))
    assert b'"type":"dialled"' in news
    assert BANK_NUMBER.encode() in news
    assert not [event for event in world.carrier.calls()[0].events if isinstance(event, Ringing)]


def test_a_product_that_fails_is_apologised_for_by_the_carrier() -> None:
    away = World(behaviour=Live(), account=NUMBERED, answers={"/in": Reply(status=500)})
    call = dial(away)
    away.clock.run_until_idle()
    assert "application error" in str(entries(call))


def test_the_call_is_listed_as_inbound_and_dialled_through_the_control_api(world: World) -> None:
    web = create_app(world.carrier).test_client()
    answer = web.post("/sim/phones/jiro/dial", json={"to": BANK_NUMBER})
    assert answer.json
    call = world.carrier.call(answer.json["call"])
    assert call_json(call)["direction"] == "inbound"
    assert web.post("/sim/phones/jiro/dial", json={"to": BANK_NUMBER}).status_code == 409
    assert web.post("/sim/phones/nobody/dial", json={"to": BANK_NUMBER}).status_code == 404
    for wrong in ({}, {"to": 5}, {"to": BANK_NUMBER, "shows": 5}):
        assert web.post("/sim/phones/jiro/dial", json=wrong).status_code == 400
