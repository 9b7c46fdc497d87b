"""The guises in which a passcode, a number or an account could lie somewhere.

Knows how digits are written, spoken, encoded and hashed without a key. Does not know where anybody
looks. What is encoded is opened instead of guessed: `layers` takes percent signs, escapes, base64,
base32 and hexadecimal off, twice over, at every alignment.
"""

import base64
import hashlib
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from urllib.parse import unquote_to_bytes

KANA = ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ")
ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
OTHERS = {
    "zh": ("零", "幺", "二", "三", "四", "五", "六", "七", "八", "九"),
    "ko": ("공", "하나", "둘", "삼", "넷", "오", "여섯", "칠", "팔", "아홉"),
    "vi": ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"),
    "pt": ("zero", "um", "dois", "três", "quatro", "cinco", "meia", "sete", "oito", "nove"),
}
FULL_WIDTH = "０１２３４５６７８９"
SUBSCRIBER = 8  # the last digits of a Japanese number; no form of the number goes without them
SHORTEST_DIGEST = 8  # bytes; what is cut shorter could be anything


class Kind(StrEnum):
    """What must not lie about."""

    SPOKEN = "a passcode that a call spoke"
    SHOWN = "a passcode that a page showed"
    TYPED = "a wrong passcode that was typed"
    NUMBER = "a registered number"
    ACCOUNT = "an account number"
    BODY = "a body that holds one of these, as an unkeyed hash"


PASSCODES = frozenset({Kind.SPOKEN, Kind.SHOWN, Kind.TYPED})


@dataclass(frozen=True, kw_only=True)
class Secret:
    """One value to look for. `owner` is the verification that it belongs to, where it is one's alone."""

    kind: Kind
    value: str
    owner: str = ""

    @property
    def core(self) -> str:
        """The digits that no way of writing it goes without; empty for a body."""
        digits = "".join(filter(str.isdigit, self.value))
        match self.kind:
            case Kind.BODY:
                return ""
            case Kind.NUMBER:
                return digits[-SUBSCRIBER:]
            case Kind.ACCOUNT:
                return self.value.rpartition("-")[2]
            case _:
                return digits


# Written.


def spellings(secret: Secret) -> Iterator[str]:
    """Give the ways of writing it that somebody might hash."""
    match secret.kind:
        case Kind.BODY:
            yield secret.value
        case Kind.NUMBER:
            yield from _numbers(secret.value)
        case Kind.ACCOUNT:
            branch, _, number = secret.value.partition("-")
            plain = (secret.value, branch + number, f"{branch} {number}", number)
            yield from (*plain, full_width(secret.value), full_width(branch + number))
            yield from (f"honnin{joint}{each}" for joint in _JOINTS for each in plain)
        case _:
            yield from _codes(secret)


_JOINTS = ("", ":", "/", "|", "-", "\0")


def _numbers(e164: str) -> Iterator[str]:
    home = "0" + e164.removeprefix("+81")
    area = 3 if home.startswith("090") else 2
    parts = (home[:area], home[area:-4], home[-4:])
    abroad = ("+81", parts[0][1:], *parts[1:])
    yield from (e164, e164[1:], f"tel:{e164}", home, home[-SUBSCRIBER:], full_width(home))
    for joint in ("-", " "):
        yield from (joint.join(parts), joint.join(abroad))
    yield from (f"({parts[0]}){parts[1]}-{parts[2]}", in_words(home, KANA), e164 + "\n")


def _codes(secret: Secret) -> Iterator[str]:
    code, owner = secret.value, secret.owner
    yield from (code, code + "\n", str(int(code)), f'"{code}"', full_width(code))
    yield from (f"{code[:3]}{joint}{code[3:]}" for joint in "- ")
    yield from (in_words(code, KANA, joint) for joint in ("", " ", "、"))
    yield from (f'{{"passcode":{space}"{code}"}}' for space in ("", " "))
    if owner:
        yield from (f"{owner}{joint}{code}" for joint in _JOINTS)
        yield from (f"{code}{joint}{owner}" for joint in _JOINTS)


def full_width(text: str) -> str:
    """Write digits as Japanese keyboards do."""
    return text.translate({ord(str(digit)): wide for digit, wide in enumerate(FULL_WIDTH)})


def in_words(digits: str, words: tuple[str, ...], joint: str = "") -> str:
    """Write digits as words."""
    return joint.join(words[int(digit)] for digit in digits)


# Hashed.

_HASHES = (
    *(getattr(hashlib, f"sha{bits}") for bits in (1, 224, 256, 384, 512)),
    *(hashlib.md5, hashlib.sha3_256, hashlib.sha3_512, hashlib.blake2s),
    *(partial(hashlib.blake2b, digest_size=size) for size in (*range(8, 33), 64)),
)


def digests(data: bytes) -> Iterator[bytes]:
    """Give the beginning of every unkeyed hash of `data`."""
    for make in _HASHES:
        yield make(data).digest()[:SHORTEST_DIGEST]


# Encoded.

# One percent sign alone counts before a separator or base64's signs: in binary data they are everywhere.
_PERCENT = re.compile(rb"(?:%[0-9a-fA-F]{2}){2,}|%2[0-9a-fA-F]|%3[a-fA-F]")
_ESCAPE = re.compile(rb"\\u([0-9a-fA-F]{4})")
_HEX = re.compile(rb"[0-9a-fA-F]{12,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_BASE32 = re.compile(rb"[A-Za-z2-7]{10,}")
_URLSAFE = bytes.maketrans(b"-_", b"+/")


def layers(data: bytes, depth: int = 2) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """Give `data` as it is, and whatever comes out when it is decoded, each with how."""
    yield (), data
    if depth:
        for how, inner in _opened(data):
            for more, found in layers(inner, depth - 1):
                yield (how, *more), found


def _opened(data: bytes) -> Iterator[tuple[str, bytes]]:
    if _PERCENT.search(data):
        yield "percent", _PERCENT.sub(lambda found: unquote_to_bytes(found[0]), data)
    if b"\\u" in data or b"&#" in data:
        plain = _ESCAPE.sub(lambda found: f"&#x{found[1].decode()};".encode(), data)
        yield (
            "escapes",
            html.unescape(plain.decode(errors="surrogateescape")).encode(errors="surrogateescape"),
        )
    runs = _HEX.findall(data)
    for shift in range(2) if runs else ():
        yield "hex", _joined(_from_hex(run[shift:]) for run in runs)
    runs = [run.translate(_URLSAFE) for run in _BASE64.findall(data)]
    for shift in range(4) if runs else ():
        yield "base64", _joined(_from_base64(run[shift:]) for run in runs)
    runs = [run.upper() for run in _BASE32.findall(data)]
    for shift in range(8) if runs else ():
        yield "base32", _joined(_from_base32(run[shift:]) for run in runs)


def _joined(parts: Iterable[bytes]) -> bytes:
    return b"\n".join(parts)


def _from_hex(run: bytes) -> bytes:
    return bytes.fromhex(run[: len(run) // 2 * 2].decode())


def _from_base64(run: bytes) -> bytes:
    return base64.b64decode(run + b"A" * (-len(run) % 4))


def _from_base32(run: bytes) -> bytes:
    return base64.b32decode(run + b"A" * (-len(run) % 8))


# Spoken.

_WORDS: dict[str, str] = {
    **{word: str(digit) for digit, word in enumerate(KANA)},
    **{word: str(digit) for digit, word in enumerate(ENGLISH)},
    **{word: str(digit) for digit, word in enumerate("〇一二三四五六七八九")},
    **{word: str(digit) for words in OTHERS.values() for digit, word in enumerate(words)},
    "レイ": "0",
    "マル": "0",
    "零": "0",
    "シ": "4",
    "シチ": "7",
    "ク": "9",
    "oh": "0",
}
_WORD = re.compile("|".join(sorted(_WORDS, key=len, reverse=True)))
_GAP = r"(?:<[^<>]{0,80}>|[\s、。,.・:;/_|-]){0,8}"
_RUN = re.compile(f"(?:{_WORD.pattern})(?:{_GAP}(?:{_WORD.pattern})){{5,}}")
_HIRAGANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}


def text_of(data: bytes) -> str:
    """Read bytes as text in which full-width and half-width signs are the plain ones."""
    text = data.decode(errors="replace")
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def numbers_spoken(text: str) -> list[str]:
    """List what is spoken digit by digit, six digits or more, in any language that calls speak."""
    plain = text.lower() if text.isascii() else text.lower().translate(_HIRAGANA)
    return ["".join(_WORDS[word] for word in _WORD.findall(run)) for run in _RUN.findall(plain)]
