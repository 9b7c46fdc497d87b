import pytest

from ivr.domain.money import spoken_yen
from ivr.domain.reading import LANGUAGES

AMOUNTS = (1, 500, 10_000, 30_000, 100_005, 123_456, 1_000_000, 2_500_000, 100_000_000)
WRITTEN = {
    "ja": "1円 500円 1万円 3万円 10万5円 12万3456円 100万円 250万円 1億円",
    "en": "1_yen 500_yen 10,000_yen 30,000_yen 100,005_yen 123,456_yen 1,000,000_yen 2,500,000_yen "
    "100,000,000_yen",
    "zh": "1日元 500日元 1万日元 3万日元 10万零5日元 12万3456日元 100万日元 250万日元 1亿日元",
    "ko": "1_엔 500_엔 1만_엔 3만_엔 10만_5_엔 12만_3456_엔 100만_엔 250만_엔 1억_엔",
    "vi": "1_yên 500_yên 10.000_yên 30.000_yên 100.005_yên 123.456_yên 1.000.000_yên 2.500.000_yên "
    "100.000.000_yên",
    "pt": "1_iene 500_ienes 10.000_ienes 30.000_ienes 100.005_ienes 123.456_ienes "
    "1.000.000_de_ienes 2.500.000_ienes 100.000.000_de_ienes",
}


@pytest.mark.parametrize("language", WRITTEN)
def test_an_amount_is_written_as_the_language_counts(language: str) -> None:
    written = [spoken_yen(amount, language).replace(" ", "_") for amount in AMOUNTS]
    assert written == WRITTEN[language].split(" ")


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (10_005, "1万零5日元"),
        (10_500, "1万零500日元"),
        (15_000, "1万5000日元"),
        (100_000_005, "1亿零5日元"),
        (100_005_000, "1亿零5000日元"),
        (100_050_000, "1亿零5万日元"),
        (150_000_000, "1亿5000万日元"),
        (100_050_005, "1亿零5万零5日元"),
    ],
)
def test_a_chinese_amount_says_where_places_are_empty(amount: int, written: str) -> None:
    assert spoken_yen(amount, "zh") == written


def test_an_amount_can_be_said_wherever_digits_can() -> None:
    assert WRITTEN.keys() >= LANGUAGES
