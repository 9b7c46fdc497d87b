"""The calls of the API for banks, as the OpenAPI document tells them: words, examples and codes.

Knows what each call is for and which problems it can answer with; a test compares this with the
routes, and every answer that the other tests get with what is promised here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ivr.domain.errors import Code
from ivr.domain.policy import Request
from ivr.web.bodies import CheckBody, EmptyBody

_GUARD: Final = frozenset(
    {
        Code.KEY_MISSING,
        Code.KEY_UNKNOWN,
        Code.KEY_REVOKED,
        Code.SCOPE_MISSING,
        Code.ADDRESS_NOT_ALLOWED,
    }
)
_BODY: Final = frozenset(
    {
        Code.WRONG_CONTENT_TYPE,
        Code.BODY_TOO_LARGE,
        Code.NOT_JSON,
        Code.UNKNOWN_FIELD,
        Code.INVALID_FIELD,
    }
)
_KEY: Final = frozenset({Code.IDEMPOTENCY_KEY_MISSING, Code.IDEMPOTENCY_KEY_MALFORMED})
_ONE: Final = _GUARD | {Code.NOT_FOUND}


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `body` is its shape and `example` one of it; `codes` are its problems."""

    name: str
    method: str
    path: str
    summary: str
    text: str
    status: int
    answer_text: str
    codes: frozenset[Code]
    parameters: tuple[str, ...] = ()
    body: type[Any] | None = None
    example: Mapping[str, Any] | None = None
    query: str = ""


ONE: Final = "/v1/verifications/{verification_id}"
OPERATIONS: Final = (
    Operation(
        name="start",
        method="post",
        path="/v1/verifications",
        summary="Start a verification",
        text="Asks for a call to the number that the bank has registered for the account. Nobody is "
        "called twice for one Idempotency-Key: repeat the request with the same key until it is "
        "answered. In keyin the answer holds the passcode that the page shows; a repeated request "
        "is given it again until the phone is answered.",
        status=202,
        answer_text="The call is wished for. Location names the verification.",
        codes=_GUARD
        | _BODY
        | _KEY
        | {
            Code.MISSING_FIELD,
            Code.IDEMPOTENCY_KEY_REUSED,
            Code.IDEMPOTENCY_KEY_SPENT,
            Code.BANK_NOT_YOURS,
            Code.UNKNOWN_BANK,
            Code.UNKNOWN_WALLET,
            Code.UNKNOWN_ACCOUNT,
            Code.NO_REGISTERED_NUMBER,
            Code.NUMBER_NOT_CALLED,
            Code.NUMBER_TOO_NEW,
            Code.NUMBER_CALLED_TOO_OFTEN,
            Code.AMOUNT_NOT_ALLOWED,
            Code.AMOUNT_MISSING,
            Code.LANGUAGE_NOT_OFFERED,
            Code.MODE_NOT_ALLOWED,
            Code.PURPOSE_NOT_ALLOWED,
            Code.PURPOSE_NOT_OFFERED,
            Code.CALLBACK_NOT_ALLOWED,
            Code.ACCOUNT_BLOCKED,
            Code.ACCOUNT_IN_USE,
        },
        parameters=("Idempotency-Key",),
        body=Request,
        example={
            "mode": "readout",
            "purpose": "link",
            "bank": "honnin",
            "wallet": "kumopay",
            "account": "101-1234567",
            "reference": "link-0042",
            "callback_url": "https://linking.bank.example/callbacks/honnin",
        },
    ),
    Operation(
        name="read",
        method="get",
        path=ONE,
        summary="See how it stands",
        text="With wait the answer is held until something changes, for so many seconds at most. "
        "Send the ETag of your last answer as If-None-Match, and nothing is missed between two "
        "polls. The answer is always whole; an unchanged one has the ETag you sent. Where too many "
        "polls are held already it comes at once, with Retry-After.",
        status=200,
        answer_text="The verification as it stands.",
        codes=_ONE | {Code.INVALID_FIELD},
        parameters=("wait", "If-None-Match"),
        query="?wait=20",
    ),
    Operation(
        name="check",
        method="post",
        path=f"{ONE}/check",
        summary="Check the passcode that was typed (readout)",
        text="Only a pass is 200. A wrong passcode is 422 wrong_passcode with tries_left; on the "
        "last try the verdict is in that answer. Send an Idempotency-Key of its own with each thing "
        "that was typed, and a request that you repeat costs no second try.",
        status=200,
        answer_text="A pass, with its receipt.",
        codes=_ONE
        | _BODY
        | {
            Code.MISSING_FIELD,
            Code.IDEMPOTENCY_KEY_MALFORMED,
            Code.IDEMPOTENCY_KEY_REUSED,
            Code.PASSCODE_MALFORMED,
            Code.WRONG_MODE,
            Code.WRONG_PASSCODE,
            Code.NOT_SPOKEN_YET,
            Code.PASSCODE_EXPIRED,
            Code.ALREADY_DECIDED,
        },
        parameters=("Idempotency-Key-optional",),
        body=CheckBody,
        example={"passcode": "012345"},
    ),
    Operation(
        name="call_again",
        method="post",
        path=f"{ONE}/calls",
        summary="Call again",
        text="Asks for another call, with a new passcode and the same count of failures, once the "
        "last call has ended. The body is {} or empty. In keyin the answer holds the new passcode.",
        status=202,
        answer_text="The call is wished for.",
        codes=_ONE
        | _BODY
        | _KEY
        | {
            Code.NUMBER_CALLED_TOO_OFTEN,
            Code.ALREADY_DECIDED,
            Code.CALL_IN_PROGRESS,
            Code.NO_CALLS_LEFT,
        },
        parameters=("Idempotency-Key",),
        body=EmptyBody,
        example={},
    ),
    Operation(
        name="cancel",
        method="delete",
        path=ONE,
        summary="Cancel",
        text="Takes the verification back: the verdict is fail, the reason cancelled. A call in "
        "progress is hung up.",
        status=200,
        answer_text="The verification with its verdict.",
        codes=_ONE | {Code.ALREADY_DECIDED},
    ),
)
