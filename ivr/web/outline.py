"""The OpenAPI document as rows that a page can show. Pure: from the document to what is read of it.

Knows the few forms of schema that our document uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from ivr.web.advice import ADVICE
from ivr.web.operations import OPERATIONS
from ivr.web.problems import ALL_STATUSES, MEDIA_TYPE

_JSON: Final = "application/json"
_ORDER: Final = [operation.name for operation in OPERATIONS]
Document = Mapping[str, Any]


class Row(NamedTuple):
    """One field, parameter or header."""

    name: str
    kind: str
    text: str
    required: bool


class Problem(NamedTuple):
    """One code, with what it means and what to do."""

    code: str
    status: int
    means: str
    to_do: str


class Call(NamedTuple):
    """One call, ready to be shown."""

    name: str
    method: str
    path: str
    summary: str
    text: str
    curl: str
    parameters: list[Row]
    fields: list[Row]
    status: str
    answer: str
    example: str
    problems: list[Problem]


class Page(NamedTuple):
    """The whole document, ready to be shown. `public` are the addresses that need no key."""

    title: str
    version: str
    text: str
    calls: list[Call]
    members: list[Row]
    problem_members: list[Row]
    callback_text: str
    callback_headers: list[Row]
    callback_members: list[Row]
    public: list[tuple[str, str]]


def outline(document: Document) -> Page:
    """Return what the page shows."""
    callback = document["paths"]["/v1/verifications"]["post"]["callbacks"]["decided"]
    posted = next(iter(callback.values()))["post"]
    return Page(
        title=document["info"]["title"],
        version=document["info"]["version"],
        text=document["info"]["description"],
        calls=sorted(_calls(document), key=lambda call: _ORDER.index(call.name)),
        members=list(rows(document, _schema(document, "Verification"))),
        problem_members=list(rows(document, _schema(document, "Problem"))),
        callback_text=posted["description"],
        callback_headers=[_parameter_row(document, each) for each in posted["parameters"]],
        callback_members=list(rows(document, _schema(document, "Callback"))),
        public=[
            (path, methods["get"]["summary"])
            for path, methods in document["paths"].items()
            if methods.get("get", {}).get("security") == []
        ],
    )


def problems(codes: Mapping[str, Any] | None = None) -> list[Problem]:
    """Return these codes, or all of them, in the table's order."""
    return [
        Problem(code, status.value, *ADVICE[code])
        for code, status in ALL_STATUSES.items()
        if codes is None or code in codes
    ]


def _calls(document: Document) -> Iterator[Call]:
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            if method != "parameters" and "x-codeSamples" in described:
                yield _call(document, method, path, described)


def _call(document: Document, method: str, path: str, described: Document) -> Call:
    status, answer = next(iter(described["responses"].items()))
    body = described.get("requestBody", {}).get("content", {}).get(_JSON, {})
    example = msgspec.json.encode(answer["content"][_JSON]["example"])
    return Call(
        name=described["operationId"],
        method=method.upper(),
        path=path,
        summary=described["summary"],
        text=described["description"],
        curl=described["x-codeSamples"][0]["source"],
        parameters=[_parameter_row(document, each) for each in described.get("parameters", [])],
        fields=list(rows(document, body["schema"])) if body else [],
        status=status,
        answer=answer["description"],
        example=msgspec.json.format(example, indent=2).decode(),
        problems=problems(_codes(described)),
    )


def _codes(described: Document) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for response in described["responses"].values():
        found.update(response["content"].get(MEDIA_TYPE, {}).get("examples", {}))
    return found


def _parameter_row(document: Document, parameter: Document) -> Row:
    found = _resolve(document, parameter)
    return Row(
        found["name"], kind_of(document, found["schema"]), found["description"], found["required"]
    )


def rows(document: Document, schema: Document, prefix: str = "") -> Iterator[Row]:
    """Return an object's members; those of an object within it as `outer.inner`."""
    found = _resolve(document, schema)
    for name, member in found["properties"].items():
        inner = _resolve(document, member)
        if "properties" in inner:
            yield from rows(document, inner, f"{prefix}{name}.")
            continue
        text = member.get("description") or inner.get("description", "")
        yield Row(
            f"{prefix}{name}", kind_of(document, member), text, name in found.get("required", ())
        )


def kind_of(document: Document, schema: Document) -> str:
    """Say in a few words what a value is."""
    found = _resolve(document, schema)
    if "anyOf" in found:
        return " or ".join(kind_of(document, each) for each in found["anyOf"])
    if "enum" in found:
        return " | ".join(map(str, found["enum"]))
    if found.get("format") == "date-time":
        return "time (RFC 3339, UTC)"
    if "minimum" in found and "maximum" in found:
        return f"{found['type']}, {found['minimum']} to {found['maximum']}"
    if "pattern" in found:
        return f"{found['type']}, {found['pattern']}"
    return str(found["type"])


def _schema(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def _resolve(document: Document, schema: Document) -> Document:
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema
