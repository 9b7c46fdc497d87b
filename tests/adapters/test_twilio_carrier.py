"""Twilio's own client against a server of ours: each failure is sorted by whether the phone may ring."""

import base64
import json
import socket
import struct
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs

import pytest

from ivr.adapters.twilio_carrier import TwilioCarrier, read_retry_after
from ivr.domain.events import CallEnd
from ivr.service.carrier_port import Accepted, CallOrder, NotPlaced, Placing, Postponed, Unsure
from ivr.settings import CarrierSettings
from tests.adapters.loopback import (
    Answer,
    Loopback,
    babbles,
    breaks_off,
    closes,
    loopback,
    refused_port,
    says,
)

ACCOUNT = "AC" + "0" * 32
SID = "CA" + "5" * 32
JSON = "application/json"
ORDER = CallOrder(
    to="+819012345601",
    caller="+81345678900",
    voice_url="https://hooks.honnin.example/hooks/v/1/token/ja/0",
    status_url="https://hooks.honnin.example/hooks/v/1/token/ja/status",
    ring=30,
    time_limit=300,
)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as found:
        yield found


def carrier(url: str, timeout: float = 5.0, fallback: str = "") -> TwilioCarrier:
    settings = CarrierSettings(
        url=url, account=ACCOUNT, tokens=("token-now", "token-before"), shared_keys={}
    )
    return TwilioCarrier(settings, fallback, timeout)


def error(status: int, code: int | None, **headers: str) -> Answer:
    """An error as the carrier words it."""
    body = {"code": code, "message": "No.", "more_info": "…", "status": status}
    return says(status, json.dumps(body).encode(), Content_Type=JSON, **headers)


def created(**members: object) -> Answer:
    return says(201, json.dumps({"sid": SID, "status": "queued", **members}).encode())


def test_a_call_that_was_taken_is_accepted_with_its_name(server: Loopback) -> None:
    server.answer = created()
    assert carrier(server.url).place(ORDER) == Accepted(SID)


def test_the_carrier_is_asked_for_what_was_ordered(server: Loopback) -> None:
    server.answer = created()
    carrier(server.url, fallback="https://carrier.example/sorry").place(ORDER)
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json")
    login = base64.b64encode(f"{ACCOUNT}:token-now".encode()).decode()
    assert asked.headers["Authorization"] == f"Basic {login}"
    form = parse_qs(asked.body.decode())
    assert form == {
        "To": [ORDER.to],
        "From": [ORDER.caller],
        "Url": [f"{ORDER.voice_url}#rc=2&rt=5000&rp=ct,rt,5xx"],
        "Method": ["POST"],
        "StatusCallback": [f"{ORDER.status_url}#rc=2&rt=5000&rp=ct,rt,5xx"],
        "StatusCallbackMethod": ["POST"],
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        "Timeout": ["30"],
        "TimeLimit": ["300"],
        "FallbackUrl": ["https://carrier.example/sorry"],
    }


def test_without_a_fallback_none_is_named(server: Loopback) -> None:
    server.answer = created()
    carrier(server.url).place(ORDER)
    assert b"Fallback" not in server.asked[0].body


UNREACHABLE = CallEnd.UNREACHABLE
BUSY = CallEnd.CARRIER_BUSY


@pytest.mark.parametrize(
    ("answer", "placing"),
    [
        (error(400, 21211), NotPlaced(UNREACHABLE, "21211")),
        (error(400, 21214), NotPlaced(UNREACHABLE, "21214")),
        (error(400, 21215), NotPlaced(UNREACHABLE, "21215")),
        (error(400, 21216), NotPlaced(UNREACHABLE, "21216")),
        (error(400, 21217), NotPlaced(UNREACHABLE, "21217")),
        (error(400, 13224), NotPlaced(UNREACHABLE, "13224")),
        (error(400, 21210), NotPlaced(BUSY, "21210")),
        (error(401, 20003), NotPlaced(BUSY, "20003", fault=True)),
        (error(403, 20005), NotPlaced(BUSY, "20005", fault=True)),
        (error(404, 20404), NotPlaced(BUSY, "20404")),
        (error(429, 20429, Retry_After="7"), Postponed(7.0, "20429")),
        (error(429, 20429, Retry_After="0"), Postponed(0.0, "20429")),
        (error(429, 20429), Postponed(1.0, "20429")),
        (error(429, 20429, Retry_After="soon"), Postponed(1.0, "20429")),
        (error(429, 20429, Retry_After="-3"), Postponed(1.0, "20429")),
        (error(429, 20429, Retry_After="9" * 400), Postponed(999_999_999.0, "20429")),
        (error(400, 10004), Postponed(1.0, "10004")),
        (says(429, b"<html>slow down</html>"), Postponed(1.0, "429")),
        (error(500, 20500), Unsure("20500")),
        (error(503, 20503), Unsure("20503")),
        (says(500), Unsure("500")),
        (says(502, b"<html>Bad Gateway</html>"), Unsure("502")),
        (says(504), Unsure("504")),
        (says(400, b"<html>Bad Request</html>"), NotPlaced(BUSY, "400")),
        (says(302, b"", Location="http://127.0.0.1:1/"), NotPlaced(BUSY, "302")),
        (says(201, b""), Unsure("no_sid")),
        (says(201, b"{"), Unsure("JSONDecodeError")),
        (says(201, b"<html>"), Unsure("JSONDecodeError")),
        (says(201, b"{}"), Unsure("no_sid")),
        (says(201, b"[]"), Unsure("AttributeError")),
        (says(201, b"null"), Unsure("AttributeError")),
        (says(201, b"\xff\xfe"), Unsure("no_sid")),
    ],
)
def test_an_answer_is_sorted(server: Loopback, answer: Answer, placing: Placing) -> None:
    server.answer = answer
    assert carrier(server.url).place(ORDER) == placing
    assert len(server.asked) == 1


@pytest.mark.parametrize("answer", [closes, babbles, breaks_off])
def test_a_request_that_left_and_was_not_answered_is_never_asked_again(
    server: Loopback, answer: Answer
) -> None:
    server.answer = answer
    assert isinstance(carrier(server.url).place(ORDER), Unsure)
    assert len(server.asked) == 1


def test_an_answer_that_does_not_come_is_waited_for_only_so_long(server: Loopback) -> None:
    server.answer = server.never
    assert carrier(server.url, timeout=0.2).place(ORDER) == Unsure("ReadTimeout")
    assert len(server.asked) == 1


def test_a_date_to_wait_for_is_held_against_the_carriers_own_clock() -> None:
    headers = {
        "Date": "Tue, 01 Jan 2030 00:00:00 GMT",
        "Retry-After": "Tue, 01 Jan 2030 00:00:09 GMT",
    }
    assert read_retry_after(headers) == 9.0
    assert read_retry_after({**headers, "Date": "Tue, 01 Jan 2030 00:01:00 GMT"}) == 0.0
    assert read_retry_after({"Retry-After": headers["Retry-After"]}) is None
    assert read_retry_after({**headers, "Date": "Tue, 01 Jan 2030 00:00:00"}) is None


def test_what_one_answer_said_of_waiting_is_not_believed_of_the_next(server: Loopback) -> None:
    asked = carrier(server.url)
    server.answer = error(429, 20429, Retry_After="7")
    assert asked.place(ORDER) == Postponed(7.0, "20429")
    server.answer = error(429, 20429)
    assert asked.place(ORDER) == Postponed(1.0, "20429")


def drops_the_line(handler: BaseHTTPRequestHandler) -> None:
    """Reset the connection: what the client sends then breaks a pipe."""
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()


def test_a_line_that_breaks_leaves_it_open_whether_the_phone_rings(server: Loopback) -> None:
    server.answer = drops_the_line
    assert isinstance(carrier(server.url).place(ORDER), Unsure)
    assert len(server.asked) == 1


def test_a_request_that_never_left_is_asked_again(server: Loopback) -> None:
    assert isinstance(carrier(f"http://127.0.0.1:{refused_port()}").place(ORDER), Postponed)
    placing = carrier("http://no-such-host.invalid").place(ORDER)
    assert placing == Postponed(0.0, "NameResolutionError", fault=True)
    assert not server.asked


def test_neither_number_nor_token_is_in_what_is_said_of_a_failure(server: Loopback) -> None:
    for answer in (error(400, 21211), closes, says(201, ORDER.to.encode())):
        server.answer = answer
        text = repr(carrier(server.url).place(ORDER))
        assert "12345601" not in text
        assert "token-now" not in text
    assert "12345601" not in repr(ORDER)


def test_the_environment_does_not_lead_the_client_elsewhere(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    server.answer = created()
    assert carrier(server.url).place(ORDER) == Accepted(SID)


@pytest.mark.parametrize(
    ("answer", "is_over"),
    [
        (says(200, json.dumps({"sid": SID, "status": "completed"}).encode()), True),
        (error(400, 21220), True),
        (error(404, 20404), True),
        (error(401, 20003), False),
        (error(429, 20429), False),
        (error(500, 20500), False),
        (says(200, b"<html>"), False),
        (says(200, b"[]"), False),
        (closes, False),
        (babbles, False),
    ],
)
def test_a_call_is_hung_up_or_it_is_tried_again(
    server: Loopback,
    answer: Answer,
    is_over: bool,  # noqa: FBT001 - a case
) -> None:
    server.answer = answer
    assert carrier(server.url).hang_up(SID) is is_over
    (asked,) = server.asked
    assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{SID}.json"
    assert parse_qs(asked.body.decode()) == {"Status": ["completed"]}


def test_hanging_up_waits_only_so_long(server: Loopback) -> None:
    server.answer = server.never
    assert carrier(server.url, timeout=0.2).hang_up(SID) is False
    assert carrier(f"http://127.0.0.1:{refused_port()}").hang_up(SID) is False
