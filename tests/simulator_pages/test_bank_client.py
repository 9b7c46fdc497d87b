import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ivr.simulator.bank_client import VerificationClient


class Recorded:
    """Answers in the order in which they are given, and remembers what was asked."""

    def __init__(self, *answers: tuple[int, dict[str, str], bytes]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, str]]] = []


@contextmanager
def serving(recorded: Recorded) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            recorded.asked.append((self.command, self.path, dict(self.headers)))
            status, headers, body = recorded.answers.pop(0)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_start_that_was_told_to_wait_is_sent_again_under_the_same_key() -> None:
    recorded = Recorded((503, {"Retry-After": "0"}, b""), (429, {}, b""), (202, {}, b'{"id":"v"}'))
    with serving(recorded) as base:
        answer = VerificationClient(base, "key").start({"mode": "readout"})
    assert (answer.status, answer.body, answer.ok) == (202, {"id": "v"}, True)
    assert len({headers["Idempotency-Key"] for _, _, headers in recorded.asked}) == 1
    assert {headers["Authorization"] for _, _, headers in recorded.asked} == {"Bearer key"}


def test_a_long_rest_is_told_to_the_caller_instead_of_being_slept() -> None:
    recorded = Recorded((429, {"Retry-After": "600"}, b'{"code":"number_called_too_often"}'))
    with serving(recorded) as base:
        answer = VerificationClient(base, "key").start({})
    assert (answer.status, answer.retry_after, answer.ok) == (429, 600.0, False)


def test_a_refusal_is_not_asked_again() -> None:
    recorded = Recorded((422, {}, b'{"code":"wrong_passcode","tries_left":4}'))
    with serving(recorded) as base:
        answer = VerificationClient(base, "key").check("v/../1", "012345")
    assert answer.body["tries_left"] == 4
    assert recorded.asked[0][:2] == ("POST", "/v1/verifications/v%2F..%2F1/check")


def test_a_long_poll_names_what_it_has_seen() -> None:
    recorded = Recorded((200, {"ETag": '"b"'}, b"{}"))
    with serving(recorded) as base:
        answer = VerificationClient(base, "key").look("v", wait=20, seen='"a"')
    assert (answer.etag, recorded.asked[0][1]) == ('"b"', "/v1/verifications/v?wait=20")
    assert recorded.asked[0][2]["If-None-Match"] == '"a"'


def test_an_answer_that_is_no_json_object_is_an_empty_one() -> None:
    recorded = Recorded((500, {}, b"<h1>oops</h1>"), (500, {}, b"[1]"))
    with serving(recorded) as base:
        client = VerificationClient(base, "key")
        assert client.cancel("v").body == client.cancel("v").body == {}


def test_the_digest_is_that_of_the_bytes_that_were_sent() -> None:
    recorded = Recorded((202, {}, b"{}"))
    with serving(recorded) as base:
        answer = VerificationClient(base, "key").start({})
    # sha256 of the two bytes {}, as base64url without padding
    assert answer.request_sha256 == "RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o"
