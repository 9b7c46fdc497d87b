import pytest

from ivr.domain.callflow import Pace, Rest
from ivr.domain.reading import Spoken
from ivr.domain.spoken_time import SPEECH, rest_after, seconds

MORAE_A_SECOND = SPEECH["ja"].units_a_second
SYLLABLES_A_SECOND = SPEECH["en"].units_a_second


def spoken(*parts: str | Rest, language: str = "ja", pace: Pace = Pace.NORMAL) -> float:
    return seconds(Spoken(parts=parts, language=language, pace=pace))


@pytest.mark.parametrize(
    ("text", "morae"),
    [
        ("ありがとう", 5),
        ("キュウ", 2),
        ("でんわばんごう", 7),
        ("がっこう", 4),
        ("クモペイ", 4),
        ("9", 2),
        ("銀行", 3.8),
        ("押す", 2.5),
    ],
)
def test_japanese_is_counted_in_morae(text: str, morae: float) -> None:
    assert spoken(text) == pytest.approx(morae / MORAE_A_SECOND)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("お申し込みがありました", "おもうしこみがありました"),
        (
            "お心当たりがあれば1を、なければ9を押してください",
            "おこころあたりがあればいちを、なければきゅうをおしてください",
        ),
        ("銀行や警察がたずねることはありません", "ぎんこうやけいさつがたずねることはありません"),
        ("口座番号の終わりは", "こうざばんごうのおわりは"),
        (
            "つなぐと、この口座のお金を使えるようになります",
            "つなぐと、このこうざのおかねをつかえるようになります",
        ),
        ("お返事を確かめられませんでした", "おへんじをたしかめられませんでした"),
        (
            "画面に出ている番号を、電話のボタンで押してください",
            "がめんにでているばんごうを、でんわのボタンでおしてください",
        ),
        ("申し訳ございません", "もうしわけございません"),
    ],
)
def test_the_estimate_for_kanji_is_right_to_a_tenth(written: str, read: str) -> None:
    assert spoken(written) == pytest.approx(spoken(read), rel=0.1)


@pytest.mark.parametrize(
    ("text", "syllables"), [("If that was you press one", 6), ("police asked", 4), ("thanks", 1)]
)
def test_english_is_counted_in_syllables(text: str, syllables: float) -> None:
    counted = spoken(text, language="en") * SYLLABLES_A_SECOND
    assert counted == pytest.approx(syllables, abs=0.3)


def test_an_english_word_in_japanese_is_a_few_morae() -> None:
    assert 2 <= spoken("English") * MORAE_A_SECOND <= 5


def test_commas_and_stops_rest() -> None:
    ja, en = SPEECH["ja"], SPEECH["en"]
    assert spoken("はい、はい。") == pytest.approx(spoken("はいはい") + ja.comma + ja.stop)
    yes = spoken("Yes", language="en")
    assert spoken("Yes, yes.", language="en") == pytest.approx(2 * yes + en.comma + en.stop)


def test_the_rest_after_words_is_that_of_their_last_sign() -> None:
    assert rest_after("はい。", "ja") == SPEECH["ja"].stop
    assert rest_after("はい、", "ja") == SPEECH["ja"].comma
    assert rest_after("はい", "ja") == rest_after("", "ja") == 0


def test_a_slow_voice_takes_longer_over_words_and_rests_were_lengthened_before() -> None:
    assert spoken("ありがとう", pace=Pace.SLOW) == pytest.approx(spoken("ありがとう") / 0.8)
    assert spoken(Rest(700), pace=Pace.SLOW) == pytest.approx(0.7)
