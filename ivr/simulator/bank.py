"""The sample bank's web: its page, the wallet's page, and the address where it is told verdicts.

Knows routes, JSON in and out, and the environment that names the API. Knows neither what decides a
link (`bank_links`) nor how the telephone network is played.
"""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask

from ivr.simulator.bank_callbacks import is_genuine
from ivr.simulator.bank_client import ApiUnreachableError, VerificationClient
from ivr.simulator.bank_ledger import Ledger
from ivr.simulator.bank_links import LinkingBackend, Reply, UnknownLinkError, Wish
from ivr.simulator.bank_receipts import ReceiptChecker
from ivr.simulator.depositors import FACTS, Bank, load_bank

PAGES = Path(__file__).with_name("pages")
ENVIRONMENT = ("SIM_API_URL", "SIM_API_KEY", "SIM_CALLBACK_SECRETS", "SIM_PUBLIC_URL")
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
LONGEST_FACT = 100


class MissingEnvironmentError(Exception):
    """The sample bank was started without something that it needs; the message names it."""


class BadInputError(Exception):
    """The page sent something else than was asked for; the message names the field."""


@dataclass(frozen=True, kw_only=True)
class BankSettings:
    """Where the API is, the bank's key, and how callbacks are known to be genuine."""

    api_url: str
    api_key: str
    callback_secrets: tuple[str, ...]
    public_url: str

    def __repr__(self) -> str:
        """Show where, and no secret."""
        return f"BankSettings(api_url={self.api_url!r}, public_url={self.public_url!r})"


def bank_from_environment(environment: Mapping[str, str] = os.environ) -> flask.Blueprint:
    """Build the sample bank. Raises: MissingEnvironmentError, naming what is not set."""
    missing = [name for name in ENVIRONMENT if not environment.get(name)]
    if missing:
        raise MissingEnvironmentError(f"not set: {', '.join(missing)}")
    settings = BankSettings(
        api_url=environment["SIM_API_URL"],
        api_key=environment["SIM_API_KEY"],
        callback_secrets=tuple(environment["SIM_CALLBACK_SECRETS"].split()),
        public_url=environment["SIM_PUBLIC_URL"].rstrip("/"),
    )
    return bank_blueprint(settings, load_bank())


def bank_blueprint(settings: BankSettings, bank: Bank) -> flask.Blueprint:
    """Wire the bank's rooms and give its routes."""
    ledger = Ledger()
    client = VerificationClient(settings.api_url, settings.api_key)
    backend = LinkingBackend(
        bank,
        client,
        ReceiptChecker(lambda: client.keys().body),
        ledger,
        settings.public_url + "/bank/callback",
    )
    blueprint = flask.Blueprint("bank", __name__, static_folder=PAGES, static_url_path="/pages")
    _add_pages(blueprint, bank)
    _add_links(blueprint, backend)
    _add_callback(blueprint, settings, ledger)
    _add_errors(blueprint)
    return blueprint


def _add_pages(blueprint: flask.Blueprint, bank: Bank) -> None:
    @blueprint.get("/")
    def page() -> flask.Response:
        return flask.send_from_directory(PAGES, "index.html")

    @blueprint.get("/bank/depositors")
    def depositors() -> dict[str, Any]:
        """Give the invented facts of the invented people, so that the demo can fill its form."""
        people = [
            {
                "id": one.id,
                "phone": one.phone,
                "branch": dict(one.branch),
                "facts": {language: one.facts(language) for language in ("ja", "en")},
            }
            for one in bank.depositors
        ]
        return {"depositors": people}

    @blueprint.after_request
    def guard(response: flask.Response) -> flask.Response:
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response


def _add_links(blueprint: flask.Blueprint, backend: LinkingBackend) -> None:
    @blueprint.post("/bank/links")
    def open_link() -> flask.typing.ResponseReturnValue:
        asked = _json_object()
        facts = {fact: _text(asked, fact) for fact in FACTS}
        wish = Wish(
            mode=_text(asked, "mode"),
            language=_text(asked, "language"),
            pace=_text(asked, "pace"),
        )
        return _said(backend.open(facts, wish))

    @blueprint.get("/bank/links/<link>")
    def look(link: str) -> flask.typing.ResponseReturnValue:
        wait = flask.request.args.get("wait", 0, int)
        return _said(backend.look(link, wait=wait, seen=flask.request.args.get("seen")))

    @blueprint.post("/bank/links/<link>/passcode")
    def check(link: str) -> flask.typing.ResponseReturnValue:
        return _said(backend.check(link, _text(_json_object(), "passcode")))

    @blueprint.post("/bank/links/<link>/calls")
    def call_again(link: str) -> flask.typing.ResponseReturnValue:
        return _said(backend.call_again(link))

    @blueprint.delete("/bank/links/<link>")
    def cancel(link: str) -> flask.typing.ResponseReturnValue:
        return _said(backend.cancel(link))


def _add_errors(blueprint: flask.Blueprint) -> None:
    @blueprint.errorhandler(UnknownLinkError)
    def unknown_link(_error: UnknownLinkError) -> flask.typing.ResponseReturnValue:
        return {"code": "unknown_link"}, 404

    @blueprint.errorhandler(ApiUnreachableError)
    def unreachable(_error: ApiUnreachableError) -> flask.typing.ResponseReturnValue:
        return {"code": "api_unreachable"}, 503

    @blueprint.errorhandler(BadInputError)
    def bad_input(error: BadInputError) -> flask.typing.ResponseReturnValue:
        return {"code": "bad_input", "field": str(error)}, 400


def _add_callback(blueprint: flask.Blueprint, settings: BankSettings, ledger: Ledger) -> None:
    @blueprint.post("/bank/callback")
    def callback() -> flask.typing.ResponseReturnValue:
        body = flask.request.get_data()
        headers = {name.lower(): value for name, value in flask.request.headers}
        genuine = is_genuine(headers, body, secrets=settings.callback_secrets, now=time.time())
        told = _callback_content(body) if genuine else {}
        ledger.note_callback(message=headers.get("webhook-id", ""), genuine=genuine, body=told)
        return ("", 204) if genuine else ({"code": "bad_signature"}, 401)

    @blueprint.get("/bank/ledger")
    def shown() -> dict[str, Any]:
        return ledger.shown()


def _callback_content(body: bytes) -> dict[str, Any]:
    message = json.loads(body)
    return {"type": message["type"], **message["data"]}


def _said(reply: Reply) -> flask.typing.ResponseReturnValue:
    return reply.body, reply.status


def _json_object() -> dict[str, Any]:
    content = flask.request.get_json(silent=True)
    if not isinstance(content, dict):
        raise BadInputError("body")
    return content


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str) or len(value) > LONGEST_FACT:
        raise BadInputError(name)
    return value
