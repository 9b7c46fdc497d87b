"""Documents from values: each instruction to the letter, and held against Twilio's own library."""

import inspect
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml import lower_camel
from twilio.twiml.voice_response import Gather, VoiceResponse
from twilio.twiml.voice_response import Say as SayVerb

from ivr.adapters.flows.files import load_book
from ivr.domain.callflow import Collect, In, Mode, Pace, Reading, Rest, Slot
from ivr.domain.conversation import HangUp, Instruction, Listen, Position, Say, enter
from ivr.domain.words import READINGS
from ivr.service.replies import Reply
from ivr.web.apology import apologies, fallback_document
from ivr.web.twiml import LOCALES, render
from tests.web.heard import parsed, spoken
from tests.web.small_flow import VOICES, small_flow

ACTION = "https://hooks.honnin.example/hooks/v/1/t/ja/2"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
JA = 'voice="Polly.Kazuha-Neural" language="ja-JP"'
ROOT = Path(__file__).parents[2]


def reply(
    *instructions: Instruction,
    language: str = "ja",
    pace: Pace = Pace.NORMAL,
    voices: Mapping[str, str] | None = None,
    **values: str,
) -> Reply:
    return Reply(
        instructions=instructions,
        values=values,
        language=language,
        pace=pace,
        voices=voices or VOICES,
        next_turn=2,
    )


def test_words_are_said_in_voice_and_language() -> None:
    document = render(reply(Say(("もしもし。",))), ACTION)
    assert document == f"{HEAD}<Response><Say {JA}>もしもし。</Say></Response>"


def test_what_is_said_in_another_language_has_its_own_voice_within_the_question() -> None:
    text = ("1を。", In("en"), "Press 3.", Rest(500), In("ja"), "または9を。")
    document = render(reply(Listen(text, Collect.KEY, 10)), ACTION)
    question = parsed(document).find("Gather")
    assert question is not None
    assert [(each.tag, each.get("language"), each.get("voice")) for each in question] == [
        ("Say", "ja-JP", "Polly.Kazuha-Neural"),
        ("Say", "en-US", "Polly.Joanna-Neural"),
        ("Say", "ja-JP", "Polly.Kazuha-Neural"),
    ]
    assert "Press 3.<break" in document


def test_a_rest_is_a_break() -> None:
    document = render(reply(Say(("a", Rest(800), "b")), language="en"), ACTION)
    assert document == (
        f'{HEAD}<Response><Say voice="Polly.Joanna-Neural" language="en-US">'
        'a<break time="800ms"/>b</Say></Response>'
    )


def test_a_key_is_gathered_and_silence_is_told() -> None:
    document = render(reply(Listen(("1を。",), Collect.KEY, 10)), ACTION)
    assert document == (
        f'{HEAD}<Response><Gather input="dtmf" method="POST" action="{ACTION}" timeout="10" '
        f'actionOnEmptyResult="true" numDigits="1" finishOnKey=""><Say {JA}>1を。</Say></Gather>'
        "</Response>"
    )


def test_a_passcode_is_gathered_and_a_star_ends_it() -> None:
    document = render(reply(Listen(("番号を。",), Collect.PASSCODE, 10)), ACTION)
    assert 'numDigits="6" finishOnKey="*"' in document


def test_the_call_is_hung_up() -> None:
    assert render(reply(HangUp()), ACTION) == f"{HEAD}<Response><Hangup/></Response>"


def test_the_slow_pace_waits_longer_rests_longer_and_speaks_slowly() -> None:
    slow = reply(Listen(("番号は", Rest(500), "。"), Collect.KEY, 10), pace=Pace.SLOW)
    document = render(slow, ACTION)
    assert 'timeout="15"' in document
    assert '<prosody rate="80%">番号は<break time="900ms"/>。</prosody></Say>' in document


def test_digits_are_said_one_by_one_in_words() -> None:
    text = (Slot("passcode", Reading.DIGITS),)
    assert spoken(render(reply(Say(text), passcode="012345"), ACTION)) == [
        ("ja-JP", "ゼロイチニサンヨンゴ")
    ]
    document = render(reply(Say(text), language="en", passcode="012345"), ACTION)
    rests = [each.get("time") for each in parsed(document).iter("break")]
    assert rests == ["500ms", "500ms", "900ms", "500ms", "500ms"]
    assert "012345" not in document


@pytest.mark.parametrize(
    "name", ["<Hangup/>", "</Say></Response>", "A & B", "\"quoted\" 'name'", "]]>", "<!--", "&#x0;"]
)
def test_a_name_is_spoken_whatever_it_looks_like(name: str) -> None:
    document = render(reply(Say((Slot("wallet"),)), wallet=name), ACTION)
    assert spoken(document) == [("ja-JP", name)]
    assert [each.tag for each in parsed(document).iter()] == ["Response", "Say"]


@pytest.mark.parametrize("unseen", ["\x00", "\x0b", "\x1b", "\ud800", "\ufffe", "\u202e"])
def test_what_xml_cannot_hold_and_nobody_can_hear_is_left_out(unseen: str) -> None:
    assert spoken(render(reply(Say((f"a{unseen}b",))), ACTION)) == [("ja-JP", "ab")]


@given(st.text(max_size=50), st.text(max_size=50))
def test_a_document_parses_whatever_is_said(name: str, words: str) -> None:
    text = (words, Slot("wallet"), Rest(500))
    document = render(reply(Listen(text, Collect.KEY, 10), wallet=name), ACTION)
    kept = "".join(each for each in words + name if each.isprintable() or each in "\n\t ")
    assert spoken(document) == [("ja-JP", kept)]
    document.encode()


def test_the_address_of_the_next_hook_is_quoted() -> None:
    document = render(reply(Listen(("x",), Collect.KEY, 5)), "https://h.example/a?b=\"<&'")
    (gather,) = parsed(document)
    assert gather.get("action") == "https://h.example/a?b=\"<&'"


def test_the_same_values_give_the_same_bytes() -> None:
    value = reply(Say(("a",)), Listen(("b",), Collect.PASSCODE, 10), HangUp())
    assert render(value, ACTION) == render(value, ACTION)


def test_a_reply_does_not_print_its_values() -> None:
    assert "012345" not in repr(reply(Say(("a",)), passcode="012345"))


def same(one: ET.Element, other: ET.Element) -> bool:
    """Whether two trees say the same; what stands between elements and the order of attributes aside."""
    return (
        (one.tag, one.attrib, one.text or "", one.tail or "")
        == (other.tag, other.attrib, other.text or "", other.tail or "")
        and len(one) == len(other)
        and all(map(same, one, other))
    )


def test_twilios_own_library_would_write_the_same_document() -> None:
    text = ("もしもし。", Rest(500))
    ours = render(reply(Say(text), Listen(("1を。",), Collect.KEY, 10), HangUp()), ACTION)
    theirs = VoiceResponse()
    manner = {"voice": VOICES["ja"], "language": "ja-JP"}
    say = theirs.say("もしもし。", **manner)
    say.break_(time="500ms")
    gather = Gather(
        input="dtmf",
        method="POST",
        action=ACTION,
        timeout=10,
        action_on_empty_result=True,
        num_digits=1,
        finish_on_key="",
    )
    gather.say("1を。", **manner)
    theirs.append(gather)
    theirs.hangup()
    assert same(parsed(ours), parsed(str(theirs)))


KNOWN = {
    "Response": VoiceResponse.__init__,
    "Say": VoiceResponse.say,
    "Gather": VoiceResponse.gather,
    "Hangup": VoiceResponse.hangup,
    "Redirect": VoiceResponse.redirect,
    "Dial": VoiceResponse.dial,
    "Pause": VoiceResponse.pause,
    "break": SayVerb.break_,
    "prosody": SayVerb.prosody,
}
"""The verbs that Twilio's library knows, of those we could use; its parameters are the attributes."""


def attributes(verb: str) -> set[str]:
    return {lower_camel(name) for name in inspect.signature(KNOWN[verb]).parameters}


def every_document() -> list[str]:
    """Every step of every flow that ships, in each language and at each pace, with long names."""
    values = dict.fromkeys(READINGS, "あ" * 40) | {
        "passcode": "012345",
        "amount": "99999999",
        "account_tail": "4567",
        "desk": "0120-123-4567",
    }
    documents = []
    for flow in load_book(ROOT / "callflows").flows:
        for language in flow.voices:
            documents.append(apologies(flow, language).depositor[language])
            for step, pace in ((step, pace) for step in flow.steps for pace in Pace):
                position = Position(
                    step=step, entered=step, language=language, pace=pace, consented=True
                )
                said = enter(flow, position, step).instructions
                documents.append(
                    render(
                        reply(*said, language=language, pace=pace, voices=flow.voices, **values),
                        ACTION,
                    )
                )
    return documents


def test_only_verbs_and_attributes_of_the_carrier_are_used() -> None:
    for document in every_document():
        for element in parsed(document).iter():
            assert set(element.attrib) <= attributes(element.tag), element.tag
        for gather in parsed(document).iter("Gather"):
            assert {each.tag for each in gather} <= {"Say", "Play"}


def test_no_document_that_ships_is_too_large_for_the_carrier() -> None:
    for document in every_document():
        assert len(document.encode()) < 64_000
        for say in parsed(document).iter("Say"):
            text = "".join(say.itertext())
            assert len(text) <= 3000
            assert len(quote(text)) <= 4500


def test_each_apology_is_one_document_in_its_language() -> None:
    found = apologies(small_flow(Mode.READOUT), "en").depositor
    assert list(found) == ["en", "ja"]
    assert spoken(found["ja"]) == [("ja-JP", "申し訳ございません。")]
    assert parsed(found["ja"])[-1].tag == "Hangup"


def test_the_fallback_document_apologises_in_every_language_and_hangs_up_once() -> None:
    document = fallback_document(small_flow(Mode.READOUT), "ja")
    assert [language for language, _ in spoken(document)] == ["ja-JP", "en-US"]
    assert [each.tag for each in parsed(document)] == ["Say", "Say", "Hangup"]


def test_the_fallback_document_that_ships_speaks_six_languages_japanese_first() -> None:
    document = fallback_document(load_book(ROOT / "callflows").any(), "ja")
    said = spoken(document)
    assert said[0][0] == "ja-JP"
    assert sorted(locale for locale, _ in said) == sorted(LOCALES.values())
    assert len(document.encode()) < 4000  # what the carrier takes as a document in the call itself
