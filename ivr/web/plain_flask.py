"""Flask without what the product never uses: views that are coroutines, and sessions.

Knows where Flask asks for either at each request. Does not know what is served.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface


class _NoSession(SessionInterface):
    """Keeps nothing between requests."""

    _none: Final = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002 - the same for all
        """Return a session in which nothing can be kept."""
        return self._none

    def is_null_session(self, obj: object) -> bool:
        """Tell that there is never anything to save."""
        return obj is self._none


class PlainFlask(Flask):
    """Flask whose views are functions and whose requests know nothing of each other."""

    session_interface = _NoSession()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is: none is a coroutine, and none is looked at again and again."""
        return func
