import pytest

from ivr.simulator.network import twiml
from ivr.simulator.network.trouble import TwimlError
from ivr.simulator.network.verbs import (
    Dial,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Redirect,
    Reject,
    Say,
    Verb,
)
from tests.simulator.world import response, say


def only(verb: str) -> Verb:
    (found,) = twiml.read(response(verb)).verbs
    return found


def test_a_gather_without_attributes_has_the_documented_defaults() -> None:
    assert only("<Gather/>") == Gather(
        prompts=(),
        action=None,
        method="POST",
        takes_keys=True,
        digits=None,
        seconds=5,
        finish_on="#",
        action_on_empty=False,
    )


def test_a_gather_takes_what_its_attributes_say() -> None:
    gather = only(
        '<Gather input="dtmf" numDigits="6" timeout="10" finishOnKey="*" action="/next"'
        ' method="GET" actionOnEmptyResult="true"><Say>?</Say><Play>/a.wav</Play><Pause/></Gather>'
    )
    assert isinstance(gather, Gather)
    assert (gather.digits, gather.seconds, gather.finish_on) == (6, 10, "*")
    assert (gather.action, gather.method, gather.action_on_empty) == ("/next", "GET", True)
    assert [type(prompt) for prompt in gather.prompts] == [Say, Play, Pause]


def test_an_empty_finishing_key_is_none() -> None:
    gather = only('<Gather finishOnKey=""/>')
    assert isinstance(gather, Gather)
    assert gather.finish_on == ""


def test_a_gather_for_speech_alone_takes_no_keys() -> None:
    speech, both = only('<Gather input="speech"/>'), only('<Gather input="dtmf speech"/>')
    assert isinstance(speech, Gather)
    assert isinstance(both, Gather)
    assert (speech.takes_keys, both.takes_keys) == (False, True)


def test_the_other_verbs_have_their_documented_defaults() -> None:
    assert only("<Pause/>") == Pause(seconds=1)
    assert only('<Pause length="4"/>') == Pause(seconds=4)
    assert only("<Play> https://x/a.mp3 </Play>") == Play(url="https://x/a.mp3", loop=1)
    assert only("<Redirect>/next</Redirect>") == Redirect(url="/next", method="POST")
    assert only("<Hangup/>") == Hangup()
    assert only("<Reject/>") == Reject(reason="rejected")
    assert only("<Dial>+81345678901</Dial>") == Dial(
        numbers=(Number(number="+81345678901"),), seconds=30
    )
    assert only("<Dial><Number>+81345678901</Number></Dial>") == Dial(
        numbers=(Number(number="+81345678901"),)
    )
    words = only("<Say>x</Say>")
    assert isinstance(words, Say)
    assert (words.language, words.voice, words.loop) == ("en-US", "man", 1)


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        ('<Gather finishOnKey="12"/>', 13310),
        ('<Gather timeout="soon"/>', 12200),
        ('<Gather numDigits="0"/>', 12200),
        ('<Gather actionOnEmptyResult="yes"/>', 12200),
        ('<Say rate="slow">x</Say>', 12200),
        ('<Redirect method="PUT">/x</Redirect>', 12200),
    ],
)
def test_a_wrong_or_unknown_attribute_is_a_warning_and_leaves_the_default(
    verb: str, code: int
) -> None:
    document = twiml.read(response(verb))
    assert [note.code for note in document.warnings] == [code]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("hello", 12100),
        ("<Response><Say>x</Response>", 12100),
        ("<Response>a & b</Response>", 12100),
        ("<response/>", 12100),
        ("", 12100),
        ('<!DOCTYPE x [<!ENTITY a "b">]><Response/>', 12100),
        (response("<say>x</say>"), 12200),
        (response("<Record/>"), 12200),
        (response("<Gather><Redirect>/x</Redirect></Gather>"), 12200),
        (response("<Dial><Client>x</Client></Dial>"), 12200),
        (response("<Dial/>"), 12200),
        (response("<Play/>"), 12200),
        (response(say("あ" * 501)), 13521),
        (response(say("a" * 3001)), 13521),
    ],
)
def test_what_cannot_be_played_is_an_error_with_the_carriers_number(
    document: str, code: int
) -> None:
    with pytest.raises(TwimlError) as caught:
        twiml.read(document)
    assert caught.value.code == code


def test_the_longest_text_that_the_carrier_takes_is_taken() -> None:
    assert twiml.read(response(say("あ" * 500))).verbs
    assert twiml.read(response(say("a" * 3000))).verbs


def test_comments_and_an_xml_declaration_are_no_verbs() -> None:
    document = twiml.read('<?xml version="1.0" encoding="UTF-8"?><Response><!-- x --></Response>')
    assert document.verbs == ()
