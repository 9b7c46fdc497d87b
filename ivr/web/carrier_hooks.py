"""The carrier's hooks: parse, do, say; and whatever fails, the depositor hears something sensible.

Knows HTTP and markup. A hook that is not the carrier's is refused with 403, counted, and put on
record by sample, so that forgeries cannot flood it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote_to_bytes

from flask import Blueprint, Request, Response, g, request
from werkzeug.datastructures import EnvironHeaders
from werkzeug.exceptions import HTTPException

from ivr.domain.errors import Forged, Impossible, Refused, TryLater
from ivr.service.calls import Calls
from ivr.service.carrier_port import HookReader
from ivr.service.hook_address import HookAddress, hook_path
from ivr.service.inbound import InboundCalls, Spoken
from ivr.service.records import Records
from ivr.web.apology import Apologies
from ivr.web.bodies import read_bytes
from ivr.web.plain_flask import PlainResponse, present_request
from ivr.web.recordings import PREFIX
from ivr.web.samples import Samples
from ivr.web.twiml import MEDIA_TYPE, render

_LOG: Final = logging.getLogger(__name__)
_LARGEST_HOOK: Final = 65_536  # bytes; a real one has about a thousand
_FORM: Final = "application/x-www-form-urlencoded"
_STATUS: Final = "carrier_hooks.status"
_WHISPER: Final = "carrier_hooks.whisper"
_INBOUND: Final = ("carrier_hooks.inbound", "carrier_hooks.inbound_turn")
_MARKUP: Final = ("Content-Type", MEDIA_TYPE)
_SILENT: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def hook_guard(reader: HookReader, public_url: str) -> Callable[[], None]:
    """Return a guard that reads the hook and sets `g.hook`; what is not the carrier's never gets further."""
    readers: dict[str | None, Callable[..., object]] = {
        _STATUS: reader.read_status,
        _WHISPER: reader.read_whisper,
        **dict.fromkeys(_INBOUND, reader.read_inbound),
    }

    def check_in() -> None:
        asked = present_request()
        environ = asked.environ
        query = environ.get("QUERY_STRING")
        url = public_url + environ["PATH_INFO"] + (f"?{query}" if query else "")
        try:
            form = _form_of(asked)
        except (HTTPException, OSError, UnicodeDecodeError) as error:  # broken off, or no text
            raise _unreadable() from error
        g.hook = readers.get(asked.endpoint, reader.read_voice)(url, form, EnvironHeaders(environ))

    return check_in


def _form_of(asked: Request) -> list[tuple[str, str]]:
    if asked.environ.get("CONTENT_TYPE") != _FORM and asked.mimetype != _FORM:
        return []
    body = read_bytes(asked, _LARGEST_HOOK)
    if body is None:
        raise _unreadable()
    return read_form(body)


def _unreadable() -> Forged:
    return Forged("the hook has a body that cannot be read")


def read_form(body: bytes) -> list[tuple[str, str]]:
    """Return a form's fields in order, as the URL standard reads them (application/x-www-form-urlencoded).

    Raises:
        UnicodeDecodeError: it is not UTF-8.

    """
    fields = []
    for pair in body.decode().split("&"):
        name, _, value = pair.partition("=")
        if "%" in value or "+" in value:  # most stand as they are
            value = _decoded(value)
        if "%" in name or "+" in name:
            name = _decoded(name)
        if pair:
            fields.append((name, value))
    return fields


def _decoded(text: str) -> str:
    text = text.replace("+", " ")
    plain = text.replace("%2B", "+")  # of a telephone number; most have no more than that
    return unquote_to_bytes(text).decode() if "%" in plain else plain


def carrier_hooks(
    calls: Calls,
    inbound_calls: InboundCalls,
    records: Records,
    public_url: str,
    apologies: Callable[[], Apologies],
) -> Blueprint:
    """Return the blueprint; its guard is attached where it is registered."""
    hooks = Blueprint("carrier_hooks", __name__, url_prefix="/hooks")
    forgeries = Samples(records.store, "hook_forged")
    wishes = Samples(records.store, "inbound_call_back_asked", logging.INFO)

    @hooks.post("/<verification>/<int:call>/<token>/<language>/<int:turn>")
    def voice(verification: str, call: int, token: str, language: str, turn: int) -> Response:  # noqa: ARG001 - for `apologise`
        address = HookAddress(verification=verification, call=call, token=token, turn=turn)
        reply = calls.take_turn(address, g.hook)
        path = hook_path(verification, call, token, reply.language, str(reply.next_turn))
        whisper = public_url + reply.desk.whisper_path if reply.desk else ""
        return _document(render(reply, public_url + path, whisper, public_url + PREFIX))

    @hooks.post("/<verification>/<int:call>/<token>/<language>/desk")
    def whisper(verification: str, call: int, token: str, language: str) -> Response:  # noqa: ARG001 - for `apologise`
        address = HookAddress(verification=verification, call=call, token=token)
        return _document(render(calls.whisper(address, g.hook), ""))

    @hooks.post("/<verification>/<int:call>/<token>/<language>/status")
    def status(verification: str, call: int, token: str, language: str) -> Response:  # noqa: ARG001 - one address for both
        calls.report(HookAddress(verification=verification, call=call, token=token), g.hook)
        return PlainResponse.of(204, b"")

    @hooks.post("/inbound")
    def inbound() -> Response:
        return _spoken(inbound_calls.begin(g.hook), public_url)

    @hooks.post("/inbound/<position>/<language>/<int:turn>")
    def inbound_turn(position: str, language: str, turn: int) -> Response:  # noqa: ARG001 - for `apologise`
        spoken = inbound_calls.take_turn(position, turn, g.hook)
        if spoken.asked:
            wishes.count(bank=spoken.bank)
        return _spoken(spoken, public_url)

    @hooks.errorhandler(Forged)
    def refuse(error: Forged) -> Response:
        records.meter.hook_forged()
        forgeries.count(why=str(error))
        return PlainResponse.of(403, _SILENT.encode(), _MARKUP)

    @hooks.errorhandler(Exception)
    def apologise(error: Exception) -> Response:
        _log(error)
        if request.endpoint == _STATUS:
            return PlainResponse.of(204 if isinstance(error, Refused) else 500, b"")
        spoken = apologies()
        documents = spoken.staff if request.endpoint == _WHISPER else spoken.depositor
        language = (request.view_args or {}).get("language", "")
        return _document(documents.get(language) or next(iter(documents.values())))

    return hooks


def _log(error: Exception) -> None:
    if isinstance(error, Refused):
        _LOG.info("hook_for_no_verification", extra={"code": error.code})
        return
    exc_info = None if isinstance(error, Impossible | TryLater) else error
    _LOG.error("hook_failed", exc_info=exc_info, extra={"error": str(error)})


def _spoken(spoken: Spoken, public_url: str) -> Response:
    reply = spoken.reply
    path = f"/hooks/inbound/{spoken.position}/{reply.language}/{reply.next_turn}"
    return _document(render(reply, public_url + path, recordings=public_url + PREFIX))


def _document(text: str) -> Response:
    return PlainResponse.of(200, text.encode(), _MARKUP, ("Cache-Control", "no-store"))
