"""The carrier's own library is the umpire."""

from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator

from ivr.simulator.network.behaviours import Step
from ivr.simulator.network.calls import Source
from ivr.simulator.network.signing import (
    SETTINGS,
    SIGNATURE,
    AuthTokenSigner,
    SharedKeySigner,
    signature,
    signed_url,
)
from tests.simulator.world import ACCOUNT, World, person, response, say

PUBLISHED = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]


def test_the_published_vector_comes_out() -> None:
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, PUBLISHED, algorithm="sha1") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    "url",
    [
        "https://bank.example/voice/abc?turn=3",
        "https://bank.example:8443/voice/abc",
        "http://127.0.0.1:8000/voice/abc",
        "http://127.0.0.1:8000/voice/a%2Fb?x=%E3%81%82",
        "https://bank.example/voice#rc=2&rp=5xx",
    ],
)
@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
def test_the_carriers_library_accepts_every_form_of_address(url: str, algorithm: str) -> None:
    form = [("To", "+819012345603"), ("CallerCity", ""), ("Digits", "012345"), ("msg", "あ b")]
    digest = algorithm.removeprefix("HMAC_").lower()
    made = signature("secret", url, form, algorithm=digest)
    sent_to = url.partition("#")[0]
    assert RequestValidator("secret").validate(sent_to, dict(form), made, algorithm)
    assert not RequestValidator("other").validate(sent_to, dict(form), made, algorithm)
    assert not RequestValidator("secret").validate(sent_to + "0", dict(form), made, algorithm)


def test_over_https_the_port_is_not_signed_and_over_http_it_is() -> None:
    assert signed_url("https://a.example:8443/x?y#z") == "https://a.example/x?y"
    assert signed_url("http://127.0.0.1:8000/x") == "http://127.0.0.1:8000/x"


def talk(world: World) -> World:
    world.answers["/keys"] = response()
    gather = f'<Gather numDigits="1" action="/keys?t=1" method="GET">{say("1を。")}</Gather>'
    world.call(response(gather), status_callback=Source(url="https://product.example:8443/status"))
    return world


def test_every_hook_of_a_call_is_signed_with_the_accounts_token() -> None:
    world = talk(World(behaviour=person(Step(question=True, press="1"))))
    assert {sent.path for sent in world.sent} == {"/voice", "/keys", "/status"}
    validator = RequestValidator(ACCOUNT.auth_token)
    for sent in world.sent:
        assert SETTINGS not in sent.headers
        assert validator.validate(sent.url, sent.form, sent.headers[SIGNATURE])


def test_every_hook_of_a_call_may_be_signed_with_a_shared_key() -> None:
    signer = SharedKeySigner(key_id="webhooks_sharedkey_1", secret="shared")
    world = talk(World(behaviour=person(Step(question=True, press="1")), signer=signer))
    for sent in world.sent:
        assert sent.headers[SETTINGS] == "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
        made = sent.headers[SIGNATURE]
        assert RequestValidator("shared").validate(sent.url, sent.form, made, "HMAC_SHA256")


def test_a_signer_does_not_print_its_secret() -> None:
    assert "s3cret" not in repr(AuthTokenSigner(auth_token="s3cret"))
    assert "s3cret" not in repr(SharedKeySigner(key_id="k", secret="s3cret"))


def test_the_order_of_fields_is_that_of_names_and_a_field_said_twice_counts_once() -> None:
    one = signature("s", "http://x/", [("B", "2"), ("A", "1"), ("A", "1")], algorithm="sha1")
    assert one == signature("s", "http://x/", parse_qsl("A=1&B=2"), algorithm="sha1")
