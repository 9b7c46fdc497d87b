"""What the OpenAPI document's calls share: parameters, headers, the callback, the public addresses.

Knows words and forms that do not depend on a verification.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ivr.web.bodies import LONGEST_WAIT
from ivr.web.examples import EXAMPLE_ID
from ivr.web.openapi_schemas import Callback, Health, PublicKeys, ref

_TEXT: Final = {"type": "string"}


def _parameter(name: str, place: str, text: str, *, required: bool = True, **schema: Any) -> Any:
    return {
        "name": name,
        "in": place,
        "required": required,
        "description": text,
        "schema": schema or _TEXT,
    }


def _key(text: str, *, required: bool) -> Any:
    pattern = "^[!-~]{8,128}$"
    return _parameter(
        "Idempotency-Key", "header", text, required=required, type="string", pattern=pattern
    )


PARAMETERS: Final[Mapping[str, Any]] = {
    "verification_id": {
        **_parameter("verification_id", "path", "The verification's id."),
        "example": EXAMPLE_ID,
    },
    "Idempotency-Key": _key(
        "Names this request, such as a UUID; send the same one when you repeat it.", required=True
    ),
    "Idempotency-Key-optional": _key(
        "Names this try, so that a repeated request is not counted twice.", required=False
    ),
    "wait": _parameter(
        "wait",
        "query",
        "For how many seconds the answer may be held until something changes.",
        required=False,
        type="integer",
        minimum=0,
        maximum=int(LONGEST_WAIT),
        default=0,
    ),
    "If-None-Match": _parameter(
        "If-None-Match",
        "header",
        "The ETag of your last answer: it is held while nothing has changed since then.",
        required=False,
    ),
}


def _header(text: str, kind: str = "string") -> Any:
    return {"description": text, "schema": {"type": kind}}


HEADERS: Final[Mapping[str, Any]] = {
    "ETag": _header("Changes whenever the verification does."),
    "Location": _header("The address of the verification."),
    "Retry-After": _header("In how many seconds to ask again.", "integer"),
    "WWW-Authenticate": _header("Bearer."),
}

CALLBACK: Final[Mapping[str, Any]] = {
    "post": {
        "summary": "The verdict",
        "description": "Posted once there is a verdict, signed by the Standard Webhooks specification "
        "with the secret that `ivr client add` printed, and again with growing pauses until it is "
        "answered with 2xx. Redirects are not followed.",
        "parameters": [
            _parameter("webhook-id", "header", "Names this news: the same on every attempt."),
            _parameter(
                "webhook-timestamp", "header", "When it was sent, in seconds since the epoch."
            ),
            _parameter(
                "webhook-signature",
                "header",
                "v1, and the HMAC-SHA-256 of id.timestamp.body in base64; one for each live secret.",
            ),
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": ref(Callback)}},
        },
        "responses": {"2XX": {"description": "Taken; it is not sent again."}},
    }
}


def _open(name: str, summary: str, **responses: Any) -> Any:
    described = {
        status.removeprefix("s"): {"description": text, "content": content}
        for status, (text, content) in responses.items()
    }
    return {
        "get": {"operationId": name, "summary": summary, "security": [], "responses": described}
    }


def _json(schema: Mapping[str, Any]) -> Any:
    return {"application/json": {"schema": schema}}


_HTML: Final = {"text/html": {"schema": _TEXT}}

PUBLIC: Final[Mapping[str, Any]] = {
    "/.well-known/jwks.json": _open(
        "keys", "The keys that check receipts", s200=("A JWK set.", _json(ref(PublicKeys)))
    ),
    "/openapi.json": _open(
        "openapi", "This document", s200=("OpenAPI 3.1.", _json({"type": "object"}))
    ),
    "/docs": _open("docs", "This document, to be read", s200=("A page.", _HTML)),
    "/problems": _open("problems", "Every code, with what to do", s200=("A page.", _HTML)),
    "/healthz": _open("alive", "Whether this process lives", s200=("It does.", _json(ref(Health)))),
    "/readyz": _open(
        "ready",
        "Whether this process can work",
        s200=("It can.", _json(ref(Health))),
        s503=("The store does not answer.", _json(ref(Health))),
    ),
}
