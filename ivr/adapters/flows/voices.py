"""The carrier's voices, by language.

Knows names only, as the carrier publishes them (2026-11). Does not know how they sound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final


def _polly(*names: str) -> Iterator[str]:
    return (f"Polly.{name}" for name in names)


def _google(locale: str, letters: str) -> Iterator[str]:
    return (
        f"Google.{locale}-{family}-{letter}"
        for family in ("Standard", "Wavenet")
        for letter in letters
    )


VOICES: Final[Mapping[str, frozenset[str]]] = {
    "ja": frozenset(
        {
            *_polly("Mizuki", "Takumi", "Takumi-Neural", "Kazuha-Neural", "Tomoko-Neural"),
            *_google("ja-JP", "BCD"),
        }
    ),
    "en": frozenset(
        {
            *_polly("Joanna", "Joanna-Neural", "Joey", "Joey-Neural", "Kendra", "Kendra-Neural"),
            *_polly("Kimberly", "Kimberly-Neural", "Matthew", "Matthew-Neural"),
            *_polly("Salli", "Salli-Neural", "Danielle-Neural", "Ruth-Neural", "Stephen-Neural"),
            *_google("en-US", "ABCDEFGHIJ"),
        }
    ),
    "zh": frozenset({*_polly("Zhiyu", "Zhiyu-Neural"), *_google("cmn-CN", "ABCD")}),
    "ko": frozenset({*_polly("Seoyeon", "Seoyeon-Neural"), *_google("ko-KR", "ABCD")}),
    "vi": frozenset(_google("vi-VN", "ABCD")),
    "pt": frozenset(
        {
            *_polly("Camila", "Camila-Neural", "Ricardo", "Vitoria", "Vitoria-Neural"),
            *_polly("Thiago-Neural"),
            *_google("pt-BR", "BC"),
        }
    ),
}
"""By language; only voices of the locale in which the language is rendered (`LOCALES` in `web/twiml.py`).

Amazon has no Vietnamese voice, so Google's are all there is.
"""
