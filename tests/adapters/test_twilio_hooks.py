"""The signature of hooks: Twilio's own library signs, we verify; and everything that is not that is forged."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from ivr.adapters.twilio_hooks import AccountKeys, TwilioHooks
from ivr.domain.errors import Forged, Impossible
from ivr.domain.events import CallEnd
from ivr.service.carrier_port import CallProgress
from ivr.settings import CarrierSettings, Dialect

ACCOUNT = "AC" + "0123456789abcdef" * 2
SID = "CA" + "fedcba9876543210" * 2
URL = "https://hooks.honnin.example/hooks/v1/1/token/ja/0"
SHARED = {"webhooks_sharedkey_1": "shared-secret", "webhooks_sharedkey_2": "another-secret"}
# The fields of a voice hook for a call to Japan: every place is present and empty.
JAPAN = {
    "AccountSid": ACCOUNT,
    "ApiVersion": "2010-04-01",
    "CallSid": SID,
    "CallStatus": "in-progress",
    "Called": "+819012345601",
    "CalledCity": "",
    "CalledCountry": "JP",
    "CalledState": "",
    "CalledZip": "",
    "Caller": "+81345678900",
    "CallerCity": "",
    "CallerCountry": "JP",
    "CallerState": "",
    "CallerZip": "",
    "Direction": "outbound-api",
    "From": "+81345678900",
    "FromCity": "",
    "FromZip": "",
    "To": "+819012345601",
    "ToCity": "",
    "ToZip": "",
}


@pytest.fixture
def hooks() -> TwilioHooks:
    return reader()


def reader(*tokens: str) -> TwilioHooks:
    return TwilioHooks(
        CarrierSettings(
            url="https://api.twilio.com",
            account=ACCOUNT,
            tokens=tokens or ("token-now", "token-before"),
            shared_keys=SHARED,
        )
    )


def signed(
    url: str, form: Mapping[str, str], secret: str = "token-now", key: str = ""
) -> dict[str, str]:
    """The headers that Twilio's library would have sent."""
    algorithm = "HMAC_SHA256" if key else None
    signature = RequestValidator(secret).compute_signature(url, form, algorithm)
    headers = {"X-Twilio-Signature": signature}
    if key:
        headers["X-Twilio-Webhooks-Signature-Settings"] = f"key={key},algorithm={algorithm}"
    return headers


def by_hand(url: str, form: Mapping[str, str], secret: str = "token-now") -> dict[str, str]:
    """A signature by the scheme's own words, for what the library would mangle."""
    text = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.digest(secret.encode(), text.encode(), hashlib.sha1)
    return {"X-Twilio-Signature": base64.b64encode(digest).decode()}


def read(hooks: TwilioHooks, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> str:
    return hooks.read_voice(url, list(form.items()), headers).sid


def test_the_published_vector() -> None:
    settings = CarrierSettings(url="", account=ACCOUNT, tokens=("12345",), shared_keys={})
    keys = AccountKeys(settings)
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    headers = {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    keys.check(url, list(form.items()), headers)
    with pytest.raises(Forged):
        keys.check(url, list({**form, "Digits": "1235"}.items()), headers)


SECOND = "AC" + "9" * 32
PROJECT = "12345678-1234-1234-1234-123456789abc"


def test_each_account_signs_with_its_own_keys_and_says_which_carrier_it_is() -> None:
    hooks = TwilioHooks(
        CarrierSettings(url="", account=ACCOUNT, tokens=("one",), shared_keys={"k": "shared"}),
        CarrierSettings(url="", account=SECOND, tokens=("two",), shared_keys={}, id="second"),
    )
    for account, secret, carrier in ((ACCOUNT, "one", "main"), (SECOND, "two", "second")):
        form = {**JAPAN, "AccountSid": account}
        found = hooks.read_voice(URL, list(form.items()), signed(URL, form, secret))
        assert (found.sid, found.carrier) == (SID, carrier)
        status = hooks.read_status(URL, list(form.items()), signed(URL, form, secret))
        assert status.carrier == carrier
        whisper = hooks.read_whisper(URL, list(form.items()), signed(URL, form, secret))
        assert whisper.carrier == carrier
    for account, secret, key in (
        (ACCOUNT, "two", ""),
        (SECOND, "one", ""),
        (SECOND, "shared", "k"),
    ):
        form = {**JAPAN, "AccountSid": account}
        with pytest.raises(Forged):
            read(hooks, URL, form, signed(URL, form, secret, key))


def test_another_dialect_signs_under_a_header_of_its_own() -> None:
    hooks = TwilioHooks(
        CarrierSettings(
            url="https://honnin.signalwire.com/api/laml",
            account=PROJECT,
            tokens=("api-token", "signing-key"),
            shared_keys={},
            dialect=Dialect.SIGNALWIRE,
        )
    )
    form = {**JAPAN, "AccountSid": PROJECT, "CallSid": PROJECT}
    signature = signed(URL, form, "signing-key")["X-Twilio-Signature"]
    assert read(hooks, URL, form, {"X-SignalWire-Signature": signature}) == PROJECT
    with pytest.raises(Forged, match="not signed"):
        read(hooks, URL, form, {"X-Twilio-Signature": signature})


@pytest.mark.parametrize("token", ["token-now", "token-before"])
def test_both_live_tokens_count(hooks: TwilioHooks, token: str) -> None:
    assert read(hooks, URL, JAPAN, signed(URL, JAPAN, token)) == SID


@pytest.mark.parametrize("key", SHARED)
def test_a_shared_key_signs_with_sha256(hooks: TwilioHooks, key: str) -> None:
    assert read(hooks, URL, JAPAN, signed(URL, JAPAN, SHARED[key], key)) == SID


@given(
    fields=st.dictionaries(
        st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,20}", fullmatch=True).filter(
            lambda name: name not in {"Digits", "FinishedOnKey", "CallStatus", "SipResponseCode"}
        ),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        max_size=8,
    ),
    key=st.sampled_from(["", *SHARED]),
)
def test_whatever_the_library_signs_is_accepted(fields: dict[str, str], key: str) -> None:
    form = {**fields, "AccountSid": ACCOUNT, "CallSid": SID}
    headers = signed(URL, form, SHARED.get(key, "token-now"), key)
    assert read(reader(), URL, form, headers) == SID


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("https://h.example/x", "https://h.example:443/x"),
        ("https://h.example:443/x", "https://h.example/x"),
        ("https://h.example:8443/x", "https://h.example/x"),
        ("https://h.example:8443/x", "https://h.example:8443/x"),
        ("http://h.example/x", "http://h.example:80/x"),
        ("http://h.example:8080/x", "http://h.example:8080/x"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]/x"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x"),
        ("https://h.example:8443/a:8443/h.example:8443", "https://h.example/a:8443/h.example:8443"),
    ],
)
def test_the_port_may_be_dropped_or_spelled_out(hooks: TwilioHooks, ours: str, theirs: str) -> None:
    assert read(hooks, ours, JAPAN, by_hand(theirs, JAPAN)) == SID


@pytest.mark.parametrize(
    "url",
    [
        URL + "?a=%2Fb&b=%E6%9C%AC",
        URL + "?empty=&empty",
        URL.replace("token", "to%2Fken"),
        URL.replace("v1", "%E6%9C%AC"),
    ],
)
def test_an_address_is_signed_as_it_is_written(hooks: TwilioHooks, url: str) -> None:
    assert read(hooks, url, JAPAN, by_hand(url, JAPAN)) == SID


@pytest.mark.parametrize("value", ["ほんにん", "a+b c&d=e%2F", "😀", "\x00", " leading"])
def test_values_of_any_kind_are_signed_as_they_are(hooks: TwilioHooks, value: str) -> None:
    form = {**JAPAN, "CallerName": value}
    assert read(hooks, URL, form, signed(URL, form)) == SID


FORGED: Mapping[str, tuple[str, Mapping[str, str], Mapping[str, str]]] = {
    "no signature": (URL, JAPAN, {}),
    "an empty signature": (URL, JAPAN, {"X-Twilio-Signature": ""}),
    "no base64": (URL, JAPAN, {"X-Twilio-Signature": "ほんにん"}),
    "half a signature": (
        URL,
        JAPAN,
        {"X-Twilio-Signature": signed(URL, JAPAN)["X-Twilio-Signature"][:10]},
    ),
    "a foreign token": (URL, JAPAN, signed(URL, JAPAN, "token-of-another")),
    "another address": (URL, JAPAN, signed(URL + "0", JAPAN)),
    "another host": (URL, JAPAN, signed(URL.replace("honnin", "thief"), JAPAN)),
    "http for https": (URL, JAPAN, signed(URL.replace("https", "http"), JAPAN)),
    "a field changed": (URL, {**JAPAN, "Digits": "1"}, signed(URL, {**JAPAN, "Digits": "9"})),
    "a field added": (URL, {**JAPAN, "Digits": "1"}, signed(URL, JAPAN)),
    "a blank field dropped": (
        URL,
        {name: value for name, value in JAPAN.items() if value},
        signed(URL, JAPAN),
    ),
    "another account": (
        URL,
        {**JAPAN, "AccountSid": "AC" + "9" * 32},
        signed(URL, {**JAPAN, "AccountSid": "AC" + "9" * 32}),
    ),
    "no account": (URL, {"CallSid": SID}, signed(URL, {"CallSid": SID})),
    "no call": (URL, {"AccountSid": ACCOUNT}, signed(URL, {"AccountSid": ACCOUNT})),
    "a shared key as a token": (URL, JAPAN, signed(URL, JAPAN, "shared-secret")),
    "a token as a shared key": (
        URL,
        JAPAN,
        signed(URL, JAPAN, "token-now", "webhooks_sharedkey_1"),
    ),
    "one shared key for another": (
        URL,
        JAPAN,
        signed(URL, JAPAN, "another-secret", "webhooks_sharedkey_1"),
    ),
    "an unknown shared key": (URL, JAPAN, signed(URL, JAPAN, "shared-secret", "sharedkey_9")),
}


@pytest.mark.parametrize("name", FORGED)
def test_what_is_not_the_carriers_is_forged(hooks: TwilioHooks, name: str) -> None:
    url, form, headers = FORGED[name]
    with pytest.raises(Forged):
        read(hooks, url, form, headers)
    with pytest.raises(Forged):
        hooks.read_status(url, list(form.items()), headers)


@pytest.mark.parametrize(
    "named",
    [
        "key=webhooks_sharedkey_1,algorithm=HMAC_SHA1",
        "key=webhooks_sharedkey_1,algorithm=NONE",
        "key=webhooks_sharedkey_1,algorithm=",
        "key=webhooks_sharedkey_1",
        "algorithm=HMAC_SHA256",
        "algorithm=HMAC_SHA1",
        "key=,algorithm=HMAC_SHA256",
        "",
        ",,=,",
    ],
)
@pytest.mark.parametrize("secret", ["shared-secret", "token-now", ""])
@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
def test_the_header_cannot_choose_an_algorithm(
    hooks: TwilioHooks, named: str, secret: str, algorithm: str
) -> None:
    signature = RequestValidator(secret).compute_signature(URL, JAPAN, algorithm)
    headers = {"X-Twilio-Signature": signature, "X-Twilio-Webhooks-Signature-Settings": named}
    with pytest.raises(Forged):
        read(hooks, URL, JAPAN, headers)


def test_blanks_around_the_settings_do_not_matter(hooks: TwilioHooks) -> None:
    headers = signed(URL, JAPAN, "shared-secret", "webhooks_sharedkey_1")
    settings = " algorithm=HMAC_SHA256 , key=webhooks_sharedkey_1"
    headers["X-Twilio-Webhooks-Signature-Settings"] = settings
    assert read(hooks, URL, JAPAN, headers) == SID


def test_a_field_that_is_named_twice_is_forged(hooks: TwilioHooks) -> None:
    form = [*JAPAN.items(), ("Digits", "1"), ("Digits", "9")]
    text = URL + "".join(name + value for name, value in sorted(set(form)))
    digest = base64.b64encode(hmac.digest(b"token-now", text.encode(), hashlib.sha1)).decode()
    with pytest.raises(Forged, match="twice"):
        hooks.read_voice(URL, form, {"X-Twilio-Signature": digest})


def test_an_address_and_a_field_cannot_be_cut_anew(hooks: TwilioHooks) -> None:
    """`{Digits: 9}` at `/1` and `{}` at `/1Digits9` sign the same; so do `/12` and `/1` with `{2: ""}`."""
    first, twelfth = URL.replace("/0", "/1"), URL.replace("/0", "/12")
    cut = {**JAPAN, "2": ""}
    assert signed(twelfth, JAPAN) == by_hand(first, cut)
    with pytest.raises(Forged, match="name is not one"):
        read(hooks, first, cut, signed(twelfth, JAPAN))


def test_two_fields_cannot_be_read_as_one(hooks: TwilioHooks) -> None:
    """`{CallSid: S, CallStatus: busy}` and `{CallSid: SCallStatusbusy}` sign the same."""
    two = {"AccountSid": ACCOUNT, "CallSid": SID, "CallStatus": "busy"}
    one = {"AccountSid": ACCOUNT, "CallSid": f"{SID}CallStatusbusy"}
    assert by_hand(URL, two) == by_hand(URL, one)
    with pytest.raises(Forged, match="CallSid"):
        read(hooks, URL, one, signed(URL, two))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CallSid", "CA1"),
        ("CallSid", SID.lower()),
        ("CallSid", SID + "\n"),
        ("CallSid", "../../etc"),
        ("CallStatus", "In-Progress"),
        ("CallStatus", "busy\n"),
        ("Digits", "12 34"),
        ("Digits", "１２３"),
        ("Digits", "1" * 33),
        ("Digits", "1w"),
        ("FinishedOnKey", "##"),
        ("FinishedOnKey", "A"),
        ("SipResponseCode", "99"),
        ("SipResponseCode", "700"),
        ("SipResponseCode", "２００"),
    ],
)
def test_a_field_of_bad_grammar_is_forged(hooks: TwilioHooks, name: str, value: str) -> None:
    form = {**JAPAN, name: value}
    with pytest.raises(Forged, match=name):
        read(hooks, URL, form, signed(URL, form))


def test_the_sid_of_an_imitator_is_a_uuid(hooks: TwilioHooks) -> None:
    sid = "6c62c1d4-0d0a-4a3b-9d0e-0123456789ab"
    form = {**JAPAN, "CallSid": sid}
    assert read(hooks, URL, form, signed(URL, form)) == sid


@pytest.mark.parametrize("digits", [{}, {"Digits": ""}, {"Digits": "*", "FinishedOnKey": "*"}])
def test_digits_may_be_absent_empty_or_a_key(hooks: TwilioHooks, digits: dict[str, str]) -> None:
    form = {**JAPAN, **digits}
    hook = hooks.read_voice(URL, list(form.items()), signed(URL, form))
    assert (hook.digits, hook.finished_on) == (
        digits.get("Digits", ""),
        digits.get("FinishedOnKey", ""),
    )
    assert "1" not in repr(hook)


@pytest.mark.parametrize(
    ("fields", "news"),
    [
        ({"CallStatus": "ringing"}, CallProgress.RINGING),
        ({"CallStatus": "in-progress"}, CallProgress.ANSWERED),
        ({"CallStatus": "completed", "SipResponseCode": "200"}, CallEnd.COMPLETED),
        ({"CallStatus": "no-answer", "SipResponseCode": "603"}, CallEnd.REJECTED),
        ({"CallStatus": "busy", "SipResponseCode": ""}, CallEnd.BUSY),
    ],
)
def test_a_status_is_read(
    hooks: TwilioHooks, fields: dict[str, str], news: CallProgress | CallEnd
) -> None:
    form = {**JAPAN, **fields}
    assert hooks.read_status(URL, list(form.items()), signed(URL, form)).news is news


def test_an_unknown_status_is_named_and_never_guessed(hooks: TwilioHooks) -> None:
    form = {**JAPAN, "CallStatus": "on-hold"}
    with pytest.raises(Impossible, match="on-hold"):
        hooks.read_status(URL, list(form.items()), signed(URL, form))
