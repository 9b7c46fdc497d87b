"""What the callee hears when the product's answer is not a document."""

from collections.abc import Callable

import pytest

from ivr.simulator.network.behaviours import Step
from ivr.simulator.network.calls import Source
from ivr.simulator.network.events import Speech
from ivr.simulator.network.messages import ConnectFailedError, Reply, TimedOutError
from tests.simulator.world import World, heard, person, response, say, times, troubles, xml

APOLOGY = "An application error has occurred. Goodbye."
FALLBACK = Source(url="https://carrier.example/fallback")


def refuse(_fields: dict[str, str]) -> Reply:
    raise ConnectFailedError


def stall(_fields: dict[str, str]) -> Reply:
    raise TimedOutError


BAD: list[tuple[str | Reply | Callable[[dict[str, str]], Reply], int]] = [
    (response("<Unknown/>"), 12200),
    ("<Response>", 12100),
    (response(say("あ" * 600)), 13521),
    (xml(response("x" * 65_537)), 11750),
    (Reply(headers={"Content-Type": "application/json"}, body=b"{}"), 12300),
    (Reply(body=b"<Response/>"), 12300),
    (Reply(status=500, headers={"Content-Type": "text/xml"}, body=b"<Response/>"), 11200),
    (Reply(status=403), 11200),
    (Reply(status=404), 11200),
    (xml(response()).__class__(status=200, body=b"<Response/>", seconds=15.1), 11203),
    (stall, 11203),
    (refuse, 11205),
]


@pytest.mark.parametrize(("answer", "code"), BAD)
def test_an_application_error_is_an_apology_in_english_and_the_end(
    answer: str | Reply, code: int
) -> None:
    world = World(answers={"/voice": answer})
    call = world.call()
    assert heard(call) == [APOLOGY]
    assert troubles(call) == [code]
    assert call.status == "completed"
    (speech,) = [event for event in call.events if isinstance(event, Speech)]
    assert speech.language == "en-US"


@pytest.mark.parametrize(("answer", "code"), BAD)
def test_a_fallback_is_asked_instead_and_told_why(answer: str | Reply, code: int) -> None:
    world = World(answers={"/voice": answer, "/fallback": response(say("申し訳ございません。"))})
    call = world.call(fallback=FALLBACK)
    (asked,) = world.asked("/fallback")
    assert asked.form["ErrorCode"] == str(code)
    assert asked.form["ErrorUrl"] == "https://product.example/voice"
    assert heard(call) == ["申し訳ございません。"]


def test_a_fallback_that_fails_too_is_the_end() -> None:
    world = World(answers={"/voice": Reply(status=500), "/fallback": Reply(status=500)})
    call = world.call(fallback=FALLBACK)
    assert (heard(call), troubles(call)) == ([APOLOGY], [11200, 11200])


def test_an_error_in_a_later_turn_asks_the_fallback_too() -> None:
    world = World(answers={"/fallback": response(say("申し訳ございません。"))})
    world.answers["/next"] = Reply(status=502)
    call = world.call(response(say("はい。"), "<Redirect>/next</Redirect>"), fallback=FALLBACK)
    assert heard(call) == ["はい。", "申し訳ございません。"]
    assert world.asked("/fallback")[0].form["ErrorUrl"] == "https://product.example/next"


def test_plain_text_is_read_aloud_as_it_is() -> None:
    page = Reply(
        headers={"Content-Type": "text/plain; charset=utf-8"}, body=b"Internal Server Error"
    )
    call = World(answers={"/voice": page}).call()
    assert heard(call) == ["Internal Server Error"]
    assert call.status == "completed"


@pytest.mark.parametrize("kind", ["text/xml", "application/xml", "TEXT/HTML; charset=utf-8"])
def test_these_content_types_are_documents(kind: str) -> None:
    page = Reply(headers={"content-type": kind}, body=response(say("はい。")).encode())
    assert heard(World(answers={"/voice": page}).call()) == ["はい。"]


def test_a_document_of_exactly_64_kb_is_played() -> None:
    padding = "x" * (64 * 1024 - len(response("<!---->")))
    page = xml(response(f"<!--{padding}-->"))
    assert len(page.body) == 64 * 1024
    assert troubles(World(answers={"/voice": page}).call()) == []


def test_audio_is_played_and_then_the_call_ends() -> None:
    world = World(answers={"/voice": Reply(headers={"Content-Type": "audio/mpeg"}, body=b"x")})
    call = world.call()
    assert (call.seconds, troubles(call)) == (3, [])


def test_a_slow_answer_is_silence_until_it_comes() -> None:
    slow = Reply(
        headers={"Content-Type": "text/xml"}, body=response(say("はい。")).encode(), seconds=9
    )
    call = World(answers={"/voice": slow}).call()
    assert times(call, Speech) == [9.0]
    assert call.exchanges[0].reply.seconds == 9


def test_an_answer_that_never_comes_is_given_up_after_fifteen_seconds() -> None:
    call = World(answers={"/voice": stall}).call()
    assert times(call, Speech) == [15.0]


@pytest.mark.parametrize(
    ("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
)
def test_redirects_of_http_are_followed(status: int, method: str) -> None:
    world = World(answers={"/voice": Reply(status=status, headers={"Location": "/moved"})})
    world.answers["/moved"] = response(say("はい。"))
    call = world.call()
    assert heard(call) == ["はい。"]
    assert [sent.method for sent in world.asked("/moved")] == [method]


def test_redirects_of_http_without_end_are_an_error() -> None:
    world = World(answers={"/voice": Reply(status=307, headers={"Location": "/voice"})})
    call = world.call()
    assert (troubles(call), len(world.asked("/voice"))) == ([11215], 5)


@pytest.mark.parametrize("url", ["http://[", "ftp://x/y", "http:///nowhere", "http://x:99999/"])
def test_an_address_that_cannot_be_asked_is_an_application_error(url: str) -> None:
    for verb in (
        f"<Redirect>{url}</Redirect>",
        f"<Play>{url}</Play>",
        f'<Gather action="{url}" actionOnEmptyResult="true"/>',
        f"<Gather><Play>{url}</Play></Gather>",
    ):
        call = World().call(response(verb))
        assert (troubles(call), heard(call)) == ([11100], [APOLOGY])
    moved = Reply(status=307, headers={"Location": url})
    assert troubles(World(answers={"/voice": moved}).call()) == [11100]


def test_a_key_during_the_apology_changes_nothing() -> None:
    world = World(behaviour=person(Step(heard="application", press="1")))
    world.answers["/missing.wav"] = Reply(status=404)
    call = world.call(response('<Gather action="/keys"><Play>/missing.wav</Play></Gather>'))
    assert heard(call) == [APOLOGY]
    assert world.asked("/keys") == []


def test_what_the_carrier_would_only_warn_of_is_written_down() -> None:
    call = World().call(response('<Say tempo="1" language="ja-JP">はい。</Say>'))
    assert (troubles(call), heard(call)) == ([12200], ["はい。"])
