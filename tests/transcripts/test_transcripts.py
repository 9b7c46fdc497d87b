from pathlib import Path

import pytest

from ivr.adapters.flows.files import load_book
from ivr.domain.callflow import WITH_PASSCODE, Mode, Purpose
from ivr.domain.reading import LANGUAGES
from ivr.rehearsal.conversation_phone import ConversationPhone
from ivr.rehearsal.script import Transcript, read_transcripts, replay
from tests.transcripts.values import values_of

FLOWS = {flow.name: flow for flow in load_book(Path("callflows")).flows}
ALL = read_transcripts(Path("tests/transcripts"))
_BOTH = ("right", "wrong", "five_wrong", "not_me", "silence", "slow_from_the_start")
OUTCOMES = {
    "readout": (
        *_BOTH,
        "again",
        "hangs_up",
        "not_me_while_hearing",
        "silence_after_reading",
        "slower",
    ),
    "keyin": (*_BOTH, "silence_at_the_passcode", "star", "too_few_digits", "too_late"),
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


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("flow", ["link-keyin", "link-readout"])
def test_every_outcome_is_written_down_in_every_language(flow: str, language: str) -> None:
    mode = flow.removeprefix("link-")
    names = {each.name for each in ALL}
    missing = {what for what in OUTCOMES[mode] if f"{mode}.{what}.{language}" not in names}
    assert not missing
    changes = {name for name in names if name.startswith(f"{mode}.to_")}
    assert any(name.endswith(f".{language}") for name in changes), "a change from this language"
    assert any(f".to_{TONGUES[language]}." in name for name in changes), "a change to it"


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
