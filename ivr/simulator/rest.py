"""The carrier's REST interface: the Calls resource of version 2010-04-01.

Knows paths, basic auth, the JSON of a call and which phones make the carrier refuse, fail or fall
silent. Does not know Flask: `server.py` and `in_process.py` bring requests here.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ivr.simulator.call_json import FILTERS, call_json, page_json
from ivr.simulator.network.behaviours import (
    AnyBehaviour,
    Rest5xx,
    Rest5xxPlaced,
    Rest429,
    RestTimeout,
    RestTimeoutPlaced,
    Unreachable21214,
)
from ivr.simulator.network.calls import Call
from ivr.simulator.network.carrier import Carrier, NotNowError
from ivr.simulator.orders import Form, read_order, read_source
from ivr.simulator.refusals import Refusal, RefusedError

VERSION = "/2010-04-01"
UNAVAILABLE = 503
TROUBLES = (Unreachable21214, Rest429, Rest5xx, Rest5xxPlaced, RestTimeout, RestTimeoutPlaced)


class NeverAnswersError(Exception):
    """The carrier took or did not take the order, and never says which."""


@dataclass(frozen=True, kw_only=True)
class RestRequest:
    """A request as it came; `credentials` are those of basic auth, None when there were none."""

    method: str
    path: str
    query: Iterable[tuple[str, str]] = ()
    form: Iterable[tuple[str, str]] = ()
    credentials: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class RestAnswer:
    """Status and JSON."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)


class Rest:
    """Answers for one carrier."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._root = f"{VERSION}/Accounts/{carrier.account.sid}/Calls"

    def answer(self, request: RestRequest) -> RestAnswer:
        """Answer a request.

        Raises:
            NeverAnswersError: when the asker is to wait in vain.

        """
        try:
            self._authenticate(request.credentials)
            return self._route(request)
        except RefusedError as refused:
            return RestAnswer(status=refused.status, body=refused.body())

    def _authenticate(self, credentials: tuple[str, str] | None) -> None:
        user, password = credentials or ("", "")
        account = self._carrier.account
        known = hmac.compare_digest(user.encode(), account.sid.encode())
        if not (known & hmac.compare_digest(password.encode(), account.auth_token.encode())):
            raise RefusedError(Refusal.AUTHENTICATE)

    def _route(self, request: RestRequest) -> RestAnswer:
        sid = request.path.removeprefix(f"{self._root}/").removesuffix(".json")
        one = f"{self._root}/{sid}.json" == request.path and "/" not in sid
        all_of_them = f"{self._root}.json" == request.path
        match request.method:
            case "POST" if all_of_them:
                return self._create(Form(request.form))
            case "GET" if all_of_them:
                return RestAnswer(status=200, body=self._list(Form(request.query)))
            case "GET" if one:
                return RestAnswer(status=200, body=call_json(self._find(sid, request.path)))
            case "POST" if one:
                return self._update(sid, request)
            case _ if one or all_of_them:
                raise RefusedError(Refusal.METHOD)
            case _:
                raise RefusedError(Refusal.NOT_FOUND, request.path)

    def _find(self, sid: str, path: str) -> Call:
        try:
            return self._carrier.call(sid)
        except KeyError:
            raise RefusedError(Refusal.NOT_FOUND, path) from None

    def _create(self, form: Form) -> RestAnswer:
        order = read_order(form, numbers=self._carrier.account.numbers)
        behaviour = self._carrier.outage or self._carrier.phones.behaviour_of(order.to)
        if isinstance(behaviour, TROUBLES):
            self._carrier.troubles[str(behaviour.__struct_config__.tag)] += 1
        _refuse(behaviour)
        with self._carrier.clock.lock:  # the answer is of the moment of the order
            resource = call_json(self._carrier.place(order))
        _fail(behaviour)
        return RestAnswer(status=201, body=resource)

    def _list(self, form: Form) -> dict[str, Any]:
        calls = [call for call in self._carrier.calls() if _matches(call, form)]
        return page_json(calls, form, path=f"{self._root}.json")

    def _update(self, sid: str, request: RestRequest) -> RestAnswer:
        call, form = self._find(sid, request.path), Form(request.form)
        source = read_source(form)
        try:
            match form.get("Status"):
                case "canceled":
                    self._carrier.cancel(sid)
                case "completed":
                    self._carrier.complete(sid)
                case "" if source is not None:
                    self._carrier.redirect(sid, source)
                case "":
                    pass
                case _:
                    raise RefusedError(Refusal.CALLS, "Status")
        except NotNowError as late:
            raise RefusedError(Refusal.NOT_IN_STATE, str(late)) from late
        return RestAnswer(status=200, body=call_json(call))


def _refuse(behaviour: AnyBehaviour) -> None:
    """Say no before anything is placed, if the phone is one of those."""
    match behaviour:
        case Unreachable21214():
            raise RefusedError(Refusal.CANNOT_BE_REACHED)
        case Rest429():
            raise RefusedError(Refusal.TOO_MANY)
        case Rest5xx(status=status):
            raise _server_error(status)
        case RestTimeout():
            raise NeverAnswersError
        case _:
            return


def _fail(behaviour: AnyBehaviour) -> None:
    """Hide that the call was placed, if the phone is one of those."""
    match behaviour:
        case Rest5xxPlaced(status=status):
            raise _server_error(status)
        case RestTimeoutPlaced():
            raise NeverAnswersError
        case _:
            return


def _server_error(status: int) -> RefusedError:
    kind = Refusal.UNAVAILABLE if status == UNAVAILABLE else Refusal.SERVER_ERROR
    return RefusedError(kind, status=status)


def _matches(call: Call, form: Form) -> bool:
    resource = call_json(call)
    return all(form.get(name) in {"", resource[name.lower()]} for name in FILTERS)
