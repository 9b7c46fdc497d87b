import io
import wave

import pytest

from ivr.simulator.network.behaviours import (
    AnyBehaviour,
    Busy,
    Desk,
    NoAnswer,
    Rejected,
    Script,
    Unreachable,
)
from ivr.simulator.network.calls import Source
from ivr.simulator.network.events import Paused, Sound, Speech, Transferred
from ivr.simulator.network.messages import Reply
from tests.simulator.world import DESK, World, heard, kinds, response, say, times, troubles


def test_a_document_is_played_from_top_to_bottom_and_then_the_call_ends() -> None:
    call = World().call(response(say("一。"), say("二。")))
    assert heard(call) == ["一。", "二。"]
    assert kinds(call) == ["rings", "answers", "hears", "hears", "ends"]
    assert call.status == "completed"


def test_words_have_voice_language_rate_and_length() -> None:
    slow = '<prosody rate="slow">ゼロ</prosody>'
    words = f'<Say voice="Polly.Kazuha-Neural" language="ja-JP">{slow}</Say>'
    call = World().call(response(words))
    (speech,) = [event for event in call.events if isinstance(event, Speech)]
    assert (speech.voice, speech.language, speech.rate) == ("Polly.Kazuha-Neural", "ja-JP", 0.75)
    assert speech.seconds == pytest.approx(0.373)


def test_words_are_repeated_as_often_as_the_document_says() -> None:
    call = World().call(response('<Say loop="3">again.</Say>'))
    assert heard(call) == ["again."] * 3


def test_words_without_end_are_repeated_until_the_time_limit() -> None:
    call = World().call(response('<Say loop="0">again and again.</Say>'), time_limit=30)
    assert len(heard(call)) > 10
    assert (call.status, call.seconds) == ("completed", 30)


def test_words_that_are_none_are_left_out_with_a_warning() -> None:
    call = World().call(response("<Say/>", say("次。")))
    assert (troubles(call), heard(call)) == ([13520], ["次。"])


def test_a_pause_is_a_silence() -> None:
    call = World().call(response('<Pause length="3"/>', say("次。")))
    assert times(call, Paused) == [0.0]
    assert times(call, Speech) == [3.0]


def recording(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(round(seconds * 8000) * 2))
    return file.getvalue()


def test_a_recording_is_fetched_and_lasts_as_long_as_it_is() -> None:
    world = World()
    sound = Reply(headers={"Content-Type": "audio/wav"}, body=recording(1.5))
    world.answers["/a.wav"] = sound
    call = world.call(response('<Play loop="2">/a.wav</Play>', say("次。")))
    (asked,) = world.asked("/a.wav")
    assert (asked.method, asked.form, asked.url) == ("GET", {}, "https://product.example/a.wav")
    assert times(call, Sound) == [0.0, 1.5]
    assert times(call, Speech) == [3.0]


def test_a_recording_that_is_missing_is_an_application_error() -> None:
    world = World(answers={"/a.wav": Reply(status=404)})
    call = world.call(response("<Play>/a.wav</Play>", say("次。")))
    assert troubles(call) == [11200]
    assert heard(call) == ["An application error has occurred. Goodbye."]


def test_a_recording_that_is_something_else_is_an_application_error() -> None:
    page = Reply(headers={"Content-Type": "text/html"}, body=b"<p>Not here.</p>")
    world = World(answers={"/a.wav": page})
    call = world.call(response("<Play>/a.wav</Play>", say("次。")))
    assert troubles(call) == [13420]
    assert heard(call) == ["An application error has occurred. Goodbye."]


def test_a_recording_of_unknown_length_lasts_three_seconds() -> None:
    world = World(answers={"/a.mp3": Reply(headers={"Content-Type": "audio/mpeg"}, body=b"x")})
    call = world.call(response("<Play>/a.mp3</Play>", say("次。")))
    assert times(call, Speech) == [3.0]


def test_a_redirect_goes_on_with_another_document() -> None:
    world = World(answers={"/next": response(say("次。"))})
    call = world.call(response("<Redirect>/next?x=1</Redirect>", say("聞こえない。")))
    assert heard(call) == ["次。"]
    assert world.asked("/next")[0].url == "https://product.example/next?x=1"


def test_a_redirect_by_get_has_its_fields_in_the_address() -> None:
    world = World(answers={"/next": response()})
    call = world.call(response('<Redirect method="GET">/next</Redirect>'))
    (sent,) = world.asked("/next")
    assert (sent.method, sent.fields["CallSid"]) == ("GET", call.sid)


@pytest.mark.parametrize("verb", ["<Hangup/>", "<Reject/>"])
def test_a_hang_up_ends_the_call_there(verb: str) -> None:
    call = World().call(response(verb, say("聞こえない。")))
    assert (heard(call), call.status) == ([], "completed")


def test_a_document_in_the_order_needs_no_hook() -> None:
    world = World()
    call = world.call(source=Source(twiml=response(say("はい。"))))
    assert (heard(call), world.sent) == (["はい。"], [])


@pytest.mark.parametrize(
    ("desk", "status", "seconds"),
    [
        (Desk(answer_after=3, talks=20), "completed", 23),
        (Desk(answer_after=40), "no-answer", 10),
        (Script(answer_after=2), "completed", 22),
        (Busy(), "busy", 1),
        (NoAnswer(), "no-answer", 10),
        (Rejected(after=4), "no-answer", 4),
        (Unreachable(), "failed", 1),
    ],
)
def test_a_transfer_ends_as_the_other_phone_takes_it(
    desk: AnyBehaviour, status: str, seconds: float
) -> None:
    world = World(answers={"/after": response(say("次。"))})
    world.carrier.set_behaviour("desk", desk)
    call = world.call(response(f'<Dial action="/after" timeout="10">{DESK}</Dial>'))
    (asked,) = world.asked("/after")
    assert asked.form["DialCallStatus"] == status
    assert asked.form["DialCallSid"].startswith("CA")
    assert asked.form.get("DialCallDuration") == ("20" if status == "completed" else None)
    assert times(call, Speech) == [seconds]


def test_a_transfer_says_with_whom() -> None:
    call = World().call(response(f"<Dial>{DESK}</Dial>"))
    (transferred,) = [event for event in call.events if isinstance(event, Transferred)]
    assert transferred.to_label == {"ja": "窓口"}


def test_without_an_action_a_transfer_goes_on_with_the_next_verb() -> None:
    world = World()
    world.carrier.set_behaviour("desk", Busy())
    call = world.call(response(f"<Dial>{DESK}</Dial>", say("つながりません。")))
    assert heard(call) == ["つながりません。"]


def test_a_transfer_is_no_longer_than_its_limit() -> None:
    call = World().call(response(f'<Dial timeLimit="5">{DESK}</Dial>', say("次。")))
    assert times(call, Speech) == [7.0]


def test_of_several_numbers_the_first_to_answer_is_taken() -> None:
    call = World().call(
        response(f"<Dial><Number>+81312349999</Number><Number>{DESK}</Number></Dial>")
    )
    assert times(call, Transferred) == [2.0]


def test_leaving_a_transfer_by_rest_leaves_nothing_of_it_behind() -> None:
    world = World(answers={"/other": response(say("別の案内です。"), '<Pause length="60"/>')})
    world.carrier.set_behaviour("desk", Desk(answer_after=1, talks=10))
    call = world.carrier.place(world.order(response(f'<Dial action="/after">{DESK}</Dial>')))
    world.clock.advance(6)
    world.carrier.redirect(call.sid, Source(url="https://product.example/other"))
    world.clock.run_until_idle()
    assert heard(call) == ["別の案内です。"]
    assert world.asked("/after") == []
