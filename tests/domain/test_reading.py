import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.adapters.flows.voices import VOICES
from ivr.domain.callflow import WITH_PASSCODE, In, Mode, Pace, Purpose, Reading, Rest, Slot
from ivr.domain.errors import Impossible
from ivr.domain.reading import LANGUAGES, read_digits, read_text
from ivr.domain.spoken_time import SPEECH
from ivr.domain.words import PURPOSES, READINGS, available
from ivr.web.twiml import LOCALES

DIGITS = {
    "ja": ["ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ"],
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "zh": ["零", "幺", "二", "三", "四", "五", "六", "七", "八", "九"],
    "ko": ["공", "하나", "둘", "삼", "넷", "오", "여섯", "칠", "팔", "아홉"],
    "vi": ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"],
    "pt": ["zero", "um", "dois", "três", "quatro", "cinco", "meia", "sete", "oito", "nove"],
}


def words(digits: str, language: str = "ja", pace: Pace = Pace.NORMAL) -> list[str]:
    return [part for part in read_digits(digits, language, pace) if isinstance(part, str)]


def rests(digits: str, pace: Pace = Pace.NORMAL) -> list[int]:
    return [part.ms for part in read_digits(digits, "ja", pace) if isinstance(part, Rest)]


def test_a_leading_zero_is_spoken() -> None:
    for language, digits in DIGITS.items():
        assert words("012345", language) == digits[:6]


@pytest.mark.parametrize(
    ("language", "digits", "read"),
    [
        ("ja", "479", "ヨン ナナ キュウ"),
        ("zh", "17", "幺 七"),
        ("ko", "1269", "하나 둘 여섯 아홉"),
        ("pt", "36", "três meia"),
    ],
)
def test_digits_that_sound_alike_are_read_so_that_they_cannot_be_mistaken(
    language: str, digits: str, read: str
) -> None:
    assert words(digits, language) == read.split()


def test_every_language_is_known_wherever_languages_are() -> None:
    tables = (PURPOSES, SPEECH, LOCALES, VOICES)
    assert all(table.keys() == LANGUAGES for table in tables)
    assert DIGITS.keys() == LANGUAGES


def test_there_is_a_rest_after_each_digit_and_a_longer_one_in_the_middle() -> None:
    between = rests("012345")
    assert len(between) == 5
    assert between[2] == max(between) > min(between) >= 400
    assert len(set(between)) == 2


def test_a_telephone_number_rests_where_its_hyphens_are() -> None:
    assert words("03-45-6") == ["ゼロ", "サン", "ヨン", "ゴ", "ロク"]
    short, long, *others = rests("03-45-6")
    assert short < long
    assert others == [short, long]


def test_at_the_slow_pace_rests_are_longer_and_words_the_same() -> None:
    assert words("4567", pace=Pace.SLOW) == words("4567")
    pairs = zip(rests("4567", Pace.SLOW), rests("4567"), strict=True)
    assert all(slow > normal for slow, normal in pairs)


@given(st.text("0123456789", min_size=1, max_size=12), st.sampled_from(sorted(LANGUAGES)))
def test_every_digit_is_read_once_and_in_order(digits: str, language: str) -> None:
    assert words(digits, language) == [DIGITS[language][int(digit)] for digit in digits]


def test_what_is_said_in_another_language_is_spoken_by_itself() -> None:
    text = ("お電話です。", Slot("bank"), In("en"), "English.", Rest(500), In("ja"), "はい。")
    spoken = read_text(text, {"bank": "銀行"}, "ja", Pace.NORMAL)
    assert [(each.language, each.parts) for each in spoken] == [
        ("ja", ("お電話です。", "銀行")),
        ("en", ("English.", Rest(500))),
        ("ja", ("はい。",)),
    ]


def test_a_language_in_which_nothing_is_said_is_not_spoken() -> None:
    spoken = read_text((In("en"), In("zh"), "中文"), {}, "ja", Pace.NORMAL)
    assert [each.language for each in spoken] == ["zh"]


def test_a_text_is_filled_in_order() -> None:
    text = ("番号は、", Slot("passcode", Reading.DIGITS), Rest(1000), "。", Slot("bank"))
    values = {"passcode": "07", "bank": "ほんにん銀行"}
    (spoken,) = read_text(text, values, "ja", Pace.SLOW)
    first, *others = [part for part in spoken.parts if isinstance(part, str)]
    assert (first, others) == ("番号は、", ["ゼロ", "ナナ", "。", "ほんにん銀行"])
    assert Rest(1800) in spoken.parts
    assert (spoken.language, spoken.pace) == ("ja", Pace.SLOW)


def test_a_value_is_not_looked_into() -> None:
    values = {"wallet": "<Hangup/>{passcode|digits}"}
    (spoken,) = read_text((Slot("wallet"),), values, "en", Pace.NORMAL)
    assert spoken.parts == ("<Hangup/>{passcode|digits}",)


def test_a_placeholder_without_a_value_is_a_defect() -> None:
    with pytest.raises(Impossible):
        read_text((Slot("passcode", Reading.DIGITS),), {}, "ja", Pace.NORMAL)


def test_what_is_spoken_does_not_print_itself() -> None:
    spoken = read_text((Slot("passcode", Reading.DIGITS),), {"passcode": "012345"}, "ja", Pace.SLOW)
    assert "イチ" not in repr(spoken)


def test_a_purpose_has_words_in_every_language_that_can_be_spoken() -> None:
    assert PURPOSES.keys() == LANGUAGES
    assert all(PURPOSES[language].keys() == set(Purpose) for language in LANGUAGES)


LINK = (Purpose.LINK,)


def test_only_a_readout_has_a_passcode_to_speak() -> None:
    assert [mode for mode in Mode if available("passcode", mode, LINK)] == [Mode.READOUT]
    assert all(
        available(name, Mode.KEYIN, LINK)
        for name in READINGS.keys() - {"passcode", "amount", "reference"}
    )
    assert not available("reference", Mode.READOUT, LINK), "it is for the staff"
    assert not available("passcodes", Mode.READOUT, LINK)


def test_where_there_is_no_passcode_nothing_lives_for_so_many_minutes() -> None:
    assert {mode for mode in Mode if available("life", mode, LINK)} == WITH_PASSCODE


def test_an_amount_is_spoken_only_where_every_purpose_has_one() -> None:
    assert available("amount", Mode.READOUT, (Purpose.CHARGE, Purpose.CHANGE))
    assert not available("amount", Mode.READOUT, (Purpose.CHARGE, Purpose.LINK))
    assert not available("amount", Mode.INBOUND, ())


def test_whoever_calls_us_is_told_of_nobodys_account() -> None:
    names = {name for name in READINGS if available(name, Mode.INBOUND, ())}
    assert names == {"bank", "desk"}


def test_an_amount_is_read_as_an_amount() -> None:
    (spoken,) = read_text((Slot("amount", Reading.YEN),), {"amount": "30000"}, "en", Pace.SLOW)
    assert spoken.parts == ("30,000 yen",)
