"""Reading what a client sends: bodies, idempotency keys, and the wait of a long poll.

Knows the shapes and says which field is wrong and what it must be. Never repeats what was sent.
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeVar

import msgspec
from flask import Request as HttpRequest
from werkzeug.exceptions import ClientDisconnected

from ivr.domain.errors import Code, Refused
from ivr.domain.policy import Request

LARGEST_BODY: Final = 8192
LONGEST_WAIT: Final = 25.0
_IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e]{8,128}", re.ASCII)
_JSON: Final = "application/json"
_LENGTH: Final = re.compile(r"[0-9]{1,4000}", re.ASCII)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z_-]{1,40}[0-9]{0,3}", re.ASCII)
_MISSING: Final = re.compile(r"Object missing required field `(.*?)`")
_PLACE: Final = re.compile(r" - at `\$\.?([^`]*)`")
EXPECTED: Final = {
    "mode": "readout (the call speaks the passcode), keyin (the page shows it), "
    "notice (a link was made) or reverify (is an old link still wanted?), both answered by a key",
    "purpose": "link, charge, change or reverify",
    "bank": "a bank's id: lower-case letters, digits and hyphens",
    "wallet": "a wallet's id: lower-case letters, digits and hyphens",
    "account": "the account as the bank's registry writes it: 4 to 34 letters, digits and hyphens",
    "amount": "a whole number of yen from 1 to 100000000",
    "language": "a language of two letters, such as ja",
    "pace": "normal or slow",
    "reference": "1 to 64 letters, digits and . _ : / -",
    "callback_url": "an absolute URL of at most 500 characters",
    "passcode": "a string of digits, not a number",
}


class CheckBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a check."""

    passcode: str


class EmptyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body that says nothing: `{}`, or none at all."""


Body = TypeVar("Body", Request, CheckBody, EmptyBody)
_DECODERS: Final[dict[type[Any], msgspec.json.Decoder[Any]]] = {
    shape: msgspec.json.Decoder(shape) for shape in (Request, CheckBody, EmptyBody)
}


def read_body(request: HttpRequest, shape: type[Body]) -> tuple[Body, bytes]:
    """Read a JSON body into `shape`; return it and its bytes as received. Raises `Refused`."""
    try:
        raw = read_bytes(request, LARGEST_BODY)
    except ClientDisconnected:
        raise Refused(Code.NOT_JSON, "The body is shorter than its Content-Length says.") from None
    if raw is None:
        raise Refused(Code.BODY_TOO_LARGE, f"The body has more than {LARGEST_BODY} bytes.")
    if shape is EmptyBody and not raw.strip():
        return shape(), raw
    if request.environ.get("CONTENT_TYPE") != _JSON and request.mimetype != _JSON:
        raise Refused(Code.WRONG_CONTENT_TYPE, "Send JSON with Content-Type: application/json.")
    try:
        return _DECODERS[shape].decode(raw), raw
    except msgspec.ValidationError as error:
        raise _explain(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(Code.NOT_JSON, "The body is not JSON in UTF-8.") from None


def read_bytes(request: HttpRequest, most: int) -> bytes | None:
    """Return the body; None where it has more than `most` bytes. Raises `ClientDisconnected`."""
    said = request.environ.get("CONTENT_LENGTH") or ""
    if not _LENGTH.fullmatch(said):
        raw = request.stream.read(most + 1)
        return raw if len(raw) <= most else None
    length = int(said)
    if length > most:
        return None
    read: bytes = request.environ["wsgi.input"].read(length)
    if len(read) < length:
        raise ClientDisconnected
    return read


def _explain(message: str) -> Refused:
    if unknown := _UNKNOWN.match(message):
        name = unknown.group(1)[:40]
        known = "the OpenAPI document lists the fields"
        return Refused(
            Code.UNKNOWN_FIELD,
            f"There is no such field; {known}.",
            field=name if _NAME.fullmatch(name) else None,  # a value may stand in a name's place
        )
    if missing := _MISSING.match(message):
        name = missing.group(1)
        return Refused(Code.MISSING_FIELD, f"Missing: {EXPECTED.get(name, name)}.", field=name)
    place = _PLACE.search(message)
    name = place.group(1) if place else ""
    if name in EXPECTED:
        return Refused(Code.INVALID_FIELD, f"Must be {EXPECTED[name]}.", field=name)
    return Refused(Code.INVALID_FIELD, "The body must be a JSON object.")


def read_idempotency_key(request: HttpRequest) -> str:
    """Return the idempotency key. Raises `Refused` where it is missing or not one."""
    key = find_idempotency_key(request)
    if key is None:
        raise Refused(
            Code.IDEMPOTENCY_KEY_MISSING,
            "Send an Idempotency-Key, such as a UUID, so that a repeated request never calls twice.",
            field="Idempotency-Key",
        )
    return key


def find_idempotency_key(request: HttpRequest) -> str | None:
    """Return the idempotency key, where there is one. Raises `Refused` where it is not one."""
    key = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
        raise Refused(
            Code.IDEMPOTENCY_KEY_MALFORMED,
            "Must be 8 to 128 visible ASCII characters.",
            field="Idempotency-Key",
        )
    return key


def read_wait(request: HttpRequest) -> float:
    """Return how many seconds a poll may be held: 0 to 25. Raises `Refused`."""
    if not request.environ.get("QUERY_STRING"):
        return 0.0
    text = request.args.get("wait", "0")
    is_number = text.isascii() and text.isdigit() and len(text) <= len("000")
    if not is_number or float(text) > LONGEST_WAIT:
        raise Refused(
            Code.INVALID_FIELD, f"Must be whole seconds from 0 to {LONGEST_WAIT:.0f}.", field="wait"
        )
    return float(text)
