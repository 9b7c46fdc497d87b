"""Builds and wires the web processes: the API for banks, the carrier's hooks, or both.

Never loads the carrier's REST client: that is the worker's alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import redis
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix

from ivr.adapters.readiness import Readiness
from ivr.adapters.redis_client import check_server, connect
from ivr.adapters.twilio_hooks import TwilioHooks
from ivr.assembly import Parts, assemble, followed_book, redis_parts
from ivr.domain.errors import Code, Refused, TryLater
from ivr.instruments import open_meter, open_traces
from ivr.logs import start_logging
from ivr.service.call_backs import CallBacks
from ivr.service.calls import Calls
from ivr.service.inbound import InboundCalls
from ivr.service.starting import Starting
from ivr.service.trace_port import Traces, Untraced
from ivr.service.verifications import Verifications
from ivr.settings import Role, read_settings
from ivr.web import problems
from ivr.web.apology import CurrentApologies
from ivr.web.carrier_hooks import carrier_hooks, hook_guard
from ivr.web.client_api import client_api
from ivr.web.guards import bearer_guard, room_guard
from ivr.web.long_poll import Waiting
from ivr.web.metrics import MetricsDoor
from ivr.web.observation import observe
from ivr.web.plain_flask import PlainFlask
from ivr.web.public import health, jwks
from ivr.web.recordings import recordings
from ivr.web.reference import reference

_LOG = logging.getLogger(__name__)
_DEFAULT_LANGUAGE = "ja"


def create_app(
    parts: Parts, is_ready: Callable[[], bool] = lambda: True, traces: Traces | None = None
) -> PlainFlask:
    """Wire a web process from its parts. `is_ready` tells whether the store takes writes."""
    settings = parts.settings
    app = PlainFlask("ivr", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = None
    if settings.house.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.house.trusted_proxies)  # type: ignore[method-assign]
    observe(app, parts.records.meter, traces or Untraced())
    app.register_blueprint(health(is_ready, lambda: app.is_leaving))
    if settings.role is not Role.HOOKS:
        _serve_api(app, parts)
    if settings.role is not Role.API:
        _serve_hooks(app, parts)
    _serve_errors(app)
    return app


def create_app_from_environment() -> PlainFlask:
    """Build the app that gunicorn serves. Raises `SettingsFault` or `FlowFault`."""
    start_logging()
    settings = read_settings()
    client = connect(settings.redis_url)
    store, bell = redis_parts(client, settings)
    try:
        check_server(client, settings.house.min_replicas)
        store.check_house()
    except redis.RedisError as error:  # the readiness probe says so, and it may come back
        _LOG.warning("store_unavailable", extra={"error": type(error).__name__})
    book = followed_book(client, settings)
    book.follow()
    meter = open_meter(settings, client, book) if settings.metrics else None
    parts = assemble(settings, store, bell, book, meter)
    traces = open_traces(settings, f"honnin-{settings.role}")
    app = create_app(parts, Readiness(store.can_write), traces)
    if settings.metrics and meter:
        app.wsgi_app = MetricsDoor(app.wsgi_app, settings.metrics[1], meter.expose)  # type: ignore[method-assign]
    return app


def _serve_api(app: PlainFlask, parts: Parts) -> None:
    settings = parts.settings
    starting = Starting(
        records=parts.records,
        views=parts.views,
        keyring=settings.keyring,
        registry=parts.registry,
        flows=parts.flows,
        banks=settings.banks,
        wallets=settings.wallets,
    )
    verifications = Verifications(
        records=parts.records, views=parts.views, keyring=settings.keyring
    )
    waiting = Waiting(verifications, parts.bell, settings.house.long_polls, parts.records.meter)
    app.let_go = waiting.let_go
    api = client_api(starting, verifications, waiting)
    api.before_request(bearer_guard(parts.clients))
    api.before_request(room_guard(parts.check_room))
    app.register_blueprint(api)
    app.register_blueprint(jwks(parts.signer.published()))
    app.register_blueprint(reference())


def _serve_hooks(app: Flask, parts: Parts) -> None:
    settings = parts.settings
    calls = Calls(
        records=parts.records,
        views=parts.views,
        keyring=settings.keyring,
        flows=parts.flows,
        banks=settings.banks,
        wallets=settings.wallets,
        pacing=parts.pacing,
    )
    inbound = InboundCalls(
        call_backs=CallBacks(records=parts.records, keyring=settings.keyring),
        keyring=settings.keyring,
        flows=parts.flows,
        banks=settings.banks,
    )
    spoken = CurrentApologies(parts.flows, _DEFAULT_LANGUAGE)
    hooks = carrier_hooks(calls, inbound, parts.records, settings.public_url, spoken.now)
    hooks.before_request(hook_guard(TwilioHooks(*settings.carriers), settings.public_url))
    app.register_blueprint(hooks)
    app.register_blueprint(recordings(parts.flows))


def _serve_errors(app: Flask) -> None:
    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return problems.refusal(error)

    @app.errorhandler(TryLater)
    def try_later(error: TryLater) -> Response:
        return problems.try_later(error)

    @app.errorhandler(redis.RedisError)
    def store_away(error: redis.RedisError) -> Response:
        _LOG.error("store_unavailable", extra={"error": type(error).__name__})
        return problems.try_later(
            TryLater(
                problems.STORE_UNAVAILABLE,
                "The store does not answer; nothing was lost. Ask again.",
            )
        )

    @app.errorhandler(HTTPException)
    def no_such_thing(error: HTTPException) -> Response:
        response = problems.refusal(_as_refusal(error))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return response

    @app.errorhandler(Exception)
    def defect(_: Exception) -> Response:
        _LOG.exception("request_failed", extra={"endpoint": request.endpoint})
        return problems.internal()


def _as_refusal(error: HTTPException) -> Refused:
    if isinstance(error, MethodNotAllowed):
        return Refused(
            Code.METHOD_NOT_ALLOWED,
            "This method is not offered here; see the OpenAPI document.",
        )
    return Refused(Code.NOT_FOUND, "There is nothing at this address; see the OpenAPI document.")
