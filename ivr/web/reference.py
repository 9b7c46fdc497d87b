"""The description of the API, for whoever asks: /openapi.json for programs, /docs and /problems for people.

All of it is made once, when first asked for. The pages hold no script and load nothing: their
one style sheet stands in them and is allowed by its hash.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from flask import Blueprint, Response, render_template, request

from ivr.web.openapi import describe
from ivr.web.outline import outline, problems

_PAGES: Final = "pages"
_CACHED: Final = "public, max-age=300"


class Static(NamedTuple):
    """An answer that is always the same, with its entity tag and what else its header says."""

    body: bytes
    content_type: str
    tag: str
    headers: dict[str, str]


def reference() -> Blueprint:
    """Return the blueprint of `/openapi.json`, `/docs` and `/problems`."""
    blueprint = Blueprint("reference", __name__, template_folder=_PAGES)
    made = functools.cache(_make)

    @blueprint.get("/openapi.json")
    def openapi() -> Response:
        return _answer(made()["openapi"])

    @blueprint.get("/docs")
    def docs() -> Response:
        return _answer(made()["docs"])

    @blueprint.get("/problems")
    def all_problems() -> Response:
        return _answer(made()["problems"])

    return blueprint


def _make() -> dict[str, Static]:
    document = describe()
    style = (Path(__file__).parent / _PAGES / "page.css").read_text(encoding="utf-8")
    docs = render_template("docs.html", page=outline(document), style=style)
    listed = render_template("problems.html", problems=problems(), style=style)
    return {
        "openapi": _static(msgspec.json.encode(document), "application/json", {}),
        "docs": _page(docs, style),
        "problems": _page(listed, style),
    }


def _page(text: str, style: str) -> Static:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    headers = {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
    }
    return _static(text.encode(), "text/html; charset=utf-8", headers)


def _static(body: bytes, content_type: str, headers: dict[str, str]) -> Static:
    tag = hashlib.blake2b(body, digest_size=9).hexdigest()
    return Static(body, content_type, tag, {"X-Content-Type-Options": "nosniff", **headers})


def _answer(static: Static) -> Response:
    response = Response(static.body, content_type=static.content_type)
    response.headers.update(static.headers)
    response.headers["Cache-Control"] = _CACHED
    response.set_etag(static.tag)
    response.make_conditional(request)
    return response
