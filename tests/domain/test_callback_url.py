import pytest

from ivr.domain.callback_url import check_callback
from ivr.domain.errors import Code, Refused

PREFIXES = ("https://bank.example/callbacks", "https://desk.example:8443/")


def is_allowed(url: str | None, *prefixes: str) -> bool:
    try:
        check_callback(url, prefixes or PREFIXES)
    except Refused as refused:
        return (refused.code, refused.field) != (Code.CALLBACK_NOT_ALLOWED, "callback_url")
    return True


@pytest.mark.parametrize(
    "url",
    [
        None,
        "https://bank.example/callbacks",
        "https://bank.example/callbacks/",
        "https://bank.example/callbacks/one/two",
        "https://bank.example/callbacks?of=one",
        "https://bank.example:443/callbacks/one",
        "https://BANK.example/callbacks/one",
        "HTTPS://bank.example/callbacks/one",
        "https://desk.example:8443/anything",
    ],
)
def test_a_callback_under_a_registered_prefix_is_allowed(url: str | None) -> None:
    assert is_allowed(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/callbacks",
        "//bank.example/callbacks",
        "bank.example/callbacks",
        "http://bank.example/callbacks",
        "ftp://bank.example/callbacks",
        "javascript:alert(1)",
        "https:///callbacks",
        "https://bank.example",
        "https://bank.example/callback",
        "https://bank.example/callbacks-of-a-thief",
        "https://bank.example/Callbacks",
        "https://bank.example/other/callbacks",
        "https://bank.example.evil.test/callbacks",
        "https://bank.example./callbacks",
        "https://evil.test/https://bank.example/callbacks",
        "https://bank.example@evil.test/callbacks",
        "https://evil.test#@bank.example/callbacks",
        "https://evil.test\\@bank.example/callbacks",
        "https://someone:secret@bank.example/callbacks",
        "https://bank.example:444/callbacks",
        "https://bank.example:0/callbacks",
        "https://bank.example:99999/callbacks",
        "https://bank.example:https/callbacks",
        "https://bank.example/callbacks/../admin",
        "https://bank.example/callbacks/./one",
        "https://bank.example/callbacks/%2e%2e/admin",
        "https://bank.example/callbacks;x",
        "https://bank.example/callbacks#fragment",
        "https://bank.example/callbacks one",
        "https://bank.example/call\nbacks",
        "https://bank.example/call\tbacks",
        " https://bank.example/callbacks",
        "https://bank.example/callbacks\x00",
        "https://ｂank.example/callbacks",
        "https://bank。example/callbacks",
        "https://bänk.example/callbacks",
        "https://[::1/callbacks",
        "https://[v1.x]/callbacks",
        "https://desk.example/anything",
        "https://bank.example/callbacks/" + "x" * 500,
    ],
)
def test_a_callback_elsewhere_is_refused_however_it_is_dressed(url: str) -> None:
    assert not is_allowed(url)


def test_a_client_without_prefixes_has_no_callbacks() -> None:
    with pytest.raises(Refused):
        check_callback("https://bank.example/callbacks", ())


def test_a_registered_prefix_that_is_no_url_allows_nothing() -> None:
    assert not is_allowed("https://bank.example/", "bank.example", "https://bank.example@x/")


def test_http_and_addresses_are_allowed_only_where_they_were_registered_so() -> None:
    assert is_allowed("http://127.0.0.1:9000/verdicts", "http://127.0.0.1:9000")
    assert is_allowed("http://[::1]:9000/verdicts", "http://[::1]:9000")
    assert not is_allowed("https://127.0.0.1:9000/verdicts", "http://127.0.0.1:9000")
