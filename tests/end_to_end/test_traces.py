"""The leak test's own search: it finds what is hidden, and does not take everything for a passcode."""

import base64
import hashlib
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.end_to_end.guises import ENGLISH, KANA, OTHERS, Kind, Secret, full_width, in_words
from tests.end_to_end.traces import Search, Trace

CODE = Secret(kind=Kind.SPOKEN, value="071936", owner="vabcdefghijklmnop")
NUMBER = Secret(kind=Kind.NUMBER, value="+819047316285")
LANDLINE = Secret(kind=Kind.NUMBER, value="+81352918407")
ACCOUNT = Secret(kind=Kind.ACCOUNT, value="417-8036259")
BODY = Secret(kind=Kind.BODY, value='{"account": "417-8036259"}')
SEARCH = Search([CODE, NUMBER, LANDLINE, ACCOUNT, BODY])
PLACES = {
    "alone": b"%s",
    "in json": b'{"a": "x", "b": "%s", "c": 7}',
    "in a url": b"/v1/verifications/%s?wait=5",
    "in binary": b"\x93\x01\xa6%s\xff\x00\x81",
    "in a word": b"code_%s_ok",
}


def found_in(data: bytes) -> set[tuple[Kind, str]]:
    trace = Trace(sink="somewhere", part="all", place="here", data=data)
    return {(finding.secret.kind, " > ".join(finding.how)) for finding in SEARCH.find([trace])}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "written",
    [
        CODE.value,
        "071-936",
        "071 936",
        "07 19 36",
        "0-7-1-9-3-6",
        "0 7 1 9 3 6",
        full_width(CODE.value),
        full_width("071-936"),
        *(in_words(CODE.value, KANA, joint) for joint in ("", " ", "、", "　", "・")),
        in_words(CODE.value, KANA, '<break time="500ms"/>'),
        "ぜろ なな いち きゅう さん ろく",
        "ｾﾞﾛﾅﾅｲﾁｷｭｳｻﾝﾛｸ",
        "〇七一九三六",
        in_words(CODE.value, ENGLISH, ", "),
        *(in_words(CODE.value, words, " ") for words in OTHERS.values()),
        in_words(CODE.value, OTHERS["ko"], '<break time="500ms"/>'),
    ],
)
def test_a_passcode_is_found_as_it_is_written_or_spoken(place: str, written: str) -> None:
    assert Kind.SPOKEN in {kind for kind, _ in found_in(PLACES[place] % written.encode())}, written


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (Kind.NUMBER, "+819047316285"),
        (Kind.NUMBER, "09047316285"),
        (Kind.NUMBER, "090-4731-6285"),
        (Kind.NUMBER, "+81 90 4731 6285"),
        (Kind.NUMBER, "(03)5291-8407"),
        (Kind.NUMBER, "47316285"),
        (Kind.NUMBER, full_width("090-4731-6285")),
        (Kind.NUMBER, in_words("09047316285", KANA, "、")),
        (Kind.ACCOUNT, "417-8036259"),
        (Kind.ACCOUNT, "4178036259"),
        (Kind.ACCOUNT, "8036259"),
        (Kind.ACCOUNT, "803 6259"),
        (Kind.ACCOUNT, "41780362590719361234"),
        (Kind.ACCOUNT, in_words("8036259", KANA)),
    ],
)
def test_numbers_and_accounts_are_found_in_every_form(kind: Kind, written: str) -> None:
    for place in PLACES.values():
        assert kind in {found for found, _ in found_in(place % written.encode())}, written


@pytest.mark.parametrize("secret", [CODE, NUMBER, ACCOUNT], ids=lambda secret: secret.kind.name)
@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
@pytest.mark.parametrize(
    ("how", "encode"),
    [
        ("base64", base64.b64encode),
        ("base64", base64.urlsafe_b64encode),
        ("base64", lambda data: base64.b64encode(data).rstrip(b"=")),
        ("base32", base64.b32encode),
        ("base32", lambda data: base64.b32encode(data).lower().rstrip(b"=")),
        ("hex", lambda data: data.hex().encode()),
        ("hex", lambda data: data.hex().upper().encode()),
        ("percent", lambda data: "".join(f"%{byte:02X}" for byte in data).encode()),
        ("percent > base64", lambda data: quote(base64.b64encode(data), safe="").encode()),
        ("base64 > base64", lambda data: base64.b64encode(base64.b64encode(data))),
    ],
)
def test_what_is_encoded_is_found_at_every_alignment(
    secret: Secret, before: str, how: str, encode: Callable[[bytes], bytes]
) -> None:
    for written in (secret.value, full_width(secret.value), in_words(secret.core, KANA)):
        data = encode(f"{before}{written};".encode())
        for place in PLACES.values():
            ways = [way for kind, way in found_in(place % data) if kind == secret.kind]
            assert any(how.rpartition(" ")[2] in way for way in ways), written


@pytest.mark.parametrize(
    "make",
    [
        hashlib.md5,
        hashlib.sha1,
        hashlib.sha256,
        hashlib.sha512,
        hashlib.blake2b,
        lambda data: hashlib.blake2b(data, digest_size=8),
        lambda data: hashlib.blake2b(data, digest_size=10),
    ],
)
@pytest.mark.parametrize(
    ("kind", "hashed"),
    [
        (Kind.SPOKEN, CODE.value),
        (Kind.SPOKEN, full_width(CODE.value)),
        (Kind.SPOKEN, f"{CODE.owner}/{CODE.value}"),
        (Kind.SPOKEN, f'{{"passcode":"{CODE.value}"}}'),
        (Kind.NUMBER, NUMBER.value),
        (Kind.NUMBER, "09047316285"),
        (Kind.NUMBER, "03-5291-8407"),
        (Kind.ACCOUNT, ACCOUNT.value),
        (Kind.ACCOUNT, f"honnin/{ACCOUNT.value}"),
        (Kind.BODY, BODY.value),
    ],
)
def test_an_unkeyed_hash_is_found_whole_or_cut(
    make: Callable[[bytes], "hashlib._Hash"], kind: Kind, hashed: str
) -> None:
    digest = make(hashed.encode()).digest()
    for size in {8, 10, len(digest)}:
        cut = digest[:size]
        for shown in (
            b"\x01" + cut,
            cut.hex().encode(),
            base64.b64encode(cut),
            base64.urlsafe_b64encode(cut).rstrip(b"="),
            base64.b32encode(cut).lower().rstrip(b"="),
        ):
            assert kind in {found for found, _ in found_in(b"{p07}v" + shown + b"\n")}, size


@pytest.mark.parametrize(
    "innocent",
    [
        "account ••••6259, registered number +81••••••6285",
        f'{{"at": {int(time.time() * 1000)}, "exp": {int(time.time()) + 600}}}',
        "5a3f071936bb90cde1204417803f6",
        "0b071936-0719-4071-9071-936071936bee",
        "番号は、ゼロ。7を押してください。イチ キュウ",
        "2026-11-22T07:19:36.071+00:00",
        "071937 71936 0719 36",
    ],
)
def test_what_only_looks_like_a_passcode_is_left_alone(innocent: str) -> None:
    assert not found_in(innocent.encode())


def test_a_passcode_glued_to_a_hexadecimal_word_is_found() -> None:
    assert found_in(b"5a3f90cde1204417803f6071936")
    assert found_in(b"071936a5a3f90cde1204417803f6")
