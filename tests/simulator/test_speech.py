from xml.etree import ElementTree as ET

import pytest

from ivr.simulator.network import ssml
from ivr.simulator.network.speech import Piece, Spoken, speak
from ivr.simulator.network.trouble import TwimlError


def spoken(inside: str, language: str = "ja-JP") -> Spoken:
    say = ET.fromstring(f"<Say>{inside}</Say>")  # noqa: S314 - written in this file
    return speak(ssml.pieces(say, language=language), language=language, voice="v")


def test_an_english_sentence_takes_about_as_long_as_a_voice_needs() -> None:
    sentence = "If you made this request, press one. If you did not, press nine."
    assert 4.5 < spoken(sentence, "en-US").seconds < 7


def test_a_japanese_sentence_takes_about_as_long_as_a_voice_needs() -> None:
    sentence = "お申し込みに心当たりがあるかたは1を、ないかたは9を押してください。"
    assert 5 < spoken(sentence).seconds < 8


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("如果是您本人申请的，请按1。如果不是，请按9。", "cmn-CN"),
        ("본인이 신청하셨으면 1번을, 아니면 9번을 눌러 주십시오.", "ko-KR"),
        ("Nếu đúng là quý khách, xin bấm số 1. Nếu không phải, xin bấm số 9.", "vi-VN"),
        ("Se foi o senhor ou a senhora, aperte 1. Se não foi, aperte 9.", "pt-BR"),
    ],
)
def test_other_languages_take_about_as_long(sentence: str, language: str) -> None:
    assert 4 < spoken(sentence, language).seconds < 7


def test_a_slow_rate_makes_words_longer_and_silences_not() -> None:
    plain, slow = spoken("ゼロ"), spoken('<prosody rate="50%">ゼロ</prosody>')
    assert slow.seconds == pytest.approx(2 * plain.seconds)
    assert (plain.rate, slow.rate) == (1.0, 0.5)
    silent = spoken('<prosody rate="x-slow"><break time="2s"/></prosody>')
    assert silent.seconds == 2.0


def test_rates_within_rates_multiply() -> None:
    inside = '<prosody rate="50%">ゼロ<prosody rate="50%">イチ</prosody></prosody>'
    assert spoken(inside).rate == 0.25


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ('<break time="500ms"/>', 0.5),
        ('<break time="1.5s"/>', 1.5),
        ("<break/>", 0.4),
        ('<break strength="x-strong"/>', 1.0),
        ('<break strength="none"/>', 0.0),
    ],
)
def test_a_break_is_as_long_as_it_says(given: str, seconds: float) -> None:
    assert spoken(given).seconds == seconds


def test_words_on_both_sides_of_a_break_do_not_grow_together() -> None:
    assert spoken('one<break time="1s"/>two', "en-US").text == "one two"
    assert spoken('番号は、<break time="1s"/>ゼロ').text == "番号は、ゼロ"


@pytest.mark.parametrize("way", ["digits", "characters", "spell-out", "telephone"])
def test_digits_one_by_one_are_heard_one_by_one(way: str) -> None:
    assert spoken(f'<say-as interpret-as="{way}">0123</say-as>').text == "0 1 2 3"


def test_other_readings_leave_the_words_as_they_are() -> None:
    assert spoken('<say-as interpret-as="date">12月3日</say-as>').text == "12月3日"


def test_a_substitute_is_heard_instead_of_the_words() -> None:
    assert spoken('<sub alias="ほんにん">本人</sub>銀行').text == "ほんにん銀行"


def test_a_phoneme_is_shown_as_its_words() -> None:
    assert (
        spoken('<phoneme alphabet="x-amazon-pron-kana" ph="ニッポン">日本</phoneme>').text == "日本"
    )


def test_paragraphs_and_sentences_end_in_a_silence() -> None:
    apart = spoken("<p>はい</p><s>いいえ</s>")
    assert apart.text == "はい いいえ"
    assert apart.seconds == pytest.approx(spoken("はい いいえ").seconds + 0.7 + 0.4)


def test_another_language_within_takes_its_own_pace() -> None:
    mixed = spoken('<lang xml:lang="en-US">hello there</lang>')
    assert mixed.seconds == spoken("hello there", "en-US").seconds
    assert mixed.text == "hello there"


def test_white_space_is_one_space() -> None:
    assert spoken("  one \n  two ", "en-US").text == "one two"


@pytest.mark.parametrize(
    "wrong",
    [
        "<audio/>",
        '<break time="soon"/>',
        '<break time="11s"/>',
        '<break strength="huge"/>',
        '<prosody rate="hasty">x</prosody>',
    ],
)
def test_what_no_voice_takes_is_an_error(wrong: str) -> None:
    with pytest.raises(TwimlError) as caught:
        spoken(wrong)
    assert caught.value.code == 13520


def test_a_text_takes_the_same_time_every_time() -> None:
    words = [Piece(text="こんにちは。", language="ja-JP")]
    assert speak(words, language="ja-JP", voice="a") == speak(words, language="ja-JP", voice="a")
