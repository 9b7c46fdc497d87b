"""The stand-in without a network: for tests that run the whole product in one process.

Knows how to bring the carrier's own client to `Rest` (it takes any object with `request`, `logger`,
`is_async` and `timeout` as its `http_client`) and hooks to a WSGI application. Does not import the
carrier's client.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from werkzeug.datastructures import MultiDict
from werkzeug.test import Client

from ivr.simulator.network.messages import Reply, Request, Send
from ivr.simulator.rest import NeverAnswersError, Rest, RestRequest


@dataclass(frozen=True, kw_only=True)
class ClientResponse:
    """A response with the names that the carrier's client reads."""

    status_code: int
    text: str
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether it is no error."""
        return self.status_code < 400  # noqa: PLR2004 - where HTTP's errors begin


class InProcessHttpClient:
    """Give this to `twilio.rest.Client(..., http_client=…)`.

    `silence` makes the exception that is raised when the carrier never answers: whatever the real
    client would raise then (`requests.exceptions.ReadTimeout`, if that is what the product awaits).
    """

    is_async = False
    timeout = None
    logger = logging.getLogger(__name__)

    def __init__(self, rest: Rest, *, silence: Callable[[], Exception] = TimeoutError) -> None:
        self._rest = rest
        self._silence = silence

    def request(  # noqa: PLR0917 - the carrier's signature
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,  # noqa: ARG002 - the carrier's signature
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the carrier's signature
        allow_redirects: bool = False,  # noqa: ARG002, FBT001, FBT002 - the carrier's signature
    ) -> ClientResponse:
        """Ask the stand-in's REST interface."""
        parts = urlsplit(uri)
        asked = RestRequest(
            method=method.upper(),
            path=parts.path,
            query=[*parse_qsl(parts.query), *_flat(params)],
            form=_flat(data),
            credentials=auth,
        )
        try:
            answer = self._rest.answer(asked)
        except NeverAnswersError:
            raise self._silence() from None
        typed = {"Content-Type": "application/json"}
        return ClientResponse(
            status_code=answer.status, text=json.dumps(answer.body), headers=typed
        )


def send_to(app: Callable[..., Iterable[bytes]]) -> Send:
    """Send hooks to a WSGI application instead of a network. Any host is that application."""
    client = Client(app)

    def send(request: Request) -> Reply:
        parts = urlsplit(request.url)
        response = client.open(
            parts.path or "/",
            base_url=f"{parts.scheme}://{parts.netloc}",
            method=request.method,
            query_string=parts.query,
            headers=dict(request.headers),
            data=MultiDict(request.form) if request.method == "POST" else None,
        )
        return Reply(
            status=response.status_code, headers=dict(response.headers), body=response.data
        )

    return send


def _flat(fields: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in (fields or {}).items():
        values = value if isinstance(value, list | tuple) else [value]
        pairs.extend((name, str(one)) for one in values)
    return pairs
