"""Holds answers against what the OpenAPI document promises of them."""

import functools
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from ivr.web.openapi import describe


@functools.cache
def document() -> dict[str, Any]:
    """The document as it is served."""
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(describe()))
    return decoded


def check_shape(schema: Mapping[str, Any], value: object) -> None:
    """Hold a value against a schema of the document. Raises where it does not fit."""
    root = {**schema, "components": document()["components"]}
    Draft202012Validator(root, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


def check_answer(method: str, path: str, answer: TestResponse) -> None:
    """Hold an answer of the API for banks against its operation: status, type, shape, members, headers."""
    described = _operation(method, path)
    if described is None:
        return
    response = described["responses"].get(str(answer.status_code))
    assert response, f"{method} {path} is not described with {answer.status_code}: {answer.json}"
    content = response["content"][answer.mimetype]
    value = msgspec.json.decode(answer.data)
    check_shape(content["schema"], value)
    assert set(value) <= set(_members(content["schema"]))
    for name in set(response.get("headers", {})) - {"Retry-After"}:
        assert name in answer.headers, f"{name} is promised"
    if answer.status_code in {429, 503}:
        assert "Retry-After" in answer.headers


def _members(schema: Mapping[str, Any]) -> list[str]:
    for part in [schema, *schema.get("allOf", [])]:
        if "$ref" in part:
            name = part["$ref"].rpartition("/")[2]
            return list(document()["components"]["schemas"][name]["properties"])
    raise AssertionError(schema)


def _operation(method: str, path: str) -> dict[str, Any] | None:
    bare = path.partition("?")[0]
    for template, methods in document()["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, bare) and method.lower() in methods:
            found: dict[str, Any] = methods[method.lower()]
            return found
    return None
