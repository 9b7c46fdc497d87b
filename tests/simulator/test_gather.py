import pytest

from ivr.simulator.network.behaviours import Script, Step
from ivr.simulator.network.calls import Source
from ivr.simulator.network.events import Cut, Listening, Pressed, Speech
from tests.simulator.world import World, heard, kinds, person, response, say, times

QUESTION = "1を押してください。"


def gather(attributes: str = "", prompt: str = say(QUESTION)) -> str:
    return f'<Gather action="/keys" {attributes}>{prompt}</Gather>'


def world(document: str, *steps: Step) -> World:
    answers = {"/voice": document, "/keys": response(say("はい。"))}
    return World(answers=dict(answers), behaviour=person(*steps))


def fields_of_keys(world: World) -> list[tuple[str | None, str | None]]:
    return [(s.form.get("Digits"), s.form.get("FinishedOnKey")) for s in world.asked("/keys")]


def test_the_digits_that_were_wanted_are_sent_at_once() -> None:
    here = world(response(gather('numDigits="2"')), Step(question=True, press="42"))
    call = here.call()
    assert fields_of_keys(here) == [("42", "")]
    assert here.asked("/keys")[0].form["msg"] == "Gather End"
    assert heard(call) == [QUESTION, "はい。"]


def test_a_finishing_key_sends_what_was_pressed_without_itself() -> None:
    here = world(response(gather()), Step(question=True, press="123#"))
    here.call()
    assert fields_of_keys(here) == [("123", "#")]


def test_any_key_can_be_the_finishing_one() -> None:
    here = world(response(gather('finishOnKey="*"')), Step(question=True, press="12*"))
    here.call()
    assert fields_of_keys(here) == [("12", "*")]


def test_the_usual_finishing_key_is_a_digit_when_another_finishes() -> None:
    here = world(response(gather('finishOnKey="*" numDigits="2"')), Step(question=True, press="1#"))
    here.call()
    assert fields_of_keys(here) == [("1#", "")]


def test_without_a_finishing_key_every_key_is_kept() -> None:
    here = world(response(gather('finishOnKey="" numDigits="3"')), Step(question=True, press="1#*"))
    here.call()
    assert fields_of_keys(here) == [("1#*", "")]


def test_a_finishing_key_alone_is_no_answer() -> None:
    here = world(response(gather(), say("次へ。")), Step(question=True, press="#"))
    call = here.call()
    assert fields_of_keys(here) == []
    assert heard(call) == [QUESTION, "次へ。"]


def test_a_finishing_key_alone_is_told_when_empty_results_are_wanted() -> None:
    wanted = gather('finishOnKey="*" actionOnEmptyResult="true"')
    here = world(response(wanted), Step(question=True, press="*"))
    here.call()
    assert fields_of_keys(here) == [("", "*")]


def test_silence_falls_through_to_the_next_verb() -> None:
    here = world(response(gather(), say("お返事がありません。")))
    call = here.call()
    assert here.asked("/keys") == []
    assert heard(call) == [QUESTION, "お返事がありません。"]


def test_silence_is_told_when_empty_results_are_wanted() -> None:
    here = world(response(gather('actionOnEmptyResult="true"')))
    here.call()
    assert fields_of_keys(here) == [("", "")]


def test_silence_may_be_told_without_the_field_digits() -> None:
    here = world(response(gather('actionOnEmptyResult="true"')))
    here.carrier.set_behaviour("jiro", Script(absent_digits=True))
    here.call()
    assert fields_of_keys(here) == [(None, "")]


def test_the_wait_begins_when_the_prompt_is_over_and_lasts_five_seconds() -> None:
    here = world(response(gather(), say("次。")))
    call = here.call()
    (listening,), (_prompt, after) = times(call, Listening), times(call, Speech)
    assert listening == pytest.approx(2.2, abs=0.1)
    assert after == pytest.approx(listening + 5, abs=0.11)


def test_the_wait_is_as_long_as_the_document_says() -> None:
    here = world(response(gather('timeout="12" numDigits="1"'), say("次。")))
    call = here.call()
    event = next(event for event in call.events if isinstance(event, Listening))
    assert (event.digits, event.seconds) == (1, 12)
    assert times(call, Speech)[1] - times(call, Listening)[0] == pytest.approx(12, abs=0.11)


def test_every_key_starts_the_wait_anew() -> None:
    here = world(
        response(gather('timeout="3"')),
        Step(question=True, press="1"),
        Step(after=2.5, press="2"),
        Step(after=2.5, press="3"),
    )
    here.call()
    assert fields_of_keys(here) == [("123", "")]


def test_too_few_digits_are_sent_when_the_wait_is_over() -> None:
    here = world(response(gather('numDigits="6"')), Step(question=True, press="12"))
    here.call()
    assert fields_of_keys(here) == [("12", "")]


def test_the_first_key_stops_the_prompt() -> None:
    prompt = say("これはとても長いご案内です。" * 5)
    here = world(
        response(gather('numDigits="1"', prompt)), Step(heard="長いご案内", after=0.0, press="1")
    )
    call = here.call()
    assert kinds(call) == ["rings", "answers", "hears", "presses", "stops", "hears", "ends"]
    (cut,) = times(call, Cut)
    assert cut < 2.5
    assert fields_of_keys(here) == [("1", "")]


def test_prompts_of_every_kind_are_played_in_order() -> None:
    here = world(response(gather("", say("一。") + '<Pause length="2"/>' + say("二。"))))
    call = here.call()
    assert kinds(call)[2:6] == ["hears", "pauses", "hears", "waits"]
    first, second = times(call, Speech)
    assert second - first > 2


def test_a_key_between_questions_is_lost() -> None:
    here = world(
        response(say("ただいま確認しております。"), gather('numDigits="1"')),
        Step(heard="ただいま", after=0.0, press="7"),
        Step(question=True, press="1"),
    )
    call = here.call()
    taken = [(event.key, event.taken) for event in call.events if isinstance(event, Pressed)]
    assert taken == [("7", False), ("1", True)]
    assert fields_of_keys(here) == [("1", "")]


def test_a_question_for_speech_takes_no_key() -> None:
    here = world(response(gather('input="speech"'), say("次。")), Step(question=True, press="1"))
    call = here.call()
    assert here.asked("/keys") == []
    assert heard(call)[-1] == "次。"


def test_without_an_action_the_same_document_is_asked_again() -> None:
    here = World(behaviour=person(Step(question=True, press="1")))

    def document(fields: dict[str, str]) -> str:
        if "Digits" in fields:
            return response(say("はい。"))
        return response(f'<Gather numDigits="1">{say(QUESTION)}</Gather>')

    here.answers["/voice"] = document
    call = here.call(source=Source(url="https://product.example/voice?turn=1"))
    assert [sent.url for sent in here.sent] == ["https://product.example/voice?turn=1"] * 2
    assert heard(call) == [QUESTION, "はい。"]


def test_an_action_is_found_from_the_documents_address_and_may_be_a_get() -> None:
    here = World(behaviour=person(Step(question=True, press="1")))
    here.answers["/deep/voice"] = response('<Gather numDigits="1" action="keys?t=2" method="GET"/>')
    here.answers["/deep/keys"] = response()
    here.call(source=Source(url="https://product.example/deep/voice"))
    (sent,) = here.asked("/deep/keys")
    assert (sent.method, sent.form) == ("GET", {})
    assert sent.url.startswith("https://product.example/deep/keys?t=2&")
    assert sent.fields["Digits"] == "1"
