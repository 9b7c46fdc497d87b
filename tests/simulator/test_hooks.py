from urllib.parse import urlsplit

import pytest

from ivr.simulator.network.behaviours import Script, Step
from ivr.simulator.network.calls import Source
from ivr.simulator.network.messages import ConnectFailedError, Reply, TimedOutError
from ivr.simulator.network.overrides import Overrides, overrides
from tests.simulator.world import (
    ACCOUNT,
    ALL_EVENTS,
    BANK_NUMBER,
    JIRO,
    World,
    heard,
    person,
    response,
    say,
    xml,
)

TOKEN = "I-Twilio-Idempotency-Token"


def test_a_voice_hook_has_the_fields_of_a_call_to_japan() -> None:
    world = World()
    call = world.call(response())
    (sent,) = world.asked("/voice")
    places = {
        f"{party}{place}": ""
        for party in ("Called", "Caller", "From", "To")
        for place in ("City", "Country", "State", "Zip")
    }
    assert sent.form == {
        **places,
        "AccountSid": ACCOUNT.sid,
        "ApiVersion": "2010-04-01",
        "CallSid": call.sid,
        "CallStatus": "in-progress",
        "Called": JIRO,
        "Caller": BANK_NUMBER,
        "Direction": "outbound-api",
        "From": BANK_NUMBER,
        "To": JIRO,
    }


def test_a_hook_without_a_connection_is_tried_once_more_with_the_same_token() -> None:
    world = World()

    def answer(_fields: dict[str, str]) -> str:
        if len(world.sent) == 1:
            raise ConnectFailedError
        return response(say("はい。"))

    world.answers["/voice"] = answer
    call = world.call()
    first, second = world.asked("/voice")
    assert first.headers[TOKEN] == second.headers[TOKEN]
    assert first.form == second.form
    assert heard(call) == ["はい。"]
    assert [exchange.reply.failure for exchange in call.exchanges] == ["connect", None]


def test_every_hook_has_a_token_of_its_own() -> None:
    world = World(answers={"/next": response()})
    world.call(response("<Redirect>/next</Redirect>"))
    first, second = world.sent
    assert first.headers[TOKEN] != second.headers[TOKEN]


@pytest.mark.parametrize("answer", [Reply(status=500), Reply(status=429), Reply(seconds=20)])
def test_a_hook_that_was_answered_badly_or_late_is_not_tried_again(answer: Reply) -> None:
    world = World(answers={"/voice": answer})
    world.call()
    assert len(world.asked("/voice")) == 1


@pytest.mark.parametrize(
    ("fragment", "attempts"),
    [
        ("#rc=2&rp=5xx", 3),
        ("#rc=5&rp=all", 6),
        ("#rc=9&rp=all", 6),
        ("#rp=rt,5xx", 2),
        ("#rc=3&rp=4xx", 1),
        ("#rc=0&rp=all", 1),
    ],
)
def test_the_fragment_of_an_address_asks_for_retries(fragment: str, attempts: int) -> None:
    world = World(answers={"/voice": Reply(status=500)})
    world.call(source=Source(url="https://product.example/voice" + fragment))
    assert len(world.asked("/voice")) == attempts
    assert all(not urlsplit(sent.url).fragment for sent in world.sent)


def test_the_fragment_may_ask_for_a_shorter_wait_and_another_try() -> None:
    answers = iter([Reply(seconds=5), xml(response(say("はい。")))])
    world = World(answers={"/voice": lambda _fields: next(answers)})
    call = world.call(source=Source(url="https://product.example/voice#rt=4000&rp=rt"))
    assert [exchange.reply.failure for exchange in call.exchanges] == ["timeout", None]
    assert {exchange.request.seconds for exchange in call.exchanges} == {4.0}
    assert [sent.at - world.sent[0].at for sent in world.sent] == [0, 4]
    assert heard(call) == ["はい。"]


def test_what_makes_no_sense_in_a_fragment_keeps_its_default() -> None:
    assert overrides("https://x/#rc=many&rt=soon&rp=") == Overrides()
    assert overrides("https://x/#rt=99999").seconds == 15
    assert overrides("https://x/#rt=1").seconds == 0.1


def test_a_network_that_delivers_twice_sends_the_very_same_and_goes_by_the_second_answer() -> None:
    answers = iter([response(say("一度目。")), response(say("二度目。"))])
    world = World(behaviour=Script(repeat_hooks=True))
    world.answers["/voice"] = lambda _fields: next(answers)
    call = world.call()
    first, second = world.asked("/voice")
    assert (first.form, first.headers) == (second.form, second.headers)
    assert heard(call) == ["二度目。"]


def test_a_network_that_delivers_twice_does_so_with_every_hook() -> None:
    steps = (Step(question=True, press="1"),)
    world = World(behaviour=Script(repeat_hooks=True, steps=steps))
    world.answers["/keys"] = response()
    world.call(
        response('<Gather numDigits="1" action="/keys"/>'),
        status_callback=Source(url="https://product.example/status"),
        status_events=ALL_EVENTS,
    )
    counts = {path: len(world.asked(path)) for path in ("/voice", "/keys", "/status")}
    assert counts == {"/voice": 2, "/keys": 2, "/status": 8}


def test_an_answer_after_the_end_of_the_call_is_of_no_use() -> None:
    slow = Reply(headers={"Content-Type": "text/xml"}, body=b"<Response/>", seconds=10)
    world = World(answers={"/voice": slow}, behaviour=person(Step(after=3, hang_up=True)))
    call = world.call()
    assert (call.seconds, heard(call)) == (3, [])


def test_every_attempt_is_written_down_with_its_time() -> None:
    def stall(_fields: dict[str, str]) -> Reply:
        raise TimedOutError

    call = World(answers={"/voice": stall}).call()
    (exchange,) = call.exchanges
    assert exchange.hook.kind == "voice"
    assert (exchange.reply.status, exchange.reply.seconds) == (0, 15.0)
