"""The stand-in over real sockets, asked by the carrier's own client, answered by a real product."""

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from requests.exceptions import ReadTimeout
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from ivr.simulator.network import wire
from ivr.simulator.network.messages import ConnectFailedError, Request, TimedOutError
from tests.simulator.running import SID, TOKEN, Product, ask, client, started, until
from tests.simulator.world import BANK_NUMBER, response, say


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("stand_in")) as (_process, url):
        yield url


def test_a_whole_call_over_real_sockets(stand_in: str, product: Product) -> None:
    gather = '<Gather numDigits="1" action="/keys">' + say("1を押してください。") + "</Gather>"
    product.documents = {"/voice": response(gather), "/keys": response(say("はい。"))}
    behaviour = {"kind": "script", "steps": [{"question": True, "press": "1"}]}
    ask("PUT", f"{stand_in}/sim/phones/jiro", {"behaviour": behaviour})
    twilio = client(stand_in)
    created = twilio.calls.create(
        to="+819012345603",
        from_=BANK_NUMBER,
        url=f"{product.url}/voice",
        status_callback=f"{product.url}/status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    assert created.sid is not None
    sid: str = created.sid
    until(lambda: twilio.calls(sid).fetch().status == "completed")
    until(lambda: len(product.asked) == 6)
    shown = ask("GET", f"{stand_in}/sim/calls/{sid}")
    assert [e["text"] for e in shown["transcript"] if e["kind"] == "hears"] == [
        "1を押してください。",
        "はい。",
    ]
    assert {hook["status"] for hook in shown["hooks"]} == {200}
    validator = RequestValidator(TOKEN)
    for path, form, headers in product.asked:
        assert validator.validate(product.url + path, form, headers["X-Twilio-Signature"])


def test_a_person_watches_and_drives_a_phone(stand_in: str, product: Product) -> None:
    product.documents = {"/voice": response(say("はい。"), '<Pause length="500"/>')}
    stream = urllib.request.urlopen(f"{stand_in}/sim/phones/hanako/events", timeout=60)  # noqa: S310
    assert stream.readline() == b": connected\n"
    twilio = client(stand_in)
    sid = twilio.calls.create(to="+819012345601", from_=BANK_NUMBER, url=f"{product.url}/voice").sid

    def told(kind: str) -> dict[str, Any]:
        while True:
            line = stream.readline()
            event = json.loads(line[6:]) if line.startswith(b"data: ") else {}
            if event.get("type") == kind:
                assert event["call"] == sid
                return dict(event)

    assert told("ringing")["from"] == BANK_NUMBER
    ask("POST", f"{stand_in}/sim/phones/hanako/answer")
    assert told("speech")["text"] == "はい。"
    ask("POST", f"{stand_in}/sim/phones/hanako/press", {"key": "1"})
    assert told("pressed")["taken"] is False
    ask("POST", f"{stand_in}/sim/phones/hanako/hangup")
    assert told("ended")["how"] == "completed"
    stream.close()
    with pytest.raises(urllib.error.HTTPError) as conflict:
        ask("POST", f"{stand_in}/sim/phones/hanako/hangup")
    assert conflict.value.code == 409
    conflict.value.close()


def test_a_silent_carrier_leaves_the_client_waiting_and_the_phone_rings(
    stand_in: str, product: Product
) -> None:
    impatient = Client(SID, TOKEN, http_client=TwilioHttpClient(timeout=0.3))
    impatient.api.base_url = stand_in
    with pytest.raises(ReadTimeout):
        impatient.calls.create(to="+819012345627", from_=BANK_NUMBER, url=f"{product.url}/voice")
    until(lambda: [path for path, _form, _headers in product.asked] == ["/voice"])


def test_an_order_is_answered_without_delay(stand_in: str, product: Product) -> None:
    """A client and a server that wait for each other (Nagle) cost every order 40 ms; a busy machine, not every one."""
    twilio = client(stand_in)

    def took() -> float:
        began = time.monotonic()
        twilio.calls.create(to="+819012345611", from_=BANK_NUMBER, url=product.url)
        return time.monotonic() - began

    until(lambda: took() < 0.03)


def test_a_hook_to_nowhere_is_a_failed_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/", "http:///x"):
        with pytest.raises(ConnectFailedError):
            wire.send(Request(method="POST", url=url, form=(("a", "b"),)))


def test_a_hook_that_is_never_answered_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(TimedOutError):
            wire.send(Request(method="POST", url=f"http://127.0.0.1:{port}/", seconds=0.2))
