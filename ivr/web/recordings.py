"""Recordings that call flows play, for the carrier to fetch: `/audio/<hash>.<mp3|wav>`.

Anybody may fetch one who knows its name, which is its content's hash: nothing of any call is in it.
Looks names up in a table and never at a disk, so that no path leads anywhere else.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from ivr.service.ports import FlowBook

PREFIX: Final = "/audio/"
_FOR_EVER: Final = "public, max-age=31536000, immutable"


def recordings(flows: FlowBook) -> Blueprint:
    """Return the blueprint. A part of a recording is served to whoever asks for a range."""
    blueprint = Blueprint("recordings", __name__)

    @blueprint.get(f"{PREFIX}<name>")
    def play(name: str) -> Response:
        found = flows.recording(name)
        if found is None:
            abort(404)
        response = Response(found.data, content_type=found.media_type)
        response.headers["Cache-Control"] = _FOR_EVER
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.set_etag(found.name.partition(".")[0])
        # A range that cannot be had is passed over: whoever asks for it can play the whole too.
        with suppress(RequestedRangeNotSatisfiable):
            response.make_conditional(request, accept_ranges=True, complete_length=len(found.data))
        return response

    return blueprint
