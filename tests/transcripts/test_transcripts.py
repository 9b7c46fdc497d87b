from pathlib import Path

import pytest

from ivr.adapters.flows.files import load_book
from ivr.domain.callflow import WITH_PASSCODE, Mode, Purpose
from ivr.domain.reading import LANGUAGES
from ivr.rehearsal.conversation_phone import ConversationPhone
from ivr.rehearsal.script import DeskAnswer, Transcript, read_transcripts, replay
from tests.transcripts.values import values_of

FLOWS = {flow.name: flow for flow in load_book(Path("callflows")).flows}
ALL = read_transcripts(Path("tests/transcripts"))
SHORT = {"link-readout": "readout", "link-keyin": "keyin"}
"""How the transcripts of a flow begin, where it is not by the flow's name."""
_CALLED = (
    "hangs_up",
    "not_me",
    "not_me_put_through",
    "silence",
    "slow_from_the_start",
    "wrong_key",
)
_PASSCODE = ("right", "wrong", "five_wrong", "too_late")
_READ_OUT = ("again", "not_me_while_hearing", "silence_after_reading", "slower")
OUTCOMES = {
    "link-readout": (
        *_CALLED,
        *_PASSCODE,
        *_READ_OUT,
        "not_me_after_hours",
        "not_me_desk_busy",
    ),
    "link-keyin": (
        *_CALLED,
        *_PASSCODE,
        "not_me_desk_no_answer",
        "silence_at_the_passcode",
        "star",
        "too_few_digits",
    ),
    "change": (*_CALLED, *_PASSCODE, *_READ_OUT, "charge", "not_me_desk_busy"),
    "notice": (*_CALLED, "confirmed", "not_me_desk_busy", "not_me_desk_no_answer"),
    "reverify": (*_CALLED, "confirmed", "not_me_desk_busy"),
    "inbound": ("call_back", "hangs_up", "not_me", "silence", "slowly", "wrong_key"),
}
TONGUES = {
    "ja": "japanese",
    "en": "english",
    "zh": "chinese",
    "ko": "korean",
    "vi": "vietnamese",
    "pt": "portuguese",
}


@pytest.mark.parametrize("transcript", ALL, ids=lambda transcript: transcript.name)
def test_the_conversation_goes_as_written(transcript: Transcript) -> None:
    called = transcript.called
    flow = FLOWS[called.flow]
    values = values_of(called.purpose or next(iter(flow.purposes), Purpose.LINK))
    replay(transcript, ConversationPhone(flow, called, values))


def test_the_outcomes_of_every_flow_that_ships_are_named() -> None:
    assert OUTCOMES.keys() == FLOWS.keys()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("flow", OUTCOMES)
def test_every_outcome_is_written_down_in_every_language(flow: str, language: str) -> None:
    begins = SHORT.get(flow, flow)
    of_flow = {each.name: each.called for each in ALL if each.called.flow == flow}
    wanted = {f"{begins}.{what}.{language}" for what in OUTCOMES[flow]}
    assert not wanted - of_flow.keys()
    assert all(of_flow[name].language == language for name in wanted)
    changes = {name for name in of_flow if name.startswith(f"{begins}.to_")}
    assert any(name.endswith(f".{language}") for name in changes), "a change from this language"
    assert any(f".to_{TONGUES[language]}." in name for name in changes), "a change to it"


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("flow", [name for name in FLOWS if name != "inbound"])
def test_every_end_of_a_transfer_is_heard_in_every_language(flow: str, language: str) -> None:
    """Busy and not answered lead to the same words; each flow has one of them at least."""
    met = {
        each.called.desk
        for each in ALL
        if each.called.flow == flow
        and each.called.language == language
        and each.ends == "fail/not_me"
    }
    assert {DeskAnswer.CLOSED, DeskAnswer.DONE} <= met
    assert met & {DeskAnswer.BUSY, DeskAnswer.NO_ANSWER}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("flow", FLOWS)
def test_every_flow_and_language_has_its_endings_written_down(flow: str, language: str) -> None:
    written = [
        each for each in ALL if each.called.flow == flow and each.called.language == language
    ]
    endings = {each.ends for each in written}
    if FLOWS[flow].mode is Mode.INBOUND:
        assert endings == {"inbound/call_back_asked", "inbound/nothing_asked"}
        return
    has_passcode = FLOWS[flow].mode in WITH_PASSCODE
    passes = "pass/right_passcode" if has_passcode else "pass/confirmed"
    assert endings >= {passes, "fail/not_me", "open/no_consent"}
    typed = {keys for each in written for line in each.lines for keys in (line.types, line.presses)}
    assert ("{wrong}" in typed) == has_passcode
