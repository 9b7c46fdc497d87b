"""A small client of the verification API, as a bank's linking backend would write it.

Knows the paths, the bearer key, idempotency keys, time-outs and when a request may be repeated.
Does not know what a depositor or a page is, and keeps nothing.
"""

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import urllib3

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
ATTEMPTS = 3
LONGEST_PAUSE = 2.0
SUCCESS = 2
ASK_AGAIN = frozenset({429, 503})


class ApiUnreachableError(Exception):
    """No answer came; nothing is known about what the request did. Ask again with the same key."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the API said: the status, the JSON and what a long poll needs to go on from here.

    `request_sha256` is the digest of the request's own body, in base64url, as receipts name it.
    """

    status: int
    body: dict[str, Any]
    etag: str | None
    retry_after: float | None
    request_sha256: str

    @property
    def ok(self) -> bool:
        """Whether the request did what it asked for."""
        return self.status // 100 == SUCCESS


class VerificationClient:
    """The verification API over kept-alive connections; safe to share between threads."""

    def __init__(self, base: str, key: str) -> None:
        """Remember where the API is and the bank's key. The key never leaves this object."""
        self._base = base.rstrip("/")
        self._authorization = f"Bearer {key}"
        self._pool = urllib3.PoolManager(maxsize=16, retries=False)

    def start(self, order: Mapping[str, object]) -> Answer:
        """Ask for a verification; sent again under one key, it still rings once."""
        return self._send("POST", "/v1/verifications", order)

    def look(self, verification: str, *, wait: int, seen: str | None) -> Answer:
        """See how it stands, held up to `wait` seconds while it still is as `seen` (an ETag)."""
        path = f"{_path(verification)}?wait={wait}"
        headers = {"If-None-Match": seen} if seen else {}
        return self._send("GET", path, headers=headers, patience=wait)

    def check(self, verification: str, passcode: str) -> Answer:
        """Hand over what the depositor typed. Only a 200 is a pass."""
        return self._send("POST", f"{_path(verification)}/check", {"passcode": passcode})

    def call_again(self, verification: str) -> Answer:
        """Ask for another call, with a new passcode and the same count of failures."""
        return self._send("POST", f"{_path(verification)}/calls", {})

    def cancel(self, verification: str) -> Answer:
        """Withdraw the request; a call in progress is hung up."""
        return self._send("DELETE", _path(verification))

    def keys(self) -> Answer:
        """Fetch the public keys by which receipts are checked (RFC 7517)."""
        return self._send("GET", "/.well-known/jwks.json")

    def _send(
        self,
        method: str,
        path: str,
        content: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        patience: float = 0.0,
    ) -> Answer:
        """Send, and again after a short pause where that is safe. Raises: ApiUnreachableError."""
        sent = {"Authorization": self._authorization, **(headers or {})}
        body = b""
        if content is not None:
            body = json.dumps(content, ensure_ascii=False).encode()
            sent |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        for attempt in range(1, ATTEMPTS + 1):
            answer = self._once(method, path, body, sent, patience)
            last = attempt == ATTEMPTS
            pause = _pause(answer, attempt)
            if answer is not None and (last or pause is None):
                return answer
            if not last:
                time.sleep(pause or 0.0)
        raise ApiUnreachableError(method)

    def _once(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], patience: float
    ) -> Answer | None:
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS + patience)
        try:
            response = self._pool.request(
                method,
                self._base + path,
                body=body or None,
                headers=dict(headers),
                timeout=timeout,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError:
            return None
        return Answer(
            status=response.status,
            body=_object(response.data),
            etag=response.headers.get("ETag"),
            retry_after=_seconds(response.headers.get("Retry-After")),
            request_sha256=_digest(body),
        )


def _path(verification: str) -> str:
    return "/v1/verifications/" + quote(verification, safe="")


def _digest(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()


def _object(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isdecimal() else None


def _pause(answer: Answer | None, attempt: int) -> float | None:
    """How long to rest before asking again; None when the answer is final or the rest too long."""
    if answer is None:
        return 0.2 * attempt
    if answer.status not in ASK_AGAIN:
        return None
    pause = 0.2 * attempt if answer.retry_after is None else answer.retry_after
    return pause if pause <= LONGEST_PAUSE else None
