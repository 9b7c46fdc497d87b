"""Requests and hooks that are refused, each with something in it that must not come back.

Knows every way to hold the API and the hooks wrongly. What comes back is a trace;
what was sent is not: who sends a passcode to the wrong place has leaked it himself.
"""

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

from ivr.simulator.network.signing import AuthTokenSigner
from tests.end_to_end.guises import full_width
from tests.end_to_end.sinks import message_traces
from tests.end_to_end.tapped_house import TappedHouse
from tests.end_to_end.traces import Trace

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the clumsy one has in his hands: an open verification, and the secrets that go with it."""

    verification: str
    account: str
    number: str
    code: str


class Clumsy:
    """Sends anything anywhere, and keeps what comes back."""

    def __init__(self, tapped: TappedHouse, held: Held) -> None:
        self._tapped = tapped
        self._held = held
        self._stage = tapped.house.stage
        self.came_back: list[Trace] = []

    def misuses_everything(self) -> list[Trace]:
        """Do all of it, one after the other; give what came back."""
        self._starts_wrongly()
        self._checks_wrongly()
        self._asks_for_wrong_addresses()
        self._forges_hooks()
        self._speaks_no_http()
        self._comes_when_the_store_is_full()
        return self.came_back

    def _starts_wrongly(self) -> None:
        held = self._held
        right = {
            "mode": "readout",
            "purpose": "link",
            "bank": "honnin",
            "wallet": "kumopay",
            "account": held.account,
        }
        tricks = [f"{what} field `{held.code}`" for what in ("unknown", "missing required")]
        wrong: list[Any] = [
            {**right, name: value}
            for name in (*right, "language", "pace", "amount", "callback_url")
            for value in (held.account, held.number, held.code, *tricks)
        ]
        wrong += [
            right,  # the account is in use
            {**right, "reference": f"口座 {held.account}"},
            {**right, "callback_url": f"https://elsewhere.example/{held.account}?{held.code}"},
            *({**right, name: held.code} for name in ("passcode", "phone", "otp", held.code)),
            *({**right, name: 1} for name in (held.account, held.number, full_width(held.code))),
            *({held.account: right}, [held.account], held.account, int(held.code), {}),
        ]
        for body in wrong:
            self._posts("/v1/verifications", json.dumps(body).encode())
        raw = json.dumps(right).encode()
        for malformed in (
            raw[:-1],
            raw + raw,
            raw.replace(b"link", b"\xff"),
            b"[" * 4000 + held.account.encode(),
            raw * 100,
            urlencode(right).encode(),
        ):
            self._posts("/v1/verifications", malformed)
        self._posts("/v1/verifications", urlencode(right).encode(), content_type=FORM)
        for key in (held.code, held.account, f"{held.account}/{held.number}", f"{held.number}\x7f"):
            self._posts("/v1/verifications", raw, idempotency_key=key)
        for authorization in (f"Bearer {held.account}", f"Basic {held.number}", held.code):
            self._posts("/v1/verifications", raw, authorization=authorization)

    def _checks_wrongly(self) -> None:
        held = self._held
        for body in (
            *({"passcode": value} for value in (held.account, held.number, int(held.code))),
            *({"passcode": value} for value in (f"{held.code}1", f"code {held.code}", [held.code])),
            *({name: held.code} for name in ("pass_code", "code", held.code, "passcodes")),
            {"passcode": held.code, "account": held.account},
            {"passcode": held.code, held.number: True},
            *(held.code, [held.code], {}, None),
        ):
            self._posts(f"/v1/verifications/{held.verification}/check", json.dumps(body).encode())
        raw = json.dumps({"passcode": held.code}).encode()
        self._posts(f"/v1/verifications/{held.verification}/calls", raw)
        self._posts(f"/v1/verifications/{held.verification}/check", raw, content_type="text/plain")

    def _asks_for_wrong_addresses(self) -> None:
        held = self._held
        one = f"/v1/verifications/{held.verification}"
        for method, path in (
            ("GET", f"/v1/verifications/{held.account}"),
            ("GET", f"/v1/verifications/{quote(held.number)}/check/{held.code}"),
            ("GET", f"{one}?wait={held.code}&account={held.account}"),
            ("GET", f"{one}/{held.code}"),
            ("PUT", f"{one}?passcode={held.code}"),
            ("PATCH", f"{one}/check?passcode={held.code}"),
            ("DELETE", f"/v1/verifications/{held.account}"),
            ("GET", f"/metrics?account={held.account}"),
            ("GET", f"/{quote(full_width(held.code))}"),
            ("GET", f"/{held.account}/../{held.code}"),
        ):
            self._sends(method, path, b"", {"If-None-Match": held.code, "X-Account": held.account})

    def _forges_hooks(self) -> None:
        held, environment = self._held, self._stage.environment
        hook = f"/hooks/{held.verification}/1/{'a' * 26}/ja/1"
        status = hook.removesuffix("1") + "status"
        form = {
            "AccountSid": environment["IVR_CARRIER_ACCOUNT"],
            "CallSid": "CA" + "ab" * 16,
            "CallStatus": "in-progress",
            "To": held.number,
            "Digits": held.code,
        }
        signer = AuthTokenSigner(auth_token=environment["IVR_CARRIER_TOKENS"])
        for path, changed in (
            (hook, {}),
            (hook, {"Digits": full_width(held.code)}),
            (hook, {"Digits": held.code * 9}),
            (hook, {"CallSid": held.number}),
            (hook, {"AccountSid": held.account}),
            (hook, {"FinishedOnKey": held.code}),
            (status, {"CallStatus": held.account}),
            (status, {"CallStatus": "what-is-this"}),
            (status, {"SipResponseCode": held.code}),
            (f"/hooks/{held.account}/1/{held.code}/ja/1", {}),
            (f"/hooks/{held.verification}/{held.code}/{held.account}/{held.code}/status", {}),
            (f"/hooks/{held.verification}/{held.code}/{held.account}/ja/{held.code}", {}),
            (f"{hook}?Digits={held.code}", {}),
        ):
            fields = tuple({**form, **changed}.items())
            body = urlencode(fields).encode()
            own = {"Content-Type": FORM}
            self._sends("POST", path, body, own)
            self._sends("POST", path, body, {**own, "X-Twilio-Signature": held.code})
            genuine = signer.headers(environment["IVR_PUBLIC_URL"] + path, fields)
            self._sends("POST", path, body, {**own, **genuine})

    def _speaks_no_http(self) -> None:
        held = self._held
        path = f"/v1/verifications/{held.verification}/check?passcode={held.code}"
        end = "\r\nHost: bank\r\n"
        for line in (
            f"GET {path} {held.account} HTTP/1.1{end}",
            f"GET {path} HTTP/{held.code}{end}",
            f"GET {path}{'&' * 3000}{held.number} HTTP/1.1{end}",
            f"passcode={held.code} {path} HTTP/1.1{end}",
            f"GET {path} HTTP/1.1{end}Account {held.account}: x\r\n",
            f"GET {path} HTTP/1.1{end}{held.number}\r\n",
            f"GET {path} HTTP/1.1{end}X: 1\r\n {held.number}\r\n",
            f"GET {path} HTTP/1.1{end}X-Account: {held.account}{'9' * 5000}\r\n",
            f"POST {path} HTTP/1.1{end}Content-Length: {held.account}\r\n",
            f"POST {path} HTTP/1.1{end}Transfer-Encoding: {held.number}\r\n",
            f"POST {path} HTTP/1.1{end}Expect: {held.account}\r\n",
            f"POST {path} HTTP/1.1{end}Transfer-Encoding: chunked\r\n\r\n{held.number}\r\n",
        ):
            with socket.create_connection(self._address(), timeout=5.0) as connection:
                connection.sendall(f"{line}\r\n".encode())
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
            trace = Trace(sink="no HTTP", part="answer", place=line.split()[0], data=answer)
            self.came_back.append(trace)

    def _comes_when_the_store_is_full(self) -> None:
        held = self._held
        self._tapped.client.config_set("maxmemory", 1)
        try:
            self._checks_wrongly()
            raw = {"mode": "keyin", "purpose": "link", "bank": "honnin", "wallet": "kumopay"}
            body = json.dumps({**raw, "account": held.account}).encode()
            assert self._posts("/v1/verifications", body) == 503
        finally:
            self._tapped.client.config_set("maxmemory", 0)

    def _posts(
        self,
        path: str,
        body: bytes,
        *,
        content_type: str = "application/json",
        idempotency_key: str = "",
        authorization: str = "",
    ) -> int:
        headers = {"Content-Type": content_type, "Idempotency-Key": idempotency_key or str(uuid4())}
        if authorization:
            headers["Authorization"] = authorization
        return self._sends("POST", path, body, headers)

    def _sends(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        connection = http.client.HTTPConnection(*self._address(), timeout=30.0)
        connection.putrequest(method, path)
        own = {"Authorization": f"Bearer {self._stage.key}", "Content-Length": str(len(body))}
        for name, value in {**own, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        told = tuple(answer.getheaders())
        self.came_back.extend(message_traces("refusal", method, told, answer.read()))
        connection.close()
        return answer.status

    def _address(self) -> tuple[str, int]:
        parts = urlsplit(self._tapped.api)
        return parts.hostname or "", parts.port or 0
