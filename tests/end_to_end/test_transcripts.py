"""Every transcript through the whole product: web, worker, Twilio's own client and the simulator."""

import re
from pathlib import Path

import pytest

from ivr.rehearsal.script import Called, Transcript, read_transcripts, replay
from tests.transcripts.calling_phone import CallingPhone
from tests.transcripts.whole_phone import WholePhone, settings_in


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


@pytest.mark.parametrize(
    ("names", "bank"), [("ja", "ほんにん銀行"), ("ja and en", "Honnin Bank")], ids=["ja", "ja-en"]
)
def test_a_key_may_change_the_call_to_a_language_in_which_the_bank_has_no_name(
    tmp_path: Path, names: str, bank: str
) -> None:
    settings_in(tmp_path)
    first = "en" if names == "ja" else "zh"
    for file in (tmp_path / "config" / name for name in ("banks.toml", "wallets.toml")):
        text = re.sub(rf", {first} = .*\}}", "}", file.read_text(encoding="utf-8"))
        file.write_text(text, encoding="utf-8")
    telephone = WholePhone(tmp_path, Called(flow="link-readout", language="ja"))
    try:
        telephone.press("4")
        assert f"您好，这里是{bank}。" in telephone.heard()
        telephone.press("1")
        assert "银行和警察绝不会向您要验证码。" in telephone.heard()
        telephone.type(telephone.passcode)
        telephone.hang_up()
        assert telephone.ending() == "pass/right_passcode"
    finally:
        telephone.close()
