"""Errors as JSON problems (RFC 9457): one table from code to HTTP status and title.

Knows HTTP. A problem names its code, the field at fault and what to do; it never repeats a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Final, NotRequired, TypedDict

import msgspec
from flask import Response
from msgspec import Meta

from ivr.domain.errors import Code, Refused, TryLater
from ivr.domain.record import Reason
from ivr.web.plain_flask import PlainResponse
from ivr.web.representation import Verdict

MEDIA_TYPE: Final = "application/problem+json"
INTERNAL: Final = "internal_error"
STORE_UNAVAILABLE: Final = "store_unavailable"
STORE_CONTENDED: Final = "store_contended"
REPLICA_UNAVAILABLE: Final = "replica_unavailable"
OVERLOADED: Final = "overloaded"

STATUSES: Final[Mapping[Code, HTTPStatus]] = {
    Code.WRONG_CONTENT_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Code.BODY_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Code.NOT_JSON: HTTPStatus.BAD_REQUEST,
    Code.UNKNOWN_FIELD: HTTPStatus.BAD_REQUEST,
    Code.MISSING_FIELD: HTTPStatus.BAD_REQUEST,
    Code.INVALID_FIELD: HTTPStatus.BAD_REQUEST,
    Code.IDEMPOTENCY_KEY_MISSING: HTTPStatus.BAD_REQUEST,
    Code.IDEMPOTENCY_KEY_MALFORMED: HTTPStatus.BAD_REQUEST,
    Code.IDEMPOTENCY_KEY_REUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.IDEMPOTENCY_KEY_SPENT: HTTPStatus.CONFLICT,
    Code.KEY_MISSING: HTTPStatus.UNAUTHORIZED,
    Code.KEY_UNKNOWN: HTTPStatus.UNAUTHORIZED,
    Code.KEY_REVOKED: HTTPStatus.UNAUTHORIZED,
    Code.SCOPE_MISSING: HTTPStatus.FORBIDDEN,
    Code.ADDRESS_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Code.BANK_NOT_YOURS: HTTPStatus.FORBIDDEN,
    Code.UNKNOWN_BANK: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.UNKNOWN_WALLET: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.UNKNOWN_ACCOUNT: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.NO_REGISTERED_NUMBER: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.NUMBER_NOT_CALLED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.NUMBER_TOO_NEW: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.NUMBER_CALLED_TOO_OFTEN: HTTPStatus.TOO_MANY_REQUESTS,
    Code.AMOUNT_NOT_ALLOWED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.AMOUNT_MISSING: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.LANGUAGE_NOT_OFFERED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.MODE_NOT_ALLOWED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.PURPOSE_NOT_ALLOWED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.PURPOSE_NOT_OFFERED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.CALLBACK_NOT_ALLOWED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.ACCOUNT_BLOCKED: HTTPStatus.CONFLICT,
    Code.ACCOUNT_IN_USE: HTTPStatus.CONFLICT,
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    Code.PASSCODE_MALFORMED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.WRONG_MODE: HTTPStatus.CONFLICT,
    Code.WRONG_PASSCODE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.NOT_SPOKEN_YET: HTTPStatus.CONFLICT,
    Code.PASSCODE_EXPIRED: HTTPStatus.CONFLICT,
    Code.ALREADY_DECIDED: HTTPStatus.CONFLICT,
    Code.CALL_IN_PROGRESS: HTTPStatus.CONFLICT,
    Code.NO_CALLS_LEFT: HTTPStatus.CONFLICT,
}
OUR_STATUSES: Final[Mapping[str, HTTPStatus]] = {
    STORE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    STORE_CONTENDED: HTTPStatus.SERVICE_UNAVAILABLE,
    REPLICA_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    OVERLOADED: HTTPStatus.SERVICE_UNAVAILABLE,
    INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The codes that no client can do anything about."""
ALL_STATUSES: Final[Mapping[str, HTTPStatus]] = {
    **{code.value: status for code, status in STATUSES.items()},
    **OUR_STATUSES,
}


class ProblemShown(TypedDict):
    """What every refusal and every failure looks like (RFC 9457)."""

    type: Annotated[str, Meta(description="Where the code is explained.")]
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    code: Annotated[str, Meta(description="Stable: branch on this.")]
    detail: Annotated[str, Meta(description="What is wrong and what to do, for a person to read.")]
    field: NotRequired[Annotated[str, Meta(description="The field, parameter or header at fault.")]]
    tries_left: NotRequired[Annotated[int, Meta(ge=0, description="After a wrong passcode.")]]
    verdict: NotRequired[Annotated[Verdict, Meta(description="Where there is one.")]]
    reason: NotRequired[Reason]
    receipt: NotRequired[str]
    retry_after: NotRequired[Annotated[int, Meta(ge=1, description="In seconds.")]]
    verification: NotRequired[
        Annotated[str, Meta(description="The open verification of the account, if it is yours.")]
    ]


def refusal(error: Refused) -> Response:
    """Turn a refusal into its problem."""
    status = STATUSES[error.code]
    members = dict(error.extra)
    if error.field is not None:
        members["field"] = error.field
    response = _problem(status, error.code, error.detail, members)
    if status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in members:
        response.headers["Retry-After"] = str(members["retry_after"])
    return response


def try_later(error: TryLater) -> Response:
    """Turn what nobody is at fault for into 503 with Retry-After."""
    response = _problem(
        HTTPStatus.SERVICE_UNAVAILABLE, error.code, error.detail, {"retry_after": error.after}
    )
    response.headers["Retry-After"] = str(error.after)
    return response


def internal() -> Response:
    """Return the problem for a defect of ours: it says nothing of what went wrong, the log does."""
    detail = "Something went wrong here; what was accepted before is kept. Ask again, or read the verification."
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL, detail, {})


def title_of(code: str) -> str:
    """Return a code's title: its words."""
    return code.replace("_", " ").capitalize()


def _problem(status: HTTPStatus, code: str, detail: str, members: Mapping[str, object]) -> Response:
    body = {
        "type": f"/problems#{code}",
        "title": title_of(code),
        "status": status.value,
        "code": str(code),
        "detail": detail,
        **members,
    }
    return PlainResponse.of(status, msgspec.json.encode(body), ("Content-Type", MEDIA_TYPE))
