import io
import wave

import pytest

from ivr.domain.callflow import Pace, Rest
from ivr.domain.reading import LANGUAGES, Spoken, read_text
from ivr.domain.spoken_time import seconds
from ivr.rehearsal.graph import spoken_texts
from ivr.rehearsal.sound import SAMPLES_A_SECOND, Recorder
from tests.rehearsal.shipped import FLOWS, values_of

WORDS = {
    "ja": "こちらは、ほんにん銀行です。",
    "en": "This is Honnin Bank. Thank you.",
    "zh": "这里是本人银行。谢谢您接听。",
    "ko": "여기는 혼닌은행입니다. 감사합니다.",
    "vi": "Đây là ngân hàng Honnin. Xin cảm ơn.",
    "pt": "Aqui é o Banco Honnin. Agradecemos.",
}


def recorded(*passages: Spoken) -> Recorder:
    recorder = Recorder()
    recorder.speak(passages)
    return recorder


def words(language: str, pace: Pace = Pace.NORMAL) -> Spoken:
    return Spoken(parts=(WORDS[language],), language=language, pace=pace)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_a_voice_that_is_heard(language: str) -> None:
    with wave.open(io.BytesIO(recorded(words(language)).wav())) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        assert file.getframerate() == SAMPLES_A_SECOND
        assert 1 < file.getnframes() / SAMPLES_A_SECOND < 6
        samples = file.readframes(file.getnframes())
    loudest = max(abs(sample) for sample in memoryview(samples).cast("h"))
    assert 10_000 < loudest < 32_000


@pytest.mark.parametrize("language", ["ja", "en"])
def test_slow_words_take_about_a_quarter_more(language: str) -> None:
    normal = recorded(words(language)).seconds
    slow = recorded(words(language, Pace.SLOW)).seconds
    assert 1.1 < slow / normal < 1.4


def test_a_rest_is_as_long_as_it_is_written() -> None:
    spoken = Spoken(parts=("はい", Rest(2000), "はい"), language="ja", pace=Pace.NORMAL)
    one = recorded(Spoken(parts=("はい",), language="ja", pace=Pace.NORMAL)).seconds
    assert recorded(spoken).seconds == pytest.approx(2 * one + 2, abs=0.01)


def test_the_japanese_estimate_is_right_to_a_tenth_of_what_is_heard() -> None:
    flow = FLOWS["link-readout"]
    for step in flow.steps.values():
        for text in spoken_texts(step, "ja", Pace.NORMAL):
            passages = read_text(text, values_of(flow)["ja"], "ja", Pace.NORMAL)
            estimate = sum(map(seconds, passages))
            assert estimate == pytest.approx(recorded(*passages).seconds, rel=0.1), step.name
