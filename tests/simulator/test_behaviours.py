import pytest

from ivr.simulator.network.behaviours import (
    AnyBehaviour,
    Busy,
    Desk,
    Live,
    NoAnswer,
    Rejected,
    Script,
    Step,
    Unreachable,
)
from ivr.simulator.network.carrier import NotNowError
from ivr.simulator.network.events import Ended, Pressed, Ringing, Speech
from tests.simulator.opening import ASKS, DOCUMENT, OPENING, world
from tests.simulator.world import (
    BANK_NUMBER,
    JIRO,
    heard,
    kinds,
    person,
    response,
    say,
    times,
)


@pytest.mark.parametrize(
    ("behaviour", "ending", "rings"),
    [
        (NoAnswer(), "no-answer", True),
        (Busy(), "busy", False),
        (Rejected(after=4), "no-answer", True),
        (Unreachable(), "failed", False),
        (Live(), "no-answer", True),
    ],
)
def test_a_phone_that_nobody_picks_up_asks_for_no_document(
    behaviour: AnyBehaviour, ending: str, *, rings: bool
) -> None:
    here = world(behaviour)
    call = here.call(DOCUMENT)
    assert call.status == ending
    assert kinds(call) == (["rings", "ends"] if rings else ["ends"])
    assert here.asked("/voice") == []
    assert call.seconds is None


def test_a_phone_rings_as_long_as_the_order_says() -> None:
    call = world(NoAnswer()).call(DOCUMENT, ring_seconds=30)
    at = {type(event): event.at for event in call.events}
    assert at[Ended] - at[Ringing] == 30_000


def test_the_phone_shows_who_calls() -> None:
    (ringing,) = [e for e in world(NoAnswer()).call(DOCUMENT).events if isinstance(e, Ringing)]
    assert ringing.from_ == BANK_NUMBER


def test_a_scripted_person_answers_after_a_while() -> None:
    call = world(person(answer_after=7)).call(DOCUMENT)
    assert call.events[1].at - call.events[0].at == 7000


def test_a_scripted_person_presses_when_the_words_were_spoken() -> None:
    call = world(person(Step(heard="1を", after=0.5, press="1"))).call(DOCUMENT)
    (pressed,) = times(call, Pressed)
    start = times(call, Speech)[1]
    share = (ASKS.index("1を") + 2) / len(ASKS)
    length = [e.seconds for e in call.events if isinstance(e, Speech)][1]
    assert pressed == pytest.approx(start + share * length + 0.5, abs=0.06)


def test_a_scripted_person_waits_for_the_question() -> None:
    call = world(person(Step(question=True, after=2, press="9"))).call(DOCUMENT)
    assert kinds(call) == [
        "rings", "answers", "hears", "hears", "waits", "presses", "hears", "ends",
    ]  # fmt: skip


def test_words_and_a_question_are_both_waited_for() -> None:
    here = world(person(Step(heard="口座連携", question=True, press="1")))
    call = here.call(DOCUMENT)
    assert kinds(call)[4:6] == ["waits", "presses"]


def test_words_that_are_never_spoken_are_waited_for_in_vain() -> None:
    call = world(person(Step(heard="宝くじ", press="1"))).call(DOCUMENT)
    assert "presses" not in kinds(call)


def test_a_scripted_person_does_one_step_after_the_other() -> None:
    here = world(
        person(
            Step(question=True, press="1"),
            Step(heard="暗証番号", after=0.2, press="123456"),
            Step(after=3, hang_up=True),
        )
    )
    here.answers["/keys"] = response(
        '<Gather numDigits="6" action="/code" timeout="30">'
        + say("暗証番号を押してください。")
        + "</Gather>"
    )
    here.answers["/code"] = response(say("ありがとうございます。"), '<Pause length="60"/>')
    call = here.call(DOCUMENT)
    assert here.asked("/code")[0].form["Digits"] == "123456"
    assert heard(call)[-1] == "ありがとうございます。"
    assert call.status == "completed"


def test_keys_of_one_step_come_one_after_the_other() -> None:
    here = world(person(Step(question=True, press="123")))
    here.answers["/voice"] = response('<Gather numDigits="3" action="/keys"/>')
    call = here.call()
    first, second, third = times(call, Pressed)
    assert [second - first, third - second] == pytest.approx([0.4, 0.4])


def test_words_that_a_key_cut_off_were_not_heard() -> None:
    here = world(person(Step(heard="ほんにん", press="1"), Step(heard="押してください", press="2")))
    here.answers["/voice"] = response(
        f'<Gather numDigits="1" action="/keys">{say(OPENING + ASKS)}</Gather>'
    )
    call = here.call()
    assert [e.key for e in call.events if isinstance(e, Pressed)] == ["1"]


def test_a_scripted_person_may_hang_up() -> None:
    call = world(person(Step(heard="ほんにん銀行", after=0, hang_up=True))).call(DOCUMENT)
    assert call.status == "completed"
    assert heard(call) == [OPENING]


def test_a_call_to_an_engaged_phone_is_busy() -> None:
    here = world(person(answer_after=3))
    first = here.carrier.place(here.order(DOCUMENT))
    second = here.carrier.place(here.order(DOCUMENT))
    here.clock.run_until_idle()
    assert (first.status, second.status) == ("completed", "busy")
    assert here.call(DOCUMENT).status == "completed"


def test_somebody_at_the_desk_talks_and_hangs_up() -> None:
    call = world(Desk(answer_after=1, talks=12)).call(response('<Pause length="60"/>'))
    assert call.seconds == 12


def test_a_person_drives_a_live_phone() -> None:
    here = world(Live())
    here.carrier.place(here.order(DOCUMENT))
    with pytest.raises(NotNowError, match="not ringing"):
        here.carrier.answer("jiro")
    here.clock.advance(3)
    with pytest.raises(NotNowError, match="Nobody"):
        here.carrier.press("jiro", "1")
    here.carrier.answer("jiro")
    here.clock.advance(1)
    assert here.carrier.press("jiro", "1") is False
    here.clock.advance(30 - 18)
    assert here.carrier.press("jiro", "1") is True
    here.clock.advance(0.1)
    here.carrier.hang_up("jiro")
    (call,) = here.carrier.calls(phone_id="jiro")
    assert (call.status, heard(call)[-1]) == ("completed", "はい。")
    for act in (here.carrier.answer, here.carrier.decline, here.carrier.hang_up):
        with pytest.raises(NotNowError):
            act("jiro")


def test_a_person_may_decline() -> None:
    here = world(Live())
    call = here.carrier.place(here.order(DOCUMENT))
    here.clock.advance(3)
    here.carrier.decline("jiro")
    assert call.status == "no-answer"


def test_a_behaviour_changes_from_the_next_call_on() -> None:
    here = world(NoAnswer())
    first = here.carrier.place(here.order(DOCUMENT))
    here.carrier.set_behaviour("jiro", Busy())
    here.clock.run_until_idle()
    assert (first.status, here.call(DOCUMENT).status) == ("no-answer", "busy")


def test_a_number_that_nobody_has_fails() -> None:
    assert world(Script()).call(DOCUMENT, to="+819099999999").status == "failed"
    assert world(Script()).call(DOCUMENT, to=JIRO).status == "completed"


def test_a_person_keys_what_a_page_shows_and_waits_until_it_does() -> None:
    here = world(person(Step(question=True, press_shown=True)))
    here.clock.call_at(here.clock.now() + 17.0, lambda: here.carrier.show("jiro", "9"))
    pressed = [event for event in here.call(DOCUMENT).events if isinstance(event, Pressed)]
    assert [event.key for event in pressed] == ["9"]
    assert 17_000 <= pressed[0].at <= 18_300


def test_a_person_keys_what_is_shown_by_then() -> None:
    here = world(person(Step(question=True, press_shown=True)))
    here.carrier.show("jiro", "1")
    here.carrier.show("jiro", "9")
    pressed = [e.key for e in here.call(DOCUMENT).events if isinstance(e, Pressed)]
    assert pressed == ["9"]
