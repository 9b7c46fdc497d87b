"""Which letters each language's voices read: what stands in others falls silent, or sounds like something else.

Knows scripts. Does not know words.
"""

from __future__ import annotations

import re
from typing import Final

_LATIN: Final = "A-Za-zªºÀ-ɏḀ-ỿＡ-Ｚａ-ｚ"
_HAN: Final = "々〆〇㐀-鿿\uf900-\ufaff\U00020000-\U000323af"
"""With the rarer ones in which names are written, as in 宮﨑 and 𠮷野."""
_KANA: Final = "ぁ-ヿｦ-ﾟ"
_HANGUL: Final = "ㄱ-ㆎ가-힣"
_READ: Final = {
    language: re.compile(f"[{_LATIN}{script}]")
    for language, script in {
        "ja": _KANA + _HAN,
        "en": "",
        "zh": _HAN,
        "ko": _HANGUL + _HAN,
        "vi": "",
        "pt": "",
    }.items()
}


def unread_in(words: str, language: str) -> str:
    """Return the first letters in a row that no voice of the language reads; empty where there are none."""
    read, found = _READ[language], ""
    for sign in words:
        if sign.isalpha() and not read.match(sign):
            found += sign
        elif found:
            break
    return found


def holds_words(words: str) -> bool:
    """Tell whether there is anything to say: a letter or a digit, not signs alone."""
    return any(sign.isalnum() for sign in words)
