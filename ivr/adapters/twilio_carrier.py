"""Placing and hanging up calls through Twilio's own client. Only the worker imports this module.

Knows how the client fails, and sorts each failure by whether the phone may be ringing. The base URL
is a setting: a server that speaks the same dialect can take Twilio's place.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import HttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from ivr.adapters.carrier_words import read_refusal
from ivr.domain.errors import Impossible
from ivr.service.carrier_port import Accepted, CallOrder, Placing, Postponed, Unsure
from ivr.settings import CarrierSettings

TIMEOUT_SECONDS: Final = 8.0
_AT_ONCE: Final = 0.0
_TOO_MANY_SECONDS: Final = 1.0
"""How long a carrier is left alone that has too many calls and does not say for how long."""
_EVENTS: Final = ("initiated", "ringing", "answered", "completed")
_NOT_IN_STATE: Final = 21220
_NOT_FOUND: Final = 404
_LONGEST_NUMBER: Final = 9
# Two retries of a hook, on connect and read time-outs and server faults: repeated hooks are harmless.
_HOOK_RETRIES: Final = "#rc=2&rt=5000&rp=ct,rt,5xx"
# What the client raises over an answer that is not JSON, or not the JSON that it expects.
_STRANGE: Final = (TwilioException, ValueError, KeyError, TypeError, AttributeError)
_NEVER_SENT: Final = (NewConnectionError, ConnectTimeoutError, NameResolutionError)


class TwilioCarrier:
    """A carrier that speaks Twilio's dialect. One client per thread: it keeps its last answer on itself."""

    def __init__(
        self,
        settings: CarrierSettings,
        fallback_url: str = "",
        timeout: float = TIMEOUT_SECONDS,
        http_client: HttpClient | None = None,
    ) -> None:
        """`fallback_url` is a document hosted at the carrier, for when our web is gone; empty for none.

        `http_client` carries the requests where they go over no network.
        """
        self._settings = settings
        self._fallback_url = fallback_url
        self._timeout = timeout
        self._http_client = http_client
        self._local = threading.local()

    def place(self, order: CallOrder) -> Placing:
        """Ask once for a call, and say what is known of it now."""
        options = {"fallback_url": self._fallback_url} if self._fallback_url else {}
        try:
            call = self._client().calls.create(
                to=order.to,
                from_=order.caller,
                url=order.voice_url + _HOOK_RETRIES,
                method="POST",
                status_callback=order.status_url + _HOOK_RETRIES,
                status_callback_method="POST",
                status_callback_event=list(_EVENTS),
                timeout=order.ring,
                time_limit=order.time_limit,
                **options,
            )
        except TwilioRestException as error:
            return read_refusal(error.status, error.code, self._told_to_wait())
        except requests.RequestException as error:
            return _sort_failure(error)
        except _STRANGE as error:
            return Unsure(type(error).__name__)
        return Accepted(call.sid) if call.sid else Unsure("no_sid")

    def hang_up(self, sid: str) -> bool:
        """Hang up a call; True when it is over, whoever ended it."""
        try:
            self._client().calls(sid).update(status="completed")
        except TwilioRestException as error:
            return bool(error.code == _NOT_IN_STATE or error.status == _NOT_FOUND)
        except (requests.RequestException, *_STRANGE):
            return False
        return True

    def _told_to_wait(self) -> float:
        ear: _Ear = self._local.ear
        told = read_retry_after(ear.headers)
        return _TOO_MANY_SECONDS if told is None else told

    def _client(self) -> Client:
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            ear = _Ear(self._http_client or TwilioHttpClient(timeout=self._timeout))
            client = Client(self._settings.account, self._settings.tokens[0], http_client=ear)
            client.edge = client.region = None
            if client.api is None:
                message = "the carrier's client has no API domain"
                raise Impossible(message)
            client.api.base_url = self._settings.url
            self._local.client, self._local.ear = client, ear
        return client


class _Ear(HttpClient):  # type: ignore[misc]  # the library has no types
    """Passes requests on, and keeps the headers of the last answer: the client's errors leave them out."""

    def __init__(self, inner: HttpClient) -> None:
        super().__init__(inner.logger, inner.is_async, inner.timeout)
        self._inner = inner
        self.headers: Mapping[str, str] = {}

    def request(self, *args: Any, **kwargs: Any) -> Response:
        """Pass a request on."""
        self.headers = {}
        answer: Response = self._inner.request(*args, **kwargs)
        self.headers = answer.headers or {}
        return answer


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Read how many seconds to wait (RFC 9110, 10.2.3); None where nothing is said that can be read.

    A date is held against the answer's own: our clock has no part in it.
    """
    told = headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdecimal():
        return float(told[:_LONGEST_NUMBER])
    try:
        until, now = (parsedate_to_datetime(text) for text in (told, headers.get("Date", "")))
        return max((until - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _sort_failure(error: requests.RequestException) -> Placing:
    """A request that never left is asked again; of one that left, nobody knows."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, _NEVER_SENT):
        return Postponed(_AT_ONCE, type(reason).__name__, fault=True)
    return Unsure(type(error).__name__)
