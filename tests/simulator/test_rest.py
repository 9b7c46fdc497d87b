"""The carrier's own client is the umpire."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

from ivr.simulator.in_process import send_to
from ivr.simulator.network.behaviours import (
    Busy,
    Live,
    Script,
)
from ivr.simulator.network.carrier import Account
from ivr.simulator.network.messages import Request
from tests.simulator.asking import client, refusal
from tests.simulator.world import (
    ACCOUNT,
    BANK_NUMBER,
    JIRO,
    STATUS,
    VOICE,
    World,
    heard,
    response,
    say,
)


def test_a_call_is_created_and_played() -> None:
    world = World(answers={"/voice": response(say("はい。"))})
    created = client(world).calls.create(
        to=JIRO,
        from_=BANK_NUMBER,
        url=VOICE,
        method="POST",
        status_callback=STATUS,
        status_callback_event=["initiated", "ringing", "answered", "completed"],
        timeout=30,
        time_limit=300,
        machine_detection="Enable",
        fallback_url="https://carrier.example/fallback",
        call_reason="account link",
    )
    assert (created.status, created.direction, created.to) == ("queued", "outbound-api", JIRO)
    assert created.sid is not None
    world.clock.run_until_idle()
    call = world.carrier.call(created.sid)
    assert heard(call) == ["はい。"]
    assert world.statuses() == ["initiated", "ringing", "in-progress", "completed"]
    order = call.order
    assert (order.ring_seconds, order.time_limit, order.detection) == (30, 300, "Enable")
    assert order.fallback is not None


def test_a_call_is_fetched_with_the_fields_of_the_resource() -> None:
    world = World(answers={"/voice": response('<Pause length="90"/>')})
    calls = client(world).calls
    sid = calls.create(to=JIRO, from_=BANK_NUMBER, url=VOICE).sid
    assert sid is not None
    before = calls(sid).fetch()
    assert (before.status, before.start_time, before.duration) == ("queued", None, None)
    world.clock.advance(0.5)
    assert calls(sid).fetch().status == "queued"
    world.clock.advance(1)
    assert calls(sid).fetch().status == "ringing"
    world.clock.advance(10)
    assert calls(sid).fetch().status == "in-progress"
    world.clock.run_until_idle()
    after = calls(sid).fetch()
    assert (after.status, after.duration, after.sid) == ("completed", "90", sid)
    assert (after._from, after.account_sid, after.queue_time) == (BANK_NUMBER, ACCOUNT.sid, "0")
    assert after.start_time is not None
    assert after.end_time is not None
    assert after.end_time - after.start_time > dt.timedelta(seconds=90)
    assert after.uri == f"/2010-04-01/Accounts/{ACCOUNT.sid}/Calls/{sid}.json"


def test_a_call_may_bring_its_own_document() -> None:
    world = World()
    client(world).calls.create(to=JIRO, from_=BANK_NUMBER, twiml=response(say("はい。")))
    world.clock.run_until_idle()
    assert heard(world.carrier.calls()[0]) == ["はい。"]


def test_calls_are_listed_newest_first_by_page_and_by_filter() -> None:
    world = World(behaviour=Busy())
    calls = client(world).calls
    sids = []
    for _ in range(5):
        sids.append(calls.create(to=JIRO, from_=BANK_NUMBER, url=VOICE).sid)
        world.clock.run_until_idle()
    calls.create(to="+819099999999", from_=BANK_NUMBER, url=VOICE)
    assert [call.sid for call in calls.list(to=JIRO, page_size=2)] == sids[::-1]
    assert len(calls.list(status="busy")) == 5
    assert len(calls.list()) == 6
    assert calls.list(from_="+81312340000") == []


def test_a_ringing_call_is_cancelled() -> None:
    world = World(behaviour=Live())
    calls = client(world).calls
    sid = calls.create(to=JIRO, from_=BANK_NUMBER, url=VOICE, status_callback=STATUS).sid
    assert sid is not None
    world.clock.advance(5)
    assert calls(sid).update(status="canceled").status == "canceled"
    world.clock.run_until_idle()
    assert world.asked("/status")[0].form["CallStatus"] == "canceled"
    assert world.asked("/status")[0].form["SipResponseCode"] == "487"


def test_a_queued_call_is_cancelled_before_it_rings() -> None:
    world = World()
    calls = client(world).calls
    sid = calls.create(to=JIRO, from_=BANK_NUMBER, url=VOICE).sid
    assert sid is not None
    calls(sid).update(status="canceled")
    world.clock.run_until_idle()
    assert [event.__struct_config__.tag for event in world.carrier.call(sid).events] == ["ended"]


def talking(world: World) -> str:
    document = response(say("ただいま。"), '<Pause length="600"/>')
    world.answers["/voice"] = document
    sid: str = client(world).calls.create(to=JIRO, from_=BANK_NUMBER, url=VOICE).sid
    world.clock.advance(10)
    return sid


def test_a_call_in_progress_is_completed() -> None:
    world = World()
    sid = talking(world)
    assert client(world).calls(sid).update(status="completed").status == "completed"


def test_a_call_in_progress_is_sent_to_another_document() -> None:
    world = World(answers={"/other": response(say("別の案内。"), '<Pause length="60"/>')})
    sid = talking(world)
    client(world).calls(sid).update(url="https://product.example/other")
    world.clock.advance(5)
    client(world).calls(sid).update(twiml=response(say("さようなら。")))
    world.clock.run_until_idle()
    assert heard(world.carrier.call(sid)) == ["ただいま。", "別の案内。", "さようなら。"]


def test_what_does_not_fit_the_state_of_a_call_is_21220() -> None:
    world = World()
    sid = talking(world)
    call = client(world).calls(sid)
    assert refusal(lambda: call.update(status="canceled")).code == 21220
    call.update(status="completed")
    for change in ({"status": "completed"}, {"status": "canceled"}, {"url": VOICE}):
        refused = refusal(partial(call.update, **change))
        assert (refused.code, refused.status) == (21220, 400)


def test_orders_beyond_the_accounts_pace_wait_in_the_queue() -> None:
    slow = Account(sid=ACCOUNT.sid, auth_token="t", calls_per_second=0.5)
    world = World(account=slow, behaviour=Script(answer_after=0))
    calls = client(world).calls
    queued = [calls.create(to=JIRO, from_=BANK_NUMBER, url=VOICE).queue_time for _ in range(3)]
    assert queued == ["0", "2000", "4000"]
    world.clock.run_until_idle()
    started = [call.started_at or 0.0 for call in world.carrier.calls()]
    assert [later - sooner for later, sooner in pairwise(started)] == [2, 2]


def test_a_product_in_the_same_process_is_asked_without_a_network() -> None:
    def product(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        form = environ["wsgi.input"].read(size).decode()
        start("200 OK", [("Content-Type", "text/xml")])
        url = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}{environ['PATH_INFO']}"
        words = f"{url} {environ['QUERY_STRING']} {'CallSid=CA' in form}"
        return [response(say(words)).encode()]

    send = send_to(product)
    url, form = "https://product.example/voice", (("CallSid", "CA1"), ("CallerCity", ""))
    posted = send(Request(method="POST", url=url + "?turn=1", form=form, headers={"X-A": "b"}))
    assert posted.ok
    assert posted.content_type == "text/xml"
    assert "https://product.example/voice turn=1 True" in posted.body.decode()
    assert "False" in send(Request(method="GET", url=url)).body.decode()


def test_an_account_does_not_print_its_token() -> None:
    assert ACCOUNT.auth_token not in repr(ACCOUNT)
