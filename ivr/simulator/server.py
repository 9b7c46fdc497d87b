"""The stand-in as a web server on this machine alone.

Knows Flask, sockets and who may ask: requests that another site's page sends through a browser are
refused. Does not know what is answered (`rest.py`, `control.py`, the blueprints that are handed
in). Writes no log of requests: keys and numbers must not stand in one.
"""

import ipaddress
import select
import socket
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

import flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from ivr.simulator import control
from ivr.simulator.network.carrier import Carrier
from ivr.simulator.rest import VERSION, NeverAnswersError, Rest, RestRequest

LARGEST_BODY = 1024 * 1024
LONGEST_SILENCE = 120.0
BETWEEN_LOOKS = 0.25


class NotLoopbackError(Exception):
    """The stand-in was asked to listen where other machines could reach it."""


class PortTakenError(Exception):
    """Somebody else listens there."""


def create_app(carrier: Carrier, *, blueprints: Iterable[flask.Blueprint] = ()) -> flask.Flask:
    """Build the web application: REST, control, and whatever pages are handed in."""
    app = flask.Flask("ivr.simulator", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.before_request(_refuse_strangers)
    _add_rest(app, Rest(carrier))
    app.register_blueprint(control.blueprint(carrier))
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    return app


def listen(host: str, port: int) -> socket.socket:
    """Open the port; 0 takes any free one.

    Raises:
        NotLoopbackError: for an address that is not this machine's own.
        PortTakenError: when the port is in use.

    """
    if not is_loopback(host):
        raise NotLoopbackError(f"the simulator listens on this machine only, not on {host!r}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as taken:
        listening.close()
        raise PortTakenError(f"port {port} on {host} is taken: set SIM_PORT to another") from taken
    listening.listen(128)
    return listening


def serve(app: flask.Flask, listening: socket.socket) -> BaseWSGIServer:
    """Make a server with a thread per connection; `serve_forever` runs it."""
    host, port = listening.getsockname()[:2]
    return make_server(
        host, port, app, threaded=True, request_handler=_Handler, fd=listening.detach()
    )


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine by its own address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class _Handler(WSGIRequestHandler):
    """Answers without waiting for more to send, and writes no log."""

    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Write nothing."""


def _refuse_strangers() -> None:
    asked = urlsplit(f"//{flask.request.host}").hostname or ""
    origin = flask.request.headers.get("Origin")
    from_ = urlsplit(origin).hostname or "" if origin else asked
    if not (is_loopback(asked) and is_loopback(from_)):
        flask.abort(403, "The simulator answers this machine's own pages and programs only.")


def _add_rest(app: flask.Flask, rest: Rest) -> None:
    @app.route(f"{VERSION}/<path:_path>", methods=["GET", "POST", "PUT", "DELETE"])
    def carrier_rest(_path: str) -> flask.typing.ResponseReturnValue:
        asked, given = flask.request, flask.request.authorization
        basic = given is not None and given.type == "basic"
        try:
            answer = rest.answer(
                RestRequest(
                    method=asked.method,
                    path=asked.path,
                    query=list(asked.args.items(multi=True)),
                    form=list(asked.form.items(multi=True)),
                    credentials=(given.username or "", given.password or "")
                    if given is not None and basic
                    else None,
                )
            )
        except NeverAnswersError:
            _wait_for_hang_up(asked.environ.get("werkzeug.socket"))
            return "", 504
        return flask.jsonify(answer.body), answer.status


def _wait_for_hang_up(connection: socket.socket | None) -> None:
    """Say nothing until the asker gives up, or at most for two minutes."""
    until = time.monotonic() + LONGEST_SILENCE
    while connection is not None and time.monotonic() < until:
        readable, _, _ = select.select([connection], [], [], BETWEEN_LOOKS)
        if readable and not connection.recv(1, socket.MSG_PEEK):
            return
