import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from ivr.simulator.feed import Feed
from ivr.simulator.network.behaviours import Live, Rest429, Script
from ivr.simulator.server import create_app
from tests.simulator.world import JIRO, VOICE, World, response, say

QUESTION = '<Gather numDigits="1" action="/keys">' + say("1を押してください。") + "</Gather>"


@pytest.fixture
def world() -> World:
    here = World(behaviour=Live())
    here.answers = {"/voice": response(QUESTION), "/keys": response(say("はい。"))}
    return here


@pytest.fixture
def web(world: World) -> FlaskClient:
    return create_app(world.carrier).test_client()


def place(world: World) -> str:
    return world.carrier.place(world.order()).sid


def test_phones_are_listed_with_label_and_behaviour(web: FlaskClient) -> None:
    answer = web.get("/sim/phones")
    assert answer.json is not None
    assert answer.json[0] == {
        "id": "jiro",
        "number": JIRO,
        "label": {"ja": "次郎"},
        "behaviour": {"kind": "live"},
    }


def test_a_behaviour_is_set(web: FlaskClient, world: World) -> None:
    wanted = {"kind": "script", "steps": [{"heard": "9を", "press": "9", "after": 1.5}]}
    answer = web.put("/sim/phones/jiro", json={"behaviour": wanted})
    assert answer.status_code == 200
    assert isinstance(world.carrier.phones["jiro"].behaviour, Script)


@pytest.mark.parametrize("content", [{}, {"behaviour": {"kind": "x"}}, [], {"behaviour": 1}])
def test_a_wrong_behaviour_is_refused_in_words(web: FlaskClient, content: object) -> None:
    answer = web.put("/sim/phones/jiro", json=content)
    assert (answer.status_code, answer.json and answer.json["code"]) == (400, "bad_request")
    assert web.put("/sim/phones/jiro", data="x").status_code == 400


def test_a_phone_is_answered_pressed_and_hung_up(web: FlaskClient, world: World) -> None:
    sid = place(world)
    world.clock.advance(2)
    assert web.post("/sim/phones/jiro/answer").status_code == 200
    world.clock.advance(1)
    pressed = web.post("/sim/phones/jiro/press", json={"key": "1"})
    assert pressed.json == {"phone": "jiro", "taken": True}
    world.clock.advance(0.5)
    assert web.post("/sim/phones/jiro/hangup").status_code == 200
    shown = web.get(f"/sim/calls/{sid}").json
    assert shown is not None
    assert (shown["status"], shown["phone"]) == ("completed", "jiro")
    kinds = [entry["kind"] for entry in shown["transcript"]]
    assert kinds == ["rings", "answers", "hears", "presses", "stops", "hears", "ends"]


def test_a_phone_is_declined(web: FlaskClient, world: World) -> None:
    sid = place(world)
    world.clock.advance(2)
    assert web.post("/sim/phones/jiro/decline").status_code == 200
    assert world.carrier.call(sid).status == "no-answer"


@pytest.mark.parametrize("act", ["answer", "decline", "hangup"])
def test_what_makes_no_sense_now_is_a_conflict(web: FlaskClient, act: str) -> None:
    answer = web.post(f"/sim/phones/jiro/{act}")
    assert (answer.status_code, answer.json and answer.json["code"]) == (409, "not_now")
    assert web.post("/sim/phones/jiro/press", json={"key": "1"}).status_code == 409


@pytest.mark.parametrize("content", [{"key": "12"}, {"key": 1}, {"key": "a"}, {}, {"key": ""}])
def test_what_is_no_key_is_refused(web: FlaskClient, content: dict[str, Any]) -> None:
    assert web.post("/sim/phones/jiro/press", json=content).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/sim/phones/nobody"),
        ("POST", "/sim/phones/nobody/answer"),
        ("GET", "/sim/phones/nobody/events"),
        ("GET", "/sim/calls?phone=nobody"),
        ("GET", "/sim/calls/CA0"),
    ],
)
def test_a_phone_or_call_that_is_not_there_is_not_found(
    web: FlaskClient, method: str, path: str
) -> None:
    content = {"behaviour": {"kind": "live"}}
    assert web.open(path, method=method, json=content).status_code == 404


def test_calls_are_shown_with_every_hook(web: FlaskClient, world: World) -> None:
    world.carrier.set_behaviour("jiro", Script())
    sid = place(world)
    world.clock.run_until_idle()
    answer = web.get("/sim/calls?phone=jiro").json
    assert answer is not None
    (shown,) = answer["calls"]
    (hook,) = shown["hooks"]
    assert (hook["kind"], hook["status"], hook["milliseconds"]) == ("voice", 200, 0)
    assert hook["url"] == "https://product.example/voice"
    assert hook["form"]["CallSid"] == sid
    whole = web.get(f"/sim/calls/{sid}").json
    assert whole is not None
    assert whole["yaml"].startswith('- hears: "1を押してください。"')
    assert sid in whole["text"]
    assert web.get("/sim/calls?phone=desk").json == {"calls": []}
    assert len((web.get("/sim/calls").json or {})["calls"]) == 1


def events(feed: Feed) -> list[dict[str, Any]]:
    return [json.loads(event) for event in feed.wait(0)]


def test_a_watcher_hears_what_happens(world: World) -> None:
    feed = Feed(world.carrier, "jiro")
    assert events(feed) == []
    sid = place(world)
    world.clock.advance(2)
    world.carrier.answer("jiro")
    world.clock.advance(3)
    told = events(feed)
    assert [event["type"] for event in told] == ["ringing", "answered", "speech", "listening"]
    assert {event["call"] for event in told} == {sid}
    assert told[0] == {"type": "ringing", "call": sid, "at": 1300, "from": "+81345678900"}
    assert told[3] == {"type": "listening", "call": sid, "at": 4190, "digits": 1, "seconds": 5}
    world.carrier.press("jiro", "1")
    world.clock.run_until_idle()
    told = events(feed)
    assert [event["type"] for event in told] == ["pressed", "speech", "ended"]
    assert told[-1]["how"] == "completed"
    assert events(feed) == []


def test_a_watcher_who_comes_late_hears_the_call_from_its_beginning(world: World) -> None:
    place(world)
    world.clock.advance(2)
    world.carrier.answer("jiro")
    late = Feed(world.carrier, "jiro")
    assert [event["type"] for event in events(late)] == ["ringing", "answered"]


def test_a_watcher_who_comes_after_the_end_hears_of_the_next_call(world: World) -> None:
    place(world)
    world.clock.run_until_idle()
    feed = Feed(world.carrier, "jiro")
    assert events(feed) == []
    sid = place(world)
    world.clock.run_until_idle()
    assert [(e["call"], e["type"]) for e in events(feed)] == [(sid, "ringing"), (sid, "ended")]


def test_a_watcher_hears_the_end_of_one_call_before_the_next(world: World) -> None:
    first = place(world)
    world.clock.advance(2)
    feed = Feed(world.carrier, "jiro")
    events(feed)
    world.clock.run_until_idle()
    second = place(world)
    world.clock.advance(2)
    told = [(event["call"], event["type"]) for event in events(feed)]
    assert told == [(first, "ended"), (second, "ringing")]


def test_a_watcher_of_a_fast_world_is_told_his_own_seconds(world: World) -> None:
    world.carrier.clock.speed = 10.0
    feed = Feed(world.carrier, "jiro")
    place(world)
    world.clock.advance(2)
    world.carrier.answer("jiro")
    world.clock.advance(3)
    listening = events(feed)[-1]
    assert (listening["seconds"], listening["at"]) == (0.5, 4190)


def test_the_stream_begins_at_once_and_is_one_of_events(web: FlaskClient, world: World) -> None:
    place(world)
    world.clock.advance(2)
    answer = web.get("/sim/phones/jiro/events", buffered=False)
    assert answer.mimetype == "text/event-stream"
    parts = iter(answer.response)
    assert next(parts) == b": connected\n\n"
    told = next(parts)
    assert isinstance(told, bytes)
    assert told.startswith(b'data: {"type":"ringing"')
    answer.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1:9000", "Origin": "https://evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "127.0.0.1:9000", "Origin": "null"},
    ],
)
def test_another_sites_page_is_refused(web: FlaskClient, headers: dict[str, str]) -> None:
    assert web.post("/sim/phones/jiro/answer", headers=headers).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:9000", "localhost:9000", "[::1]:9000"])
def test_this_machines_own_page_is_answered(web: FlaskClient, host: str) -> None:
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert web.get("/sim/phones", headers=headers).status_code == 200


def test_a_page_shows_keys_beside_a_phone(web: FlaskClient, world: World) -> None:
    assert web.put("/sim/phones/jiro/page", json={"shows": "012345"}).status_code == 200
    assert world.carrier.phones.shown_beside("jiro") == "012345"


@pytest.mark.parametrize(
    ("phone", "content", "status"),
    [("jiro", {"shows": "x"}, 400), ("jiro", {}, 400), ("nobody", {"shows": "1"}, 404)],
)
def test_a_page_that_cannot_be_shown_is_refused(
    web: FlaskClient, phone: str, content: object, status: int
) -> None:
    assert web.put(f"/sim/phones/{phone}/page", json=content).status_code == status


def test_an_outage_begins_and_ends(web: FlaskClient, world: World) -> None:
    assert web.put("/sim/outage", json={"behaviour": {"kind": "rest_429"}}).status_code == 200
    assert world.carrier.outage == Rest429()
    assert web.put("/sim/outage", json={"behaviour": None}).status_code == 200
    assert world.carrier.outage != Rest429()
    assert web.put("/sim/outage", json={"behaviour": {"kind": "x"}}).status_code == 400


def test_troubles_are_counted(web: FlaskClient, world: World) -> None:
    world.carrier.troubles["rest_429"] += 2
    assert web.get("/sim/troubles").json == {"rest_429": 2}


def test_a_call_tells_which_address_it_asks(web: FlaskClient, world: World) -> None:
    place(world)
    answer = web.get("/sim/calls")
    assert answer.json is not None
    assert answer.json["calls"][0]["asks"] == VOICE
