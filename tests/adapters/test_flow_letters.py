"""Which letters a voice reads, and what is anything to say at all."""

import pytest

from ivr.adapters.flows.letters import holds_words, unread_in
from ivr.domain.reading import LANGUAGES


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ja", "宮﨑銀行の𠮷野です。ＡＢＣ、ｶﾅ、№1、時々、〇ヶ月、コーヒー"),
        ("en", "It’s “naïve” — café, press 1 (or *)."),
        ("zh", "您的验证码是，nǐ hǎo，䶮"),
        ("ko", "銀行 은행입니다, OK"),
        ("vi", "Xin quý khách bấm số 1, ngân hàng"),
        ("pt", "Não é o senhor? Aperte a 9ª tecla: ação"),
    ],
)
def test_a_language_is_written_in_its_own_letters_and_in_latin_ones(
    language: str, words: str
) -> None:
    assert unread_in(words, language) == ""


@pytest.mark.parametrize(
    ("language", "words", "unread"),
    [
        ("ja", "Нonnin", "Н"),
        ("ja", "은행です", "은행"),
        ("en", "Goodbye. 失礼いたします。", "失礼いたします"),
        ("zh", "再见です", "です"),
        ("ko", "안녕です", "です"),
        ("vi", "Xin chào 銀行", "銀行"),
        ("pt", "аdeus", "а"),
    ],
)
def test_letters_of_another_are_named(language: str, words: str, unread: str) -> None:
    assert unread_in(words, language) == unread


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_its_letters(language: str) -> None:
    assert unread_in("a1。", language) == ""


@pytest.mark.parametrize("signs", ["", "。", "…☎", "⠀", "  ", "*#"])
def test_signs_alone_are_nothing_to_say(signs: str) -> None:
    assert not holds_words(signs)


def test_a_digit_is_something_to_say() -> None:
    assert holds_words("9。")
