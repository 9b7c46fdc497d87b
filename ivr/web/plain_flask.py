"""Flask without what the product never uses, for the requests that come by the million.

Flask finds the view of a request, prepares it and finishes it by machinery that serves every kind of site: hosts
and redirects, sessions, signals, views that are coroutines. Here each rule is a `Way`: one regular expression
finds it, and what runs before and after its view is known since the start. Whatever no way fits (another method,
another spelling, nothing at all) goes through Flask's own dispatching, which knows what to say of it.

Knows Flask's and Werkzeug's contexts. Does not know what is served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Self

from flask import Flask, Request, Response
from flask.ctx import AppContext, RequestContext
from flask.globals import _cv_app, _cv_request
from flask.sessions import NullSession, SessionInterface
from werkzeug.datastructures import Headers

from ivr.web.ways import Way, Ways

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_BODILESS: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_STATUS_LINES: Final = {each.value: f"{each.value} {each.phrase.upper()}" for each in HTTPStatus}


class _NoSession(SessionInterface):
    """Keeps nothing between requests."""

    _none: Final = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002 - the same for all
        """Return a session in which nothing can be kept."""
        return self._none

    def is_null_session(self, obj: object) -> bool:
        """Tell that there is never anything to save."""
        return obj is self._none


def present_request() -> Request:
    """Return the request that is answered now, without the proxy through which each look at it costs."""
    return _cv_request.get().request


class _Request(Request):
    """A request that takes its surroundings apart only where somebody asks for more than these."""

    def __init__(self, environ: WSGIEnvironment) -> None:  # the parent does it all at once
        self.environ = environ
        self.method = environ["REQUEST_METHOD"]

    def __getattr__(self, name: str) -> Any:
        """Find what is not there yet, once."""
        if "headers" in vars(self):
            raise AttributeError(name)
        super().__init__(self.environ)
        return getattr(self, name)


class PlainResponse(Response):
    """A response that, made by `of`, has its whole body at hand and its headers as they are to be sent."""

    _body: list[bytes] | None = None

    @classmethod
    def of(cls, status: int, body: bytes, *headers: tuple[str, str]) -> Self:
        """Return what Werkzeug would make of this with many questions. `headers` hold nothing that was sent to us."""
        made = cls.__new__(cls)
        made.headers = Headers()
        made.headers._list = list(headers)  # noqa: SLF001 - what `add` looks for in each cannot be in them
        if status not in _BODILESS:
            made.headers._list.append(("Content-Length", str(len(body))))  # noqa: SLF001
        made._status, made._status_code = _STATUS_LINES[status], status  # noqa: SLF001 - a response of its own
        made.direct_passthrough, made._on_close = False, []  # noqa: SLF001
        made.response = made._body = [body] if body else []  # noqa: SLF001
        return made

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send it; what a HEAD asks for is left to Werkzeug."""
        if self._body is None or environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        start_response(self._status, self.headers._list)  # noqa: SLF001
        return self._body


class _AppContext(AppContext):
    """An app's context that asks for no address of a site."""

    def __init__(self, app: Flask) -> None:  # the parent would look for one
        self.app = app
        self.url_adapter = None
        self.g = app.app_ctx_globals_class()
        self._cv_tokens = []


class _Context(RequestContext):
    """A request's context for which everything is found already."""

    def __init__(
        self, app: Flask, request: Request
    ) -> None:  # the parent would find the rule by itself
        self.app = app
        self.request = request
        self.url_adapter = None
        self.flashes = None
        self._session = None
        self._after_request_functions = []
        self._cv_tokens = []


class PlainFlask(Flask):
    """Flask whose views are functions and whose requests know nothing of each other.

    Nothing is registered once the first request has come.
    """

    session_interface = _NoSession()
    response_class = PlainResponse
    is_leaving = False
    let_go: Callable[[], None] | None = None
    """What is to be done so that nobody is kept waiting any longer."""

    def leave(self) -> None:
        """Say that this process is about to end: it is ready for nobody, and lets go whom it holds."""
        self.is_leaving = True
        if self.let_go:
            self.let_go()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is: none is a coroutine, and none is looked at again and again."""
        return func

    @cached_property
    def _ways(self) -> Ways:
        self._got_first_request = True  # from here on Flask refuses to register anything
        return Ways(self)

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request by its way; by Flask's own dispatching where it has none."""
        found = self._ways.find(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if found is None or "werkzeug.debug.preserve_context" in environ:
            return super().wsgi_app(environ, start_response)
        way, arguments = found
        request = _Request(environ)
        request.url_rule, request.view_args = way.rule, arguments
        in_app, in_request = _AppContext(self), _Context(self, request)
        left_app, left_request = _cv_app.set(in_app), _cv_request.set(in_request)
        error: BaseException | None = None
        try:
            try:
                response = self._go(way, arguments)
            except Exception as failed:  # noqa: BLE001 - as in Flask: whatever no handler took
                error = failed
                response = self.handle_exception(failed)
            return response(environ, start_response)
        finally:
            for function in way.teardown:
                function(error)
            _cv_request.reset(left_request)
            _cv_app.reset(left_app)

    def _go(self, way: Way, arguments: Mapping[str, Any]) -> Response:
        """Ask who goes before, the view, and who comes after; errors have their handlers."""
        try:
            answer = None
            for ask in way.before:
                answer = ask()
                if answer is not None:
                    break
            if answer is None:
                answer = way.view(**arguments)
        except Exception as error:  # noqa: BLE001 - the handler for its kind decides, or raises it again
            answer = self.handle_user_exception(error)
        response = answer if isinstance(answer, Response) else self.make_response(answer)
        for change in way.after:
            response = change(response)
        return response
