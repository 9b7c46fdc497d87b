"""The product, wired as it ships, around a store that is another in each run.

Its parts are wired once for each of the few settings that runs differ in, and its app for each run: that counts
forgeries, and a run must not know of the one before.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, cast

from flask import Flask
from msgspec.structs import replace

from ivr.adapters.flows.files import load_book
from ivr.adapters.receipts import Ed25519Receipts
from ivr.app import create_app
from ivr.assembly import Parts
from ivr.domain.policy import Limits
from ivr.service.ports import Bell, FlowBook, RegisteredNumber, Store
from ivr.service.receipts import Receipts
from ivr.service.views import Views
from ivr.settings import CarrierSettings
from tests.simulation.lines import Lines
from tests.simulation.store import FarStore, WatchedStore
from tests.simulation.weather import Weather
from tests.web.small_house import ACCOUNT_SID, KEYRING, TOKENS, parts, settings

ROOT: Final = Path(__file__).parents[2]
ACCOUNTS: Final = {
    f"101-{1000000 + number}": RegisteredNumber(number=f"+8190123456{number:02}", days=900)
    for number in range(24)
}
LIMITS: Final = Limits(calls_to_number_per_hour=60, calls_to_number_per_day=200)
_FOLDER: Final = Path(tempfile.mkdtemp(prefix="simulation-"))
_BOOK: Final = load_book(ROOT / "callflows")


class RememberingSigner(Ed25519Receipts):
    """Signs each receipt once: the same claims give the same one."""

    def __init__(self) -> None:
        super().__init__(KEYRING)
        self._signed: dict[tuple[object, ...], str] = {}

    def sign(self, key_id: str, claims: Mapping[str, object]) -> str:
        """Return a compact JWS."""
        name = (key_id, *claims.items())
        if name not in self._signed:
            self._signed[name] = super().sign(key_id, claims)
        return self._signed[name]

    def forget(self) -> None:
        """Begin anew, as a run does."""
        self._signed.clear()


@dataclasses.dataclass(frozen=True)
class Wired:
    """What is wired once."""

    parts: Parts
    store: FarStore
    signer: RememberingSigner

    def app(self) -> Flask:
        """Return the web processes' app."""
        return create_app(self.parts)


def limits_in(weather: Weather) -> Limits:
    """Return the limits of the banks."""
    return replace(LIMITS, retry_busy=1, retry_no_answer=2) if weather.retries else LIMITS


def wire(weather: Weather, near: WatchedStore, lines: Lines) -> Wired:
    """Return the product as it is set in this weather, led to a store."""
    wired = _wire(retries=weather.retries, per_second=weather.per_second, at_once=weather.at_once)
    wired.store.attach(near, lines)
    wired.signer.forget()
    return wired


@cache
def _wire(*, retries: bool, per_second: int, at_once: int) -> Wired:
    weather = Weather(retries=retries, per_second=per_second, at_once=at_once)
    store, signer = FarStore(None, cast("Lines", None)), RememberingSigner()
    made = settings(_FOLDER, limits=limits_in(weather), carriers=_carriers(weather))
    receipts = Receipts(signer, KEYRING, made.public_url)
    wired = parts(made, cast("Store", store), cast("Bell", None), ACCOUNTS, cast("FlowBook", _BOOK))
    views = Views(KEYRING, receipts)
    wired = dataclasses.replace(wired, receipts=receipts, views=views, signer=signer)
    return Wired(wired, store, signer)


def _carriers(weather: Weather) -> tuple[CarrierSettings, ...]:
    main = CarrierSettings(
        url="https://api.twilio.com",
        account=ACCOUNT_SID,
        tokens=TOKENS,
        shared_keys={},
        calls_per_second=weather.per_second,
        calls_at_once=weather.at_once,
    )
    second = replace(main, id="second", account="AX" + "2" * 32, tokens=("of-the-second",))
    return main, replace(second, calls_per_second=0, calls_at_once=0)
