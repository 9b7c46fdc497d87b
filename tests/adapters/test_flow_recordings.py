"""Recordings that flows play: found, listened to, timed, and refused where they may not be."""

import hashlib
from pathlib import Path

import pytest

from ivr.adapters.flows.compiler import compile_flows
from ivr.adapters.flows.faults import Faults
from ivr.adapters.flows.files import compile_release, load_book
from ivr.adapters.flows.times import Lengths, Manner, Times
from ivr.domain.callflow import Pace
from ivr.domain.conversation import Say, begin, turn
from ivr.domain.errors import FlowFault
from ivr.domain.release import ALL_BANKS
from ivr.settings import read_files
from tests.adapters.recorded import BYE, PLAIN, TONE, recorded, wav

FILES = read_files(Path("config"), [])


def faults_of(files: dict[str, bytes]) -> list[str]:
    faults = Faults()
    compile_flows(files, faults)
    return [str(fault) for fault in faults.in_order()]


def warnings_of(files: dict[str, bytes]) -> list[str]:
    faults = Faults()
    compile_flows(files, faults)
    assert not faults
    return [str(fault) for fault in faults.warnings() if fault.kind == "recording"]


@pytest.mark.parametrize(("name", "data"), [("stopped.wav", wav(2.0)), ("stopped.mp3", TONE)])
def test_a_recording_is_named_by_its_content_and_played_in_place_of_the_text(
    name: str, data: bytes
) -> None:
    text = recorded()["plain.yaml"].decode().replace("stopped.wav", name)
    book = compile_release(ALL_BANKS, recorded(text, data, name))
    (flow,) = book.flows
    played = f"{hashlib.sha256(data).hexdigest()}.{name[-3:]}"
    found = book.recording(played)
    assert found
    assert found.data == data
    assert found.media_type == {"wav": "audio/wav", "mp3": "audio/mpeg"}[name[-3:]]
    assert flow.recordings == {played: pytest.approx(2.0, abs=0.3)}
    first = turn(flow, begin(flow, "ja", Pace.NORMAL).position, "9").instructions[0]
    assert first == Say(("お申し込みを止めました。",), played)


def test_at_the_slow_pace_the_voice_reads_the_text() -> None:
    (flow,) = compile_release(ALL_BANKS, recorded()).flows
    first = turn(flow, begin(flow, "ja", Pace.SLOW).position, "9").instructions[0]
    assert first == Say(("お申し込みを止めました。",))


def test_its_seconds_count_as_spoken_time() -> None:
    (flow,) = compile_release(ALL_BANKS, recorded(audio=wav(7.0))).flows
    times = Times(Lengths(flow), FILES.banks["honnin"], FILES.wallets)
    said = {pace: times.said(flow.steps["not_me"], Manner("ja", pace)) for pace in Pace}
    assert said[Pace.NORMAL] == pytest.approx(7.0)
    assert said[Pace.SLOW] < 4


def test_a_release_changes_with_a_recording() -> None:
    first, other = (compile_release(ALL_BANKS, recorded(audio=wav(each))) for each in (2.0, 3.0))
    assert first.release != other.release


def test_a_folder_is_read_with_its_recordings(tmp_path: Path) -> None:
    for path, data in recorded().items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    book = load_book(tmp_path)
    assert all(map(book.recording, book.flows[0].recordings))
    assert len(book.flows[0].recordings) == 1
    (tmp_path / "audio" / "stopped.wav").unlink()
    with pytest.raises(FlowFault, match="no recording"):
        load_book(tmp_path)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "this cannot be played as wav"),
        (b"RIFF of nothing at all", "this cannot be played as wav"),
        (TONE, "this cannot be played as wav"),
        (wav(0.0), "the recording has 0.0 s"),
        (wav(61.0), "the recording has 61.0 s"),
        (wav(70.0) + bytes(1024 * 1024), "the recording has more than 1048576 bytes"),
        (wav(400_000.0, rate=1), "the recording has 1 channels of 1 Hz"),
        (wav(1.0, rate=192_000), "the recording has 1 channels of 192000 Hz"),
        (wav(1.0, channels=8), "the recording has 8 channels of 8000 Hz"),
    ],
)
def test_what_cannot_be_played_is_refused(data: bytes, reason: str) -> None:
    (fault,) = faults_of(recorded(audio=data))
    assert fault.startswith(f"audio/stopped.wav:1:1: (flow): {reason}; ")


def test_a_recording_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    (fault,) = faults_of({"plain.yaml": recorded()["plain.yaml"], "audio/stoped.wav": wav(1.0)})
    assert "not_me: there is no recording stopped.wav in audio/; did you mean stoped.wav?" in fault
    (fault,) = faults_of(
        recorded(recorded()["plain.yaml"].decode().replace("stopped.wav", "../a.txt"))
    )
    assert "not_me: there is no recording ../a.txt in audio/; save it as .mp3 or .wav" in fault


AUDIO = "audio: {ja: stopped.wav}"


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("  warn:\n", f"  warn:\n    {AUDIO}\n", "warn: a recorded warning"),
        ("  greet:\n", f"  greet:\n    {AUDIO}\n", "greet: a recording where consent is asked for"),
        (
            "  greet:\n",
            f"  greet:\n    {AUDIO}\n",
            "greet: a recording of a text with a placeholder",
        ),
        (
            "      say: {ja: 心当",
            f"      {AUDIO}\n      say: {{ja: 心当",
            "greet: a recording where consent is asked for",
        ),
        ("  sorry:\n", f"  sorry:\n    {AUDIO}\n", "sorry: a recorded apology"),
        (BYE, f"{BYE}    {AUDIO}\n", "bye: a recording of a text with a placeholder"),
        (
            "  read:\n    ask:\n",
            f"  read:\n    ask:\n      {AUDIO}\n",
            "read: a recording of a text with a placeholder",
        ),
        (
            "  closed:\n",
            "  closed:\n    audio: {en: stopped.wav}\n",
            "closed: a recording in en, in which nothing is said here",
        ),
        ("  closed:\n", "  closed:\n    audio: stopped.wav\n", "closed: audio is not a table"),
    ],
)
def test_a_recording_is_refused_where_the_words_must_be_what_was_checked(
    before: str, after: str, reason: str
) -> None:
    assert before in PLAIN
    found = faults_of(recorded(PLAIN.replace(before, after)))
    assert any(reason in fault for fault in found), found


def test_a_recording_for_the_keying_in_of_a_passcode_is_refused() -> None:
    keyin = Path("tests/callflows/good/keyin.yaml").read_text()
    text = keyin.replace("      keys: passcode", f"      {AUDIO}\n      keys: passcode")
    found = faults_of({"keyin.yaml": text.encode(), "audio/stopped.wav": wav(1.0)})
    assert any("a recording where a passcode is keyed in" in fault for fault in found), found


def test_a_recording_that_no_flow_plays_is_told() -> None:
    (warning,) = warnings_of(recorded(PLAIN))
    assert warning.startswith(
        "audio/stopped.wav:1:1: warning: (flow): no flow plays this recording"
    )
