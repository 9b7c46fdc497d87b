"""The carrier's hooks: parse, do, say; and whatever fails, the depositor hears something sensible.

Knows HTTP and markup. A hook that is not the carrier's is refused with 403, counted, and put on
record by sample, so that forgeries cannot flood it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote_plus

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from ivr.domain.errors import Forged, Impossible, Refused
from ivr.service.calls import Calls
from ivr.service.carrier_port import HookReader
from ivr.service.hook_address import HookAddress, hook_path
from ivr.service.ports import Note, Store
from ivr.web.apology import Apologies
from ivr.web.recordings import PREFIX
from ivr.web.twiml import MEDIA_TYPE, render

_LOG: Final = logging.getLogger(__name__)
_SAMPLE_SECONDS: Final = 10.0
_LARGEST_HOOK: Final = 65_536  # bytes; a real one has about a thousand
_FORM: Final = "application/x-www-form-urlencoded"
_VOICE: Final = "carrier_hooks.voice"
_WHISPER: Final = "carrier_hooks.whisper"
_SILENT: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


class Forgeries:
    """Counts forged hooks, and puts one on record every ten seconds with how many there were."""

    def __init__(self, store: Store) -> None:
        """Take the store whose story of the house they go into."""
        self._store = store
        self._lock = threading.Lock()
        self._count = 0
        self._noted_at = -_SAMPLE_SECONDS

    def count(self, why: str) -> None:
        """Count one; note it where the last note is old enough."""
        with self._lock:
            self._count += 1
            now = time.monotonic()
            if now - self._noted_at < _SAMPLE_SECONDS:
                return
            self._noted_at = now
            count, self._count = self._count, 0
        _LOG.warning("hook_forged", extra={"why": why, "count": count})
        at = time.time_ns() // 1_000_000
        note = Note(kind="hook_forged", at=at, detail={"why": why, "count": count})
        try:
            self._store.note(None, [note])
        except Exception as error:  # noqa: BLE001 - whoever forges is refused, store or no store
            _LOG.warning("forgery_not_noted", extra={"error": type(error).__name__})


def hook_guard(reader: HookReader, public_url: str) -> Callable[[], None]:
    """Return a guard that reads the hook and sets `g.hook`; what is not the carrier's never gets further."""

    def check_in() -> None:
        query = request.query_string.decode("ascii", "replace")
        url = public_url + request.path + (f"?{query}" if query else "")
        request.max_content_length = _LARGEST_HOOK
        try:
            form = read_form(request.get_data(cache=False)) if request.mimetype == _FORM else []
        except (HTTPException, UnicodeDecodeError) as error:
            raise Forged("the hook has a body that cannot be read") from error
        readers = {_VOICE: reader.read_voice, _WHISPER: reader.read_whisper}
        read = readers.get(request.endpoint or "", reader.read_status)
        g.hook = read(url, form, request.headers)

    return check_in


def read_form(body: bytes) -> list[tuple[str, str]]:
    """Return a form's fields in order, as the URL standard reads them (application/x-www-form-urlencoded).

    Raises:
        UnicodeDecodeError: it is not UTF-8.

    """
    pairs = (pair.partition("=") for pair in body.decode().split("&") if pair)
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def _decoded(text: str) -> str:
    """Most names and values stand as they are; only the others are worth decoding."""
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text


def carrier_hooks(
    calls: Calls, forgeries: Forgeries, public_url: str, apologies: Callable[[], Apologies]
) -> Blueprint:
    """Return the blueprint; its guard is attached where it is registered."""
    hooks = Blueprint("carrier_hooks", __name__, url_prefix="/hooks")

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
        return Response(status=204)

    @hooks.errorhandler(Forged)
    def refuse(error: Forged) -> Response:
        forgeries.count(str(error))
        return Response(_SILENT, status=403, content_type=MEDIA_TYPE)

    @hooks.errorhandler(Exception)
    def apologise(error: Exception) -> Response:
        if isinstance(error, Refused):
            _LOG.info("hook_for_no_verification", extra={"code": error.code})
        else:
            _LOG.error(
                "hook_failed",
                exc_info=not isinstance(error, Impossible),
                extra={"error": str(error)},
            )
        current = apologies()
        spoken = {_VOICE: current.depositor, _WHISPER: current.staff}
        documents = spoken.get(request.endpoint or "")
        if documents is None:
            return Response(status=204 if isinstance(error, Refused) else 500)
        language = (request.view_args or {}).get("language", "")
        return _document(documents.get(language) or next(iter(documents.values())))

    return hooks


def _document(text: str) -> Response:
    response = Response(text, content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response
