"""What people and tests do with the stand-in network: phones, keys, events, transcripts.

Knows paths under `/sim` and their JSON. Phones are named by id: no number ever stands in an
address. Does not know what a phone does (`network/`).
"""

from collections.abc import Callable, Iterator
from typing import Any

import flask
import msgspec

from ivr.simulator.call_view import call_view, whole_view
from ivr.simulator.feed import HEARTBEAT_SECONDS, Feed
from ivr.simulator.network import phones
from ivr.simulator.network.behaviours import AnyBehaviour
from ivr.simulator.network.carrier import Carrier, NotNowError

KEYS = frozenset("0123456789*#")
MOST_SHOWN = 50


class BadRequestError(Exception):
    """What was sent is not what was asked for; the message names the field."""


def blueprint(carrier: Carrier) -> flask.Blueprint:
    """Give the control API over one carrier."""
    control = flask.Blueprint("sim", __name__, url_prefix="/sim")
    _add_phones(control, carrier)
    _add_handling(control, carrier)
    _add_calls(control, carrier)
    _add_troubles(control, carrier)
    _add_errors(control)
    return control


def _add_phones(control: flask.Blueprint, carrier: Carrier) -> None:
    @control.get("/phones")
    def all_phones() -> flask.Response:
        return _json(list(carrier.phones))

    @control.put("/phones/<phone_id>")
    def behave(phone_id: str) -> flask.Response:
        carrier.set_behaviour(phone_id, _read_behaviour(_body().get("behaviour")))
        return _json(carrier.phones[phone_id])

    @control.put("/phones/<phone_id>/page")
    def show(phone_id: str) -> flask.Response:
        keys = _body().get("shows")
        if not isinstance(keys, str) or not KEYS.issuperset(keys):
            raise BadRequestError("shows: keys, 0 to 9, * and #, as a string")
        carrier.show(phone_id, keys)
        return _json({"phone": phone_id})

    @control.get("/phones/<phone_id>/events")
    def events(phone_id: str) -> flask.Response:
        feed = Feed(carrier, carrier.phones[phone_id].id)
        stream = flask.Response(_stream(feed), mimetype="text/event-stream")
        stream.headers["Cache-Control"] = "no-store"
        return stream


def _add_handling(control: flask.Blueprint, carrier: Carrier) -> None:
    acts: dict[str, Callable[[str], None]] = {
        "answer": carrier.answer,
        "decline": carrier.decline,
        "hangup": carrier.hang_up,
    }

    @control.post("/phones/<phone_id>/<any(answer, decline, hangup):act>")
    def handle(phone_id: str, act: str) -> flask.Response:
        acts[act](phone_id)
        return _json({"phone": phone_id, "did": act})

    @control.post("/phones/<phone_id>/dial")
    def dial(phone_id: str) -> flask.Response:
        body = _body()
        to, shows = body.get("to"), body.get("shows")
        if not isinstance(to, str) or not isinstance(shows, str | None):
            raise BadRequestError(
                "to: a number in E.164 form; shows: a caller's number, or nothing"
            )
        return _json({"phone": phone_id, "call": carrier.dial(phone_id, to, shows=shows).sid})

    @control.post("/phones/<phone_id>/press")
    def press(phone_id: str) -> flask.Response:
        key = _body().get("key")
        if key not in KEYS:
            raise BadRequestError("key: one of 0 to 9, * and #, as a string")
        return _json({"phone": phone_id, "taken": carrier.press(phone_id, key)})


def _add_calls(control: flask.Blueprint, carrier: Carrier) -> None:
    @control.get("/calls")
    def calls() -> flask.Response:
        phone_id = flask.request.args.get("phone")
        if phone_id is not None:
            phone_id = carrier.phones[phone_id].id
        with carrier.clock.lock:
            newest = carrier.calls(phone_id=phone_id)[:MOST_SHOWN]
            return _json({"calls": [call_view(call) for call in newest]})

    @control.get("/calls/<sid>")
    def call(sid: str) -> flask.Response:
        with carrier.clock.lock:
            return _json(whole_view(carrier.call(sid)))


def _add_troubles(control: flask.Blueprint, carrier: Carrier) -> None:
    @control.put("/outage")
    def outage() -> flask.Response:
        given = _body().get("behaviour")
        carrier.outage = None if given is None else _read_behaviour(given)
        return _json({"behaviour": carrier.outage})

    @control.get("/troubles")
    def troubles() -> flask.Response:
        return _json(carrier.troubles)


def _read_behaviour(given: object) -> AnyBehaviour:
    try:
        return phones.behaviour(given)
    except ValueError as wrong:
        raise BadRequestError(f"behaviour: {wrong}") from wrong


def _add_errors(control: flask.Blueprint) -> None:
    @control.errorhandler(KeyError)
    def unknown(_error: KeyError) -> flask.Response:
        return _problem(404, "unknown", "There is no such phone or call.")

    @control.errorhandler(NotNowError)
    def not_now(error: NotNowError) -> flask.Response:
        return _problem(409, "not_now", str(error))

    @control.errorhandler(BadRequestError)
    def bad_request(error: BadRequestError) -> flask.Response:
        return _problem(400, "bad_request", str(error))


def _stream(feed: Feed) -> Iterator[bytes]:
    yield b": connected\n\n"
    while True:
        news = feed.wait(HEARTBEAT_SECONDS)
        if not news:
            yield b": still here\n\n"
        for event in news:
            yield b"data: " + event + b"\n\n"


def _body() -> dict[str, Any]:
    content = flask.request.get_json(silent=True)
    if not isinstance(content, dict):
        raise BadRequestError("a JSON object is wanted, sent as application/json")
    return content


def _json(content: object, status: int = 200) -> flask.Response:
    body = msgspec.json.encode(content)
    return flask.Response(body, status=status, mimetype="application/json")


def _problem(status: int, code: str, message: str) -> flask.Response:
    return _json({"code": code, "message": message}, status)
