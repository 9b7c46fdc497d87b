"""Leaks on purpose through HTTP: each goes through a tap, as what the processes say does.

Knows how a careless change of the product would leak there. Each function plants a secret and gives
back how the place is read.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, urlencode

import urllib3

from tests.end_to_end.guises import KANA, in_words
from tests.end_to_end.planted import Read
from tests.end_to_end.sinks import exchange_traces
from tests.end_to_end.tap import Tap
from tests.end_to_end.tapped_house import PEOPLE, TappedHouse

FORM = "application/x-www-form-urlencoded"


def an_order_in_an_address(tapped: TappedHouse, secret: str) -> Read:
    url = f"{tapped.carrier.url}/2010-04-01/Accounts/AC/Calls.json?To={quote(secret)}"
    return _through(tapped.carrier, "GET", url)


def an_order_with_the_words_in_it(tapped: TappedHouse, secret: str) -> Read:
    url = f"{tapped.carrier.url}/2010-04-01/Accounts/AC/Calls.json"
    words = f"<Response><Say>{in_words(secret, KANA, '<break/>')}</Say></Response>"
    return _through(tapped.carrier, "POST", url, {"Twiml": words})


def an_order_with_a_header(tapped: TappedHouse, secret: str) -> Read:
    url = f"{tapped.carrier.url}/2010-04-01/Accounts/AC/Calls.json"
    header = {"X-Reference": base64.urlsafe_b64encode(f"no {secret}".encode()).decode()}
    return _through(tapped.carrier, "GET", url, headers=header)


def a_hook_address(tapped: TappedHouse, secret: str) -> Read:
    return _through(tapped.product, "POST", f"{tapped.product.url}/hooks/v/1/t/ja/1?c={secret}", {})


def digits_of_another_call(tapped: TappedHouse, secret: str) -> Read:
    url = f"{tapped.product.url}/hooks/vanother/1/t/ja/1"
    return _through(tapped.product, "POST", url, {"Digits": secret})


def a_callback_that_repeats_the_request(tapped: TappedHouse, secret: str) -> Read:
    tapped.carrier.exchanges.clear()
    fields = {"callback_url": f"{tapped.carrier.url}/bank/callback?a={secret}"}
    start = tapped.house.start(PEOPLE["victim"][0], "readout", reference=secret, **fields)
    tapped.house.ask("DELETE", f"/v1/verifications/{start['id']}")
    return lambda: exchange_traces(tapped.carrier.exchanges)


def an_answer_to_a_poll(_: TappedHouse, secret: str) -> Read:
    body = json.dumps({"state": "spoken", "passcode": secret}).encode()
    return _answered("GET", "/v1/verifications/v", body)


def an_answer_with_a_tag(_: TappedHouse, secret: str) -> Read:
    tag = hashlib.blake2b(secret.encode(), digest_size=9).hexdigest()
    return _answered("POST", "/v1/verifications", b"{}", ETag=f'"{tag}"')


def a_problem_that_repeats_it(_: TappedHouse, secret: str) -> Read:
    body = json.dumps({"code": "wrong_passcode", "detail": f"{secret} is wrong"}).encode()
    return _answered("POST", "/v1/verifications/v/check", body)


def a_document_of_another_call(_: TappedHouse, secret: str) -> Read:
    body = f"<Response><Say>{in_words(secret, KANA, '、')}</Say></Response>".encode()
    return _answered("POST", "/hooks/vanother/1/t/ja/1", body)


def _through(
    tap: Tap,
    method: str,
    url: str,
    form: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Read:
    tap.exchanges.clear()
    body = None if form is None else urlencode(form)
    own = {} if form is None else {"Content-Type": FORM}
    urllib3.request(method, url, body=body, headers={**own, **(headers or {})}, retries=False)
    return lambda: exchange_traces(tap.exchanges)


def _answered(method: str, path: str, body: bytes, **headers: str) -> Read:
    with _a_server_that_says(body, headers) as server, Tap(server) as tap:
        return _through(tap, method, tap.url + path)


@contextmanager
def _a_server_that_says(body: bytes, headers: dict[str, str]) -> Iterator[str]:
    class Says(BaseHTTPRequestHandler):
        def _say(self) -> None:
            self.send_response_only(200)
            kind = "application/json" if body.startswith(b"{") else "text/xml"
            told = {"Content-Type": kind, "Content-Length": str(len(body)), **headers}
            for name, value in told.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _say  # noqa: N815 - the library's names

    with ThreadingHTTPServer(("127.0.0.1", 0), Says) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
