from pathlib import Path

import pytest

from ivr.adapters.flows.files import load_book
from ivr.domain.callflow import Mode
from ivr.rehearsal.conversation_phone import ConversationPhone
from ivr.rehearsal.script import Transcript, read_transcripts, replay
from tests.transcripts.values import VALUES

FLOWS = {flow.name: flow for flow in load_book(Path("callflows")).flows}
ALL = read_transcripts(Path("tests/transcripts"))


@pytest.mark.parametrize("transcript", ALL, ids=lambda transcript: transcript.name)
def test_the_conversation_goes_as_written(transcript: Transcript) -> None:
    called = transcript.called
    replay(transcript, ConversationPhone(FLOWS[called.flow], called, VALUES))


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("flow", FLOWS)
def test_every_flow_and_language_has_its_endings_written_down(flow: str, language: str) -> None:
    written = [
        each for each in ALL if each.called.flow == flow and each.called.language == language
    ]
    endings = {each.ends for each in written}
    if FLOWS[flow].mode is Mode.INBOUND:
        assert endings == {"inbound/call_back_asked", "inbound/nothing_asked"}
        return
    assert endings >= {"pass/right_passcode", "fail/not_me", "open/no_consent"}
    assert any(
        line.types == "{wrong}" or line.presses == "{wrong}"
        for each in written
        for line in each.lines
    )
