"""The carrier's hooks through the whole app: who gets in, what is heard, and what a repeated one changes."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import redis
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from ivr.domain.callflow import Mode
from ivr.service.ports import Loaded, Note
from tests.web.heard import spoken
from tests.web.small_flow import SmallBook, small_flow
from tests.web.small_house import (
    ACCOUNT_SID,
    HOOKS,
    SHARED,
    SID,
    TOKENS,
    RingingStore,
    SmallHouse,
    small_house,
)

OTHER_SID = "CA" + "2" * 32


class AwayStore(RingingStore):
    """A store that can be taken away, with the error that the real client raises."""

    is_away = False

    def load(self, verification_id: str) -> Loaded | None:
        self.answer()
        return super().load(verification_id)

    def note(self, verification_id: str | None, notes: Sequence[Note]) -> None:
        self.answer()
        super().note(verification_id, notes)

    def called_lately(self, number: str) -> list[str]:
        self.answer()
        return super().called_lately(number)

    def answer(self) -> None:
        if self.is_away:
            raise redis.ConnectionError


class CountingStore(RingingStore):
    """A store that writes down its round trips."""

    def __init__(self) -> None:
        super().__init__()
        self.trips: list[str] = []

    def load(self, verification_id: str) -> Loaded | None:
        self.trips.append("load")
        return super().load(verification_id)

    def save(self, *args: Any, **named: Any) -> None:
        self.trips.append("save")
        super().save(*args, **named)


def forgeries(house: SmallHouse) -> list[Note]:
    return [note for note in house.store.noted() if note.kind == "hook_forged"]


def test_each_live_token_opens_the_door(house: SmallHouse) -> None:
    view = house.start()
    house.place(view["id"])
    path = house.hook_path(view["id"], "0")
    answers = [house.hook(path, token=token) for token in TOKENS]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].data == answers[1].data


def test_a_shared_key_opens_the_door(house: SmallHouse) -> None:
    view = house.start()
    house.place(view["id"])
    (name, secret), path = next(iter(SHARED.items())), house.hook_path(view["id"], "0")
    form = {"CallSid": SID, "AccountSid": ACCOUNT_SID}
    signature = RequestValidator(secret).compute_signature(HOOKS + path, form, "HMAC_SHA256")
    settings = f"key={name},algorithm=HMAC_SHA256"
    headers = {
        "X-Twilio-Signature": signature,
        "X-Twilio-Webhooks-Signature-Settings": settings,
    }
    assert house.client.post(path, data=form, headers=headers).status_code == 200
    headers["X-Twilio-Webhooks-Signature-Settings"] = f"key={name},algorithm=HMAC_SHA1"
    assert house.client.post(path, data=form, headers=headers).status_code == 403


@pytest.mark.parametrize("query", ["?a=%2Fb&c=%E6%9C%AC", "?a=1&a=1&b", "?"])
def test_the_query_counts_as_it_was_written(house: SmallHouse, query: str) -> None:
    view = house.start()
    house.place(view["id"])
    path = house.hook_path(view["id"], "0")
    form = {"CallSid": SID, "AccountSid": ACCOUNT_SID, "CallerCity": "", "CallerName": "本人"}
    signed = HOOKS + path + (query if query != "?" else "")
    signature = RequestValidator(TOKENS[0]).compute_signature(signed, form)
    headers = {"X-Twilio-Signature": signature}
    assert house.client.post(path + query, data=form, headers=headers).status_code == 200


def test_the_host_header_does_not_count(house: SmallHouse) -> None:
    view = house.start()
    house.place(view["id"])
    headers = {"Host": "thief.example", "X-Forwarded-Host": "thief.example"}
    answer = house.hook(house.hook_path(view["id"], "0"), headers=headers)
    assert answer.status_code == 200
    assert f'action="{HOOKS}/hooks/' in answer.text


def unsigned(house: SmallHouse, path: str, headers: Mapping[str, str]) -> TestResponse:
    form = {"CallSid": SID, "AccountSid": ACCOUNT_SID}
    return house.client.post(path, data=form, headers=headers)


@pytest.mark.parametrize("what", ["0", "status"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": "bm90IGEgc2lnbmF0dXJl"},
        {"X-Twilio-Signature": "\xe6\x9c\xac"},
        {"X-Twilio-Signature": "bm90", "X-Twilio-Webhooks-Signature-Settings": "key=1"},
    ],
)
def test_an_unsigned_or_badly_signed_hook_is_refused_and_noted(
    house: SmallHouse, what: str, headers: Mapping[str, str]
) -> None:
    view = house.start()
    house.place(view["id"])
    kept = house.store.snapshot()[:4]
    answer = unsigned(house, house.hook_path(view["id"], what), headers)
    assert (answer.status_code, answer.mimetype) == (403, "text/xml")
    assert spoken(answer.text) == []
    assert house.store.snapshot()[:4] == kept
    (note,) = forgeries(house)
    assert note.detail["count"] == 1


def test_a_foreign_signature_a_foreign_account_and_a_foreign_call_are_refused(
    house: SmallHouse,
) -> None:
    view = house.start()
    house.place(view["id"])
    path = house.hook_path(view["id"], "0")
    assert house.hook(path, token="token-of-another").status_code == 403
    assert house.hook(path, {"AccountSid": "AC" + "9" * 32}).status_code == 403
    assert house.hook(path, {"CallSid": OTHER_SID}).status_code == 403
    assert house.hook(path).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        ("/1/", "/2/"),
        ("/ja/0", "x/ja/0"),
        ("hooks/v", "hooks/w"),
    ],
)
def test_a_signed_hook_with_a_token_of_no_call_is_refused_or_finds_nothing(
    house: SmallHouse, changed: tuple[str, str]
) -> None:
    view = house.start()
    house.place(view["id"])
    path = house.hook_path(view["id"], "0").replace(*changed)
    answer = house.hook(path)
    assert answer.status_code == 403 or "申し訳ございません" in answer.text
    assert house.read(view["id"])["state"] == "ringing"


def test_fields_that_are_doubled_or_of_bad_grammar_are_refused(house: SmallHouse) -> None:
    view = house.start()
    house.place(view["id"])
    path = house.hook_path(view["id"], "0")
    for fields in ({"Digits": "a"}, {"CallSid": "CA1"}, {"2": ""}, {"FinishedOnKey": "11"}):
        assert house.hook(path, fields).status_code == 403
    form = {"AccountSid": ACCOUNT_SID, "CallSid": SID, "Digits": ["1", "9"]}
    text = f"{HOOKS}{path}"
    one = {"AccountSid": ACCOUNT_SID, "CallSid": SID, "Digits": "1Digits9"}
    signature = RequestValidator(TOKENS[0]).compute_signature(text, one)
    headers = {"X-Twilio-Signature": signature}
    assert house.client.post(path, data=form, headers=headers).status_code == 403


def test_forgeries_are_put_on_record_by_sample(house: SmallHouse) -> None:
    view = house.start()
    for _ in range(50):
        assert unsigned(house, house.hook_path(view["id"], "0"), {}).status_code == 403
    assert len(forgeries(house)) == 1


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b'{"CallSid": "CA1"}', "application/json"),
        (b"\xff\xfe%zz=%", "application/x-www-form-urlencoded"),
        (b"a" * 1_000_000, "application/x-www-form-urlencoded"),
        (b"a=" + b"b" * 1_000_000, "application/x-www-form-urlencoded"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"--x\r\nbroken", "multipart/form-data"),
        (b"", ""),
    ],
)
@pytest.mark.parametrize("what", ["0", "status"])
def test_a_body_of_any_kind_is_refused_and_never_a_server_error(
    house: SmallHouse, data: bytes, content_type: str, what: str
) -> None:
    view = house.start()
    headers = {"X-Twilio-Signature": "bm90IGEgc2lnbmF0dXJl"}
    answer = house.client.post(
        house.hook_path(view["id"], what), data=data, content_type=content_type, headers=headers
    )
    assert answer.status_code == 403


class BrokenOff(io.RawIOBase):
    def readinto(self, _: object) -> int:
        raise ConnectionResetError


@pytest.mark.parametrize("length", ["900", "9" * 40, ""])
@pytest.mark.parametrize("is_reset", [False, True])
def test_a_hook_that_breaks_off_is_a_forgery_and_no_error(
    house: SmallHouse, length: str, *, is_reset: bool
) -> None:
    view = house.start()
    sent: io.IOBase = BrokenOff() if is_reset else io.BytesIO(b"CallSid=CA1")
    answer = house.client.post(
        house.hook_path(view["id"], "0"),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={
            "CONTENT_LENGTH": length,
            "wsgi.input": sent,
            "wsgi.input_terminated": True,
        },
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/hooks",
        "/hooks/",
        "/hooks/v/1/t/ja/-1",
        "/hooks/v/one/t/ja/0",
        "/hooks/v/1/t/ja/" + "9" * 5000,
        "/hooks/v/" + "9" * 5000 + "/t/ja/0",
        "/hooks/%00/1/t/ja/0",
        "/hooks/../v/1/t/ja/0",
    ],
)
def test_a_strange_address_is_never_a_server_error(house: SmallHouse, path: str) -> None:
    assert house.hook(path).status_code in {403, 404}


def test_a_hook_is_a_post(house: SmallHouse) -> None:
    view = house.start()
    answer = house.client.get(house.hook_path(view["id"], "0"))
    assert answer.status_code == 405


def test_a_repeated_hook_gets_the_same_answer_and_changes_nothing(house: SmallHouse) -> None:
    view = house.start()
    house.place(view["id"])
    for turn, digits in ((0, None), (1, "1"), (2, "1"), (3, "2"), (4, "")):
        first = house.press(view["id"], turn, digits)
        kept = house.store.snapshot()
        assert [house.press(view["id"], turn, digits) for _ in range(3)] == [first] * 3
        assert house.store.snapshot() == kept


def test_a_repeated_hook_that_keyed_a_wrong_passcode_counts_once(house: SmallHouse) -> None:
    view = house.start(mode="keyin")
    house.place(view["id"])
    house.press(view["id"], 0)
    house.press(view["id"], 1, "1")
    wrong = house.wrong(view["id"])
    answers = {house.press(view["id"], 2, wrong) for _ in range(5)}
    assert len(answers) == 1
    assert house.read(view["id"])["tries_left"] == 4


@pytest.mark.parametrize("digits", ["1", "2", "123456", ""])
def test_hooks_out_of_order_and_of_an_earlier_call_change_nothing(
    house: SmallHouse, digits: str
) -> None:
    view = house.start()
    house.speak(view["id"])
    kept = house.store.snapshot()
    early = house.hook(house.hook_path(view["id"], "7"), {"Digits": digits})
    assert spoken(early.text) == [("ja-JP", "ご用は済みました。")]
    assert house.store.snapshot() == kept
    first_call = house.hook_path(view["id"], "2")
    house.report(view["id"], "completed")
    house.ask("POST", f"/v1/verifications/{view['id']}/calls", {})
    late = house.hook(first_call, {"Digits": digits})
    assert spoken(late.text) == [("ja-JP", "ご用は済みました。")]
    assert house.read(view["id"])["state"] == "wanted"


def test_not_me_is_heard_whenever_it_is_said(house: SmallHouse) -> None:
    view = house.start()
    house.speak(view["id"])
    house.hook(house.hook_path(view["id"], "7"), {"Digits": "9"})
    assert house.read(view["id"])["reason"] == "not_me"


def test_not_me_after_a_pass_is_a_dispute_and_the_verdict_stays(house: SmallHouse) -> None:
    view = house.start()
    house.speak(view["id"])
    passcode = {"passcode": house.passcode(view["id"])}
    house.ask("POST", f"/v1/verifications/{view['id']}/check", passcode)
    house.clock.move(5)
    house.press(view["id"], 2, "9")
    told = house.read(view["id"])
    assert (told["verdict"], told["disputed_at"]) == ("pass", "2027-01-15T08:00:05.000Z")


def test_status_hooks_repeated_late_or_reordered_change_nothing(house: SmallHouse) -> None:
    view = house.start()
    house.place(view["id"])
    house.report(view["id"], "in-progress")
    assert house.report(view["id"], "ringing").status_code == 204
    assert house.read(view["id"])["state"] == "answered"
    assert house.report(view["id"], "completed").status_code == 204
    ended = house.read(view["id"])
    assert (ended["state"], ended["last_call"]) == ("resting", "hung_up")
    for status in ("ringing", "in-progress", "completed", "no-answer"):
        house.report(view["id"], status)
    assert house.read(view["id"]) == ended


@pytest.mark.parametrize(
    ("status", "more", "end"),
    [
        ("no-answer", {}, "no_answer"),
        ("busy", {"SipResponseCode": "486"}, "busy"),
        ("no-answer", {"SipResponseCode": "603"}, "rejected"),
        ("canceled", {}, "no_answer"),
        ("failed", {"SipResponseCode": "503"}, "carrier_busy"),
    ],
)
def test_how_a_call_ended_is_told(
    house: SmallHouse, status: str, more: dict[str, str], end: str
) -> None:
    view = house.start()
    house.place(view["id"])
    house.report(view["id"], status, **more)
    told = house.read(view["id"])
    assert (told["state"], told["last_call"]) == ("resting", end)


def test_a_number_that_cannot_be_reached_fails_at_once(house: SmallHouse) -> None:
    view = house.start()
    house.place(view["id"])
    house.report(view["id"], "failed", SipResponseCode="404")
    assert house.read(view["id"])["reason"] == "unreachable"


def test_an_unknown_status_is_an_error_that_changes_nothing(house: SmallHouse) -> None:
    view = house.start()
    house.place(view["id"])
    assert house.report(view["id"], "on-hold").status_code == 500
    assert house.read(view["id"])["state"] == "ringing"


def test_a_status_hook_for_nothing_is_taken_so_that_it_is_not_sent_again(
    house: SmallHouse,
) -> None:
    path = "/hooks/vaaaaaaaaaaaaaaaaaaaaaaaaaa/1/t/ja/status"
    assert house.hook(path, {"CallStatus": "completed"}).status_code == 204


@pytest.mark.parametrize(
    ("language", "heard"),
    [
        ("ja", ("ja-JP", "申し訳ございません。")),
        ("en", ("en-US", "We are sorry.")),
        ("tlh", ("ja-JP", "申し訳ございません。")),
        ("%0d%0a", ("ja-JP", "申し訳ございません。")),
    ],
)
def test_a_call_that_is_not_found_hears_an_apology_in_its_language(
    house: SmallHouse, language: str, heard: tuple[str, str]
) -> None:
    path = f"/hooks/vaaaaaaaaaaaaaaaaaaaaaaaaaa/1/token/{language}/0"
    form = {"CallSid": SID, "AccountSid": ACCOUNT_SID}
    decoded = path.replace("%0d%0a", "\r\n")
    signature = RequestValidator(TOKENS[0]).compute_signature(HOOKS + decoded, form)
    answer = house.client.post(path, data=form, headers={"X-Twilio-Signature": signature})
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert spoken(answer.text) == [heard]
    assert answer.text.endswith("<Hangup/></Response>")
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_the_store_the_depositor_hears_an_apology(tmp_path: Path) -> None:
    store = AwayStore()
    house = small_house(tmp_path, store=store)
    view = house.start()
    house.place(view["id"])
    voice, status = (house.hook_path(view["id"], what, language="en") for what in ("0", "status"))
    store.is_away = True
    answer = house.hook(voice)
    assert (answer.status_code, spoken(answer.text)) == (200, [("en-US", "We are sorry.")])
    assert house.hook(status, {"CallStatus": "completed"}).status_code == 500
    assert unsigned(house, voice, {}).status_code == 403
    polled = house.ask("GET", f"/v1/verifications/{view['id']}")
    assert (polled.status_code, polled.json["code"]) == (503, "store_unavailable")
    assert polled.headers["Retry-After"] == "1"


def test_a_flow_that_is_gone_is_an_apology_and_no_server_error(tmp_path: Path) -> None:
    book = SmallBook(small_flow(Mode.READOUT), small_flow(Mode.KEYIN))
    house = small_house(tmp_path, book=book)
    view = house.start(mode="keyin")
    house.place(view["id"])
    book.flows = book.flows[:1]
    assert spoken(house.press(view["id"], 0)) == [("ja-JP", "申し訳ございません。")]


def test_a_call_after_the_verdict_says_that_there_is_nothing_to_do(house: SmallHouse) -> None:
    view = house.start()
    house.speak(view["id"])
    house.ask("DELETE", f"/v1/verifications/{view['id']}")
    heard = spoken(house.press(view["id"], 2, "1"))
    assert heard == [("ja-JP", "ご用は済みました。")]


def test_the_language_and_the_pace_follow_the_keys(house: SmallHouse) -> None:
    view = house.start()
    house.place(view["id"])
    house.press(view["id"], 0)
    english = house.press(view["id"], 1, "2")
    assert spoken(english) == [("en-US", "This is Honnin Bank. Press 1 to link your account.")]
    assert f"/en/2{chr(34)}" in english
    slow = house.press(view["id"], 2, "3")
    assert '<prosody rate="80%">' in slow
    assert 'timeout="15"' in slow


def test_not_me_is_a_verdict_at_once(house: SmallHouse) -> None:
    view = house.start()
    house.speak(view["id"])
    assert spoken(house.press(view["id"], 2, "9")) == [("ja-JP", "お申し込みを止めました。")]
    decided = house.read(view["id"])
    assert (decided["verdict"], decided["reason"]) == ("fail", "not_me")


@pytest.mark.parametrize("keys", ["", "2", "3", "5", "#", "*", "0"])
def test_no_passcode_is_spoken_before_the_consent_key(house: SmallHouse, keys: str) -> None:
    view = house.start()
    house.place(view["id"])
    house.press(view["id"], 0)
    for turn in (1, 2, 3):
        document = house.press(view["id"], turn, keys)
        assert "番号は" not in document
        assert "Your number" not in document
    assert house.read(view["id"])["state"] == "answered"


@pytest.mark.parametrize(
    ("digits", "more", "left"),
    [
        ("", {}, 5),
        (None, {}, 5),
        ("12345", {}, 5),
        ("123456#", {}, 4),
        ("*", {"FinishedOnKey": "*"}, 0),
        ("12", {"FinishedOnKey": "*"}, 0),
    ],
)
def test_what_is_keyed_counts_only_when_it_is_a_passcode(
    house: SmallHouse, digits: str | None, more: dict[str, str], left: int
) -> None:
    view = house.start(mode="keyin")
    house.place(view["id"])
    house.press(view["id"], 0)
    house.press(view["id"], 1, "1")
    if digits == "123456#":
        digits = f"{house.wrong(view['id'])}#"
    house.press(view["id"], 2, digits, **more)
    assert house.read(view["id"])["tries_left"] == left


def test_a_hook_is_answered_in_two_round_trips_to_the_store(tmp_path: Path) -> None:
    store = CountingStore()
    house = small_house(tmp_path, store=store)
    view = house.start()
    house.place(view["id"])
    turns = [house.hook_path(view["id"], turn) for turn in ("0", "1", "1")]
    store.trips.clear()
    for turn in turns:
        house.hook(turn, {"Digits": "1"})
    assert store.trips == ["load", "save", "load", "save", "load"]
