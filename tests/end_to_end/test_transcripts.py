"""Every transcript through the whole product: web, worker, Twilio's own client and the simulator."""

from pathlib import Path

import pytest

from ivr.rehearsal.script import Transcript, read_transcripts, replay
from tests.transcripts.calling_phone import CallingPhone
from tests.transcripts.whole_phone import WholePhone


@pytest.mark.parametrize(
    "transcript",
    read_transcripts(Path("tests/transcripts")),
    ids=lambda transcript: transcript.name,
)
def test_the_call_goes_as_written(transcript: Transcript, tmp_path: Path) -> None:
    calls_us = transcript.called.flow == "inbound"
    telephone = (CallingPhone if calls_us else WholePhone)(tmp_path, transcript.called)
    try:
        replay(transcript, telephone)
    finally:
        telephone.close()
