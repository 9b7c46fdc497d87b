from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli.flow import command
from ivr.rehearsal.conversation_phone import ConversationPhone
from ivr.rehearsal.script import read_transcript, replay
from tests.rehearsal.shipped import FLOWS
from tests.transcripts.values import VALUES
from tests.transcripts.whole_phone import WholePhone

TRANSCRIPTS = Path("tests/transcripts")


def rehearse(flow: str, typed: str, *options: str) -> Result:
    return CliRunner().invoke(command, ["rehearse", flow, *options], input=typed)


def test_what_is_heard_is_told_with_its_rests_and_seconds() -> None:
    told = rehearse("link-readout", "1\n").output
    assert "こちらは、ほんにん銀行です。" in told
    assert "番号は、ゼロ · イチ · ニ (0.9 s) サン · ヨン · ゴ。" in told
    assert "s so far; listens for one key]" in told


def test_the_end_of_the_input_puts_the_receiver_down() -> None:
    assert "ends: open/hung_up" in rehearse("link-readout", "").output
    assert "ends: open/hung_up" in rehearse("link-readout", "h\n").output


def test_nine_ends_it_as_not_me() -> None:
    assert "ends: fail/not_me" in rehearse("link-readout", "9\n").output


def test_silence_comes_to_an_end_and_its_waits_are_counted() -> None:
    told = rehearse("link-readout", "\n" * 9).output
    assert "ends: open/no_consent" in told
    assert float(told.rsplit("after ", 1)[1].split()[0]) > 90


def test_the_page_takes_the_right_passcode_and_a_wrong_one() -> None:
    told = rehearse("link-readout", "1\nt wrong\nt right\n\n").output
    assert "the page: that was wrong" in told
    assert "the page: pass/right_passcode" in told


def test_the_passcode_that_the_page_shows_is_keyed_in() -> None:
    told = rehearse("link-keyin", "1\n123\n012345\n", "--language", "en").output
    assert "The page shows 012345." in told
    assert "That was not six digits." in told
    assert "ends: pass/right_passcode" in told


def test_a_passcode_grows_too_old_while_one_waits() -> None:
    assert "too late" not in rehearse("link-readout", "1\n").output
    told = rehearse("link-keyin", "1\nw 301\n012345\n", "--language", "en").output
    assert "The time for this number has run out." in told


@pytest.mark.parametrize("typed", ["12\n", "1\n1234567\n", "x\n", "t 12\n", "t 1234567\n", "w x\n"])
def test_what_cannot_be_pressed_changes_nothing(typed: str) -> None:
    told = rehearse("link-keyin", f"{typed}h\n")
    assert told.exit_code == 0
    assert "ends: open/hung_up" in told.output


@pytest.mark.parametrize(
    ("flow", "language", "typed"),
    [
        ("link-readout", "ja", "1\n2\nt wrong\nt right\n\n"),
        ("link-readout", "en", "\n1\n9\n"),
        ("link-readout", "ja", "h\n"),
        ("link-keyin", "ja", "1\n555555\n12\n\n012345\n"),
        ("link-keyin", "en", "1\nw 400\n012345\n"),
    ],
)
def test_a_saved_session_passes_as_a_transcript_and_in_the_whole_product(
    flow: str, language: str, typed: str, tmp_path: Path
) -> None:
    file = tmp_path / "saved.yaml"
    saved = rehearse(flow, typed, "--language", language, "--save", str(file))
    assert saved.exit_code == 0
    assert "012345" not in file.read_text()
    transcript = read_transcript(file)
    replay(transcript, ConversationPhone(FLOWS[flow], transcript.called, VALUES))
    whole = WholePhone(tmp_path, transcript.called)
    try:
        replay(transcript, whole)
    finally:
        whole.close()


def test_a_transcript_is_replayed() -> None:
    told = rehearse("link-readout", "", "--replay", str(TRANSCRIPTS / "readout.right.ja.yaml"))
    assert told.exit_code == 0
    assert "goes as it is written, and ends with pass/right_passcode" in told.output


def test_a_replay_says_where_the_call_goes_otherwise(tmp_path: Path) -> None:
    written = (TRANSCRIPTS / "readout.not_me.ja.yaml").read_text()
    file = tmp_path / "other.yaml"
    file.write_text(written.replace("を押してください。", "を押しなさい。"))
    told = rehearse("link-readout", "", "--replay", str(file))
    assert told.exit_code == 1
    assert "entry 3: “お心当たりがあれば1を、なければ9を押しなさい。” is not heard" in told.output
    assert "what comes next is “お心当たりがあれば1を、なければ9を押してください。" in told.output


@pytest.mark.parametrize("text", ["", "- hears: x", "calls: x", "- calls: {flow: 1}\n- ends: x"])
def test_what_is_no_transcript_is_told(text: str, tmp_path: Path) -> None:
    file = tmp_path / "no.yaml"
    file.write_text(text)
    told = rehearse("link-readout", "", "--replay", str(file))
    assert told.exit_code
    assert str(file) in str(told.exception)


def test_a_transcript_of_another_flow_is_told() -> None:
    told = rehearse("link-keyin", "", "--replay", str(TRANSCRIPTS / "readout.right.ja.yaml"))
    assert told.exit_code == 2
    assert "of link-readout, not of link-keyin" in told.output
