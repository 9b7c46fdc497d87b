import wave
from pathlib import Path

from click.testing import CliRunner, Result

from ivr.cli.flow import command
from ivr.domain.conversation import Happening
from ivr.rehearsal.paths import beginning_of, paths_of
from tests.rehearsal.shipped import FLOWS, values_of


def listen(file: Path, *options: str) -> Result:
    arguments = ["listen", "link-readout", "-o", str(file), *options]
    return CliRunner().invoke(command, arguments)


def seconds_of(file: Path) -> float:
    with wave.open(str(file)) as opened:
        assert (opened.getnchannels(), opened.getsampwidth()) == (1, 2)
        return float(opened.getnframes() / opened.getframerate())


def test_a_way_is_heard_about_as_long_as_it_is_reckoned(tmp_path: Path) -> None:
    file = tmp_path / "call.wav"
    told = listen(file, "--keys", "1,9", "--language", "en")
    assert told.exit_code == 0
    assert "fail/not_me" in told.output
    flow = FLOWS["link-readout"]
    paths = {path.answers: path for path in paths_of(flow, "en", values_of(flow))}
    assert 0.85 < paths["1", "9"].seconds / seconds_of(file) < 1.15


def test_silence_and_the_slow_pace_take_longer(tmp_path: Path) -> None:
    quick, silent, slow = (tmp_path / name for name in ("quick.wav", "silent.wav", "slow.wav"))
    assert listen(quick, "--language", "en", "--keys", "1").exit_code == 0
    assert listen(silent, "--language", "en", "--keys", "nothing,1").exit_code == 0
    assert listen(slow, "--language", "en", "--keys", "1", "--pace", "slow").exit_code == 0
    assert seconds_of(silent) > seconds_of(quick) + 9
    assert seconds_of(slow) > seconds_of(quick) * 1.2


def test_a_key_after_the_end_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    told = listen(tmp_path / "call.wav", "--language", "en", "--keys", "9,1")
    assert told.exit_code == 2
    assert "at 1 (2)" in told.output
    assert not (tmp_path / "call.wav").exists()


def test_every_way_of_a_flow_is_followed_to_its_end() -> None:
    flow = FLOWS["link-readout"]
    paths = {path.answers: path for path in paths_of(flow, "ja", values_of(flow))}
    assert paths["9",].happened == (Happening.NOT_ME_REPORTED,)
    assert paths["1", "9"].steps == ("greet", "warn", "read", "not_me", "put_through", "desk")
    assert paths["silence",].seconds > 2 * paths["9",].seconds / 1.5
    assert len(paths) == len({path.answers for path in paths.values()})


def test_a_keyin_call_has_no_first_digit_and_a_readout_has() -> None:
    readout, keyin = FLOWS["link-readout"], FLOWS["link-keyin"]
    told = beginning_of(readout, "ja", values_of(readout))
    assert told.asked
    assert told.first_digit
    assert told.who_and_why < told.asked < told.first_digit
    assert beginning_of(keyin, "ja", values_of(keyin)).first_digit is None
