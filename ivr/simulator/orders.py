"""Reading an order for a call, or for its change, from a form.

Knows the parameters of the carrier's Call resource and which values it takes. Does not place
anything.
Source: the carrier's pages on the Call resource.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from ivr.simulator.network.calls import LONGEST_CALL, RING_SECONDS, Order, Source
from ivr.simulator.refusals import Refusal, RefusedError

LONGEST_TWIML = 4000
LONGEST_RING = 600
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
JAPANESE = re.compile(r"\+81[1-9][0-9]{8,9}")
HOME = "+81"


class Form:
    """A form with names that may repeat; empty values count as absent."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._fields = [(name, value) for name, value in fields if value]

    def get(self, name: str, default: str = "") -> str:
        """Give the first value of a name."""
        return next((value for given, value in self._fields if given == name), default)

    def all(self, name: str) -> list[str]:
        """Give all values of a name."""
        return [value for given, value in self._fields if given == name]

    def whole(self, name: str, default: int, *, most: int, otherwise: Refusal) -> int:
        """Give a whole number from 1 to `most`. Raises: RefusedError."""
        given = self.get(name, str(default))
        if given.isascii() and given.isdecimal() and 1 <= int(given) <= most:
            return int(given)
        raise RefusedError(otherwise, name)


def read_order(form: Form, *, numbers: frozenset[str]) -> Order:
    """Read an order; `numbers` are those that may be shown as the caller's, none is any.

    Raises:
        RefusedError: with the number that the carrier has for what is wrong.

    """
    to, from_ = _to(form), _from(form, numbers)
    source = read_source(form)
    if source is None:
        raise RefusedError(Refusal.BAD_URL)
    return Order(
        to=to,
        from_=from_,
        source=source,
        fallback=_callback(form, "FallbackUrl", "FallbackMethod", Refusal.BAD_URL),
        status_callback=_callback(
            form, "StatusCallback", "StatusCallbackMethod", Refusal.BAD_STATUS_CALLBACK
        ),
        status_events=frozenset(form.all("StatusCallbackEvent") or ["completed"]),
        ring_seconds=form.whole(
            "Timeout", RING_SECONDS, most=LONGEST_RING, otherwise=Refusal.BAD_TIMEOUT
        ),
        time_limit=form.whole(
            "TimeLimit", LONGEST_CALL, most=LONGEST_CALL, otherwise=Refusal.CALLS
        ),
        detection=_detection(form),
    )


def read_source(form: Form) -> Source | None:
    """Read where the document comes from, or None when the form says nothing of it.

    Raises:
        RefusedError: 21205 for an address that is none, 32018 for a document that is too long.

    """
    twiml = form.get("Twiml")
    if len(twiml) > LONGEST_TWIML:
        raise RefusedError(Refusal.TWIML_TOO_LONG)
    if twiml:
        return Source(twiml=twiml)
    return _callback(form, "Url", "Method", Refusal.BAD_URL)


def _callback(form: Form, name: str, method_name: str, otherwise: Refusal) -> Source | None:
    url, method = form.get(name), form.get(method_name, "POST").upper()
    if not url:
        return None
    if not is_absolute(url):
        raise RefusedError(otherwise)
    if method not in {"GET", "POST"}:
        raise RefusedError(Refusal.CALLS, method_name)
    return Source(url=url, method=method)


def is_absolute(url: str) -> bool:
    """Say whether this is a whole web address."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _to(form: Form) -> str:
    to = form.get("To")
    if not to:
        raise RefusedError(Refusal.NO_TO)
    if not E164.fullmatch(to):
        raise RefusedError(Refusal.BAD_TO)
    if not to.startswith(HOME):
        raise RefusedError(Refusal.NOT_PERMITTED)
    if not JAPANESE.fullmatch(to):
        raise RefusedError(Refusal.BAD_TO)
    return to


def _from(form: Form, numbers: frozenset[str]) -> str:
    from_ = form.get("From")
    if not from_:
        raise RefusedError(Refusal.NO_FROM)
    if not E164.fullmatch(from_):
        raise RefusedError(Refusal.BAD_FROM)
    if numbers and from_ not in numbers:
        raise RefusedError(Refusal.FROM_NOT_OURS)
    return from_


def _detection(form: Form) -> str:
    detection = form.get("MachineDetection")
    if detection not in {"", "Enable", "DetectMessageEnd"}:
        raise RefusedError(Refusal.CALLS, "MachineDetection")
    return "" if form.get("SendDigits") else detection
