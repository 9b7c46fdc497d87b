"""The OpenAPI 3.1 description of the API for banks, made from the shapes and tables that the code uses.

Pure. Knows the document's form; what each call is for stands in `operations.py`, what each problem
means in `advice.py`, and every shape where it is read or written.
"""

from __future__ import annotations

import shlex
from http import HTTPStatus
from typing import Any, Final

import msgspec

from ivr import __version__
from ivr.domain.errors import Code
from ivr.web.advice import ADVICE
from ivr.web.bodies import EmptyBody
from ivr.web.examples import ANSWERS, EXAMPLE_ID
from ivr.web.openapi_components import CALLBACK, HEADERS, PARAMETERS, PUBLIC
from ivr.web.openapi_schemas import ref, schemas
from ivr.web.operations import OPERATIONS, Operation
from ivr.web.problems import ALL_STATUSES, MEDIA_TYPE, OUR_STATUSES, ProblemShown, title_of
from ivr.web.representation import VerificationShown

_JSON: Final = "application/json"
_INTRODUCTION: Final = (
    "Honnin asks a depositor, by a call to the telephone number that is registered at the bank, "
    "whether he wants what is being done in his name. In readout the call speaks a passcode and "
    "the page takes it; in keyin the page shows a passcode and the phone takes it. Every "
    "verification ends in one verdict, pass or fail, by poll and by callback, with a signed receipt."
)


def describe() -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        path = paths.setdefault(operation.path, _path(operation.path))
        path[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Honnin: the API for banks",
            "version": __version__,
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"api_key": []}],
        "paths": {**paths, **PUBLIC},
        "components": {
            "schemas": schemas(),
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "securitySchemes": {
                "api_key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The key that `ivr client add` printed. The scope read lets it "
                    "read, the scope verify everything else.",
                }
            },
        },
    }


def _path(path: str) -> dict[str, Any]:
    if "{" not in path:
        return {}
    return {"parameters": [{"$ref": "#/components/parameters/verification_id"}]}


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.text,
        "responses": {
            str(operation.status): _answer(operation),
            **_problems(operation.codes),
        },
        "x-codeSamples": [{"lang": "Shell", "label": "curl", "source": curl(operation)}],
    }
    if operation.parameters:
        described["parameters"] = [
            {"$ref": f"#/components/parameters/{name}"} for name in operation.parameters
        ]
    if operation.body:
        described["requestBody"] = {
            "required": operation.body is not EmptyBody,
            "content": {_JSON: {"schema": ref(operation.body), "example": operation.example}},
        }
    if operation.name == "start":
        described["callbacks"] = {"decided": {"{$request.body#/callback_url}": CALLBACK}}
    return described


def _answer(operation: Operation) -> dict[str, Any]:
    names = ["ETag"]
    if operation.name == "start":
        names.append("Location")
    if operation.name == "read":
        names.append("Retry-After")
    return {
        "description": operation.answer_text,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {_JSON: {"schema": ref(VerificationShown), "example": ANSWERS[operation.name]}},
    }


def _problems(codes: frozenset[Code]) -> dict[str, Any]:
    """Describe the problems of one call, by status."""
    by_status: dict[HTTPStatus, list[str]] = {}
    for code, status in ALL_STATUSES.items():
        if code in codes or code in OUR_STATUSES:
            by_status.setdefault(status, []).append(code)
    return {
        str(status.value): _problem(status, names) for status, names in sorted(by_status.items())
    }


def _problem(status: HTTPStatus, names: list[str]) -> dict[str, Any]:
    shape = {"allOf": [ref(ProblemShown)], "properties": {"code": {"enum": names}}}
    examples = {name: {"value": _example(name, status)} for name in names}
    return {
        "description": f"{status.phrase}: {', '.join(names)}",
        "headers": _problem_headers(status),
        "content": {MEDIA_TYPE: {"schema": shape, "examples": examples}},
    }


def _problem_headers(status: HTTPStatus) -> dict[str, Any]:
    match status:
        case HTTPStatus.UNAUTHORIZED:
            name = "WWW-Authenticate"
        case HTTPStatus.TOO_MANY_REQUESTS | HTTPStatus.SERVICE_UNAVAILABLE:
            name = "Retry-After"
        case _:
            return {}
    return {name: {"$ref": f"#/components/headers/{name}"}}


def _example(code: str, status: HTTPStatus) -> dict[str, Any]:
    return {
        "type": f"/problems#{code}",
        "title": title_of(code),
        "status": status.value,
        "code": code,
        "detail": ADVICE[code].means,
    }


def curl(operation: Operation) -> str:
    """Return the call as a command for a shell in which HONNIN and KEY are set."""
    path = operation.path.replace("{verification_id}", EXAMPLE_ID) + operation.query
    method = "" if operation.method == "get" else f" -X {operation.method.upper()}"
    lines = [f'curl{method} "$HONNIN{path}"', '-H "Authorization: Bearer $KEY"']
    if any(name.startswith("Idempotency-Key") for name in operation.parameters):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if operation.example is not None:
        lines.append(f'-H "Content-Type: {_JSON}"')
        body = msgspec.json.format(msgspec.json.encode(operation.example), indent=4).decode()
        lines.append(f"-d {shlex.quote(body)}")
    return " \\\n  ".join(lines)
