"""What is sent to a web server, and what came back or did not.

Knows requests, replies, how long they take and the ways of getting nothing. Does not know what a
request is about, nor how it is sent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LONGEST_WAIT = 15.0


class Failure(StrEnum):
    """Why there is no answer."""

    CONNECT = "connect"
    TIMEOUT = "timeout"


class ConnectFailedError(Exception):
    """No connection came about, or it broke before an answer."""


class TimedOutError(Exception):
    """Connected, but no answer within the time."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it goes out, complete and signed; an answer within `seconds` counts."""

    method: str
    url: str
    form: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = LONGEST_WAIT


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer, or with `failure` none; `seconds` is how long that took."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0
    failure: Failure | None = None

    @property
    def ok(self) -> bool:
        """Whether a server answered 2xx."""
        return self.failure is None and self.status // 100 == 2  # noqa: PLR2004 - the class of HTTP's successes

    @property
    def content_type(self) -> str:
        """The media type alone, in small letters; empty when none was sent."""
        return self.header("content-type").partition(";")[0].strip().lower()

    def header(self, name: str) -> str:
        """Find a header by name whatever its case; empty when absent."""
        found = (value for key, value in self.headers.items() if key.lower() == name)
        return next(found, "")


# Raises ConnectFailedError and TimedOutError, as a network does.
Send = Callable[[Request], Reply]
