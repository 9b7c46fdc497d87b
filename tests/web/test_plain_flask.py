"""Flask is the umpire: the same app under both answers alike and calls the same functions in the same order."""

import pytest
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    g,
    has_app_context,
    has_request_context,
    jsonify,
    request,
)
from werkzeug.wrappers import Response as Plain

from ivr.web.plain_flask import PlainFlask, PlainResponse

Calls = list[str]


def build(kind: type[Flask], calls: Calls) -> Flask:
    """Register everything that a way has to know of."""
    app = kind("app", static_folder=None)
    inner = Blueprint("inner", __name__, url_prefix="/inner")
    for place in (app, inner):
        for number in (1, 2):
            tell(place, f"{'app' if place is app else 'inner'}{number}", calls)
    serve_app(app)
    serve_inner(inner, calls)
    app.register_blueprint(inner)
    return app


def tell(place: Flask | Blueprint, name: str, calls: Calls) -> None:
    place.before_request(lambda: calls.append(f"before {name}"))
    place.teardown_request(lambda error: calls.append(f"end {name} {error!r}"))

    @place.after_request
    def after(answer: Response) -> Response:
        calls.append(f"after {name} {answer.status}")
        return answer


def serve_app(app: Flask) -> None:
    @app.get("/text")
    def text() -> str:
        return "text"

    @app.route("/both", methods=["GET", "POST"])
    def both() -> Response:
        g.seen = request.args.get("seen", "")
        return jsonify(method=request.method, seen=g.seen, body=request.get_data(as_text=True))

    @app.get("/wrong")
    def wrong() -> str:
        raise ValueError("app")

    @app.get("/gone")
    def gone() -> str:
        abort(410)

    @app.get("/files/<path:name>")
    def file(name: str) -> str:
        return f"file {name}"


def serve_inner(inner: Blueprint, calls: Calls) -> None:
    @inner.before_request
    def guard() -> Response | None:
        return PlainResponse("no", 401) if request.path.endswith("/guarded") else None

    @inner.get("/guarded")
    def guarded() -> str:
        return "never"

    @inner.get("/<name>/<int:number>")
    def named(name: str, number: int) -> Response:
        calls.append(f"{request.endpoint} {request.view_args} {request.blueprints}")
        return PlainResponse(f"{name} {number + 1}", content_type="text/plain; charset=utf-8")

    @inner.get("/<name>/fixed")
    def fixed(name: str) -> Response:
        return PlainResponse(f"fixed {name}")

    @inner.get("/nothing")
    def nothing() -> Response:
        return PlainResponse(status=204)

    @inner.get("/wrong")
    def wrong() -> str:
        raise KeyError("inner")

    @inner.errorhandler(KeyError)
    def explain(error: KeyError) -> tuple[str, int]:
        calls.append(f"explained {error!r}")
        return "explained", 422


ASKED = [
    ("GET", "/text"),
    ("HEAD", "/text"),
    ("OPTIONS", "/text"),
    ("POST", "/text"),
    ("GET", "/both?seen=%E3%81%82"),
    ("POST", "/both"),
    ("PUT", "/both"),
    ("GET", "/inner/a/1"),
    ("GET", "/inner/%E3%81%82/1"),
    ("GET", "/inner/a%2Fb/1"),
    ("GET", "/inner/a/１"),
    ("GET", "/inner/a/" + "9" * 40),
    ("GET", "/inner/a/-1"),
    ("GET", "/inner//1"),
    ("GET", "/inner/a/fixed"),
    ("HEAD", "/inner/a/1"),
    ("GET", "/inner/nothing"),
    ("GET", "/inner/guarded"),
    ("GET", "/inner/wrong"),
    ("GET", "/wrong"),
    ("GET", "/gone"),
    ("GET", "/files/a/b"),
    ("GET", "/none"),
    ("GET", "/text/"),
    ("GET", "/text\n"),
]


def ask(app: Flask, method: str, path: str) -> Plain:
    return app.test_client().open(path, method=method, data=b"body" if method == "POST" else None)


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_it_answers_and_calls_as_flask_does(method: str, path: str) -> None:
    calls: tuple[Calls, Calls] = ([], [])
    plain, whole = build(PlainFlask, calls[0]), build(Flask, calls[1])
    ours, theirs = ask(plain, method, path), ask(whole, method, path)
    assert (ours.status, ours.get_data()) == (theirs.status, theirs.get_data())
    assert sorted(ours.headers) == sorted(theirs.headers)
    assert calls[0] == calls[1]
    assert calls[0]


def test_what_has_no_handler_ends_as_in_flask() -> None:
    calls: Calls = []
    app = build(PlainFlask, calls)
    app.testing = True
    with pytest.raises(ValueError, match="app"):
        app.test_client().get("/wrong")
    assert calls[-1].startswith("end app1 ValueError")


def test_requests_know_nothing_of_each_other() -> None:
    app = build(PlainFlask, [])
    client = app.test_client()
    assert client.get("/both?seen=1").json["seen"] == "1"  # type: ignore[index]
    assert client.get("/both").json["seen"] == ""  # type: ignore[index]
    assert not has_request_context()
    assert not has_app_context()


def test_nothing_is_registered_after_the_first_request() -> None:
    app = build(PlainFlask, [])
    app.test_client().get("/text")
    with pytest.raises(AssertionError, match="already handled its first request"):
        app.get("/late")(str)
