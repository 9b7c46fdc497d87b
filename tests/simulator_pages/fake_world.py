"""The sample bank with everything around it faked, on a port of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import flask
from werkzeug.serving import WSGIRequestHandler, make_server

from ivr.simulator.bank import BankSettings, bank_blueprint
from ivr.simulator.depositors import load_bank
from tests.simulator_pages.fake_api import KEY, SECRET, FakeApi, api_blueprint
from tests.simulator_pages.fake_phones import FakePhone, phones_blueprint


@dataclass(frozen=True, kw_only=True)
class FakeWorld:
    url: str
    api: FakeApi
    phones: dict[str, FakePhone]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def fake_world(*, speed: float = 1.0, port: int = 0) -> Iterator[FakeWorld]:
    bank = load_bank()
    called = [one for one in bank.depositors if one.phone]
    phones = {one.phone: FakePhone(one.phone, one.number_hint, speed) for one in called}
    api = FakeApi(phones, {one.account: one.phone for one in called})
    app = flask.Flask(__name__)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    settings = BankSettings(api_url=url, api_key=KEY, callback_secrets=(SECRET,), public_url=url)
    for blueprint in (bank_blueprint(settings, bank), phones_blueprint(phones), api_blueprint(api)):
        app.register_blueprint(blueprint)
    serving = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    serving.start()
    try:
        yield FakeWorld(url=url, api=api, phones=phones)
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
