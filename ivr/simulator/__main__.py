"""`python -m ivr.simulator`: the stand-in network, and the sample bank's pages when they are set.

Knows everybody in the stand-in and wires them. All settings come from the environment (see
`environment.py`, and `bank.py` for the sample bank's).
"""

import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from types import FrameType

import flask

from ivr.simulator import server
from ivr.simulator.bank import MissingEnvironmentError, bank_from_environment
from ivr.simulator.environment import SettingError, Settings, read_settings
from ivr.simulator.network import phones, wire
from ivr.simulator.network.bad_line import BadLine
from ivr.simulator.network.calls import Source
from ivr.simulator.network.carrier import Account, Carrier
from ivr.simulator.network.clock import RealClock
from ivr.simulator.network.signing import AuthTokenSigner, SharedKeySigner, Signer
from ivr.simulator.parent import end_with

WRONG_SETTING = 2
BANK = "SIM_API_URL"
EXPECTED = (
    SettingError,
    MissingEnvironmentError,
    server.NotLoopbackError,
    server.PortTakenError,
)


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Serve until told to end. The exit status is 2 when a setting is missing or wrong."""
    parent = os.getppid()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    end_with(parent)
    try:
        settings = read_settings(environment)
        pages = [bank_from_environment(environment)] if environment.get(BANK) else []
        _serve(settings, pages)
    except EXPECTED as wrong:
        sys.stderr.write(f"simulator: {wrong}\n")
        return WRONG_SETTING
    except (OSError, ValueError) as wrong:
        sys.stderr.write(f"simulator: the table of phones cannot be read: {wrong}\n")
        return WRONG_SETTING
    return 0


def build_carrier(settings: Settings, clock: RealClock) -> Carrier:
    """Wire a carrier that sends its hooks over the network."""
    troubles: Counter[str] = Counter()
    line = BadLine(
        wire.send,
        shares=settings.bad_line,
        rng=random.Random(settings.seed),  # noqa: S311 - troubles that a seed draws
        speed=settings.speed,
        troubles=troubles,
    )
    return Carrier(
        account=Account(
            sid=settings.account_sid,
            auth_token=settings.auth_token,
            numbers=settings.numbers,
            calls_per_second=settings.calls_per_second,
            voice={number: Source(url=url) for number, url in settings.voice_urls.items()},
        ),
        clock=clock,
        send=line.send,
        phones=phones.load(settings.phones),
        rng=random.Random(settings.seed),  # noqa: S311 - names of calls are no secret here
        signer=_signer(settings),
        troubles=troubles,
    )


def _serve(settings: Settings, pages: list[flask.Blueprint]) -> None:
    clock = RealClock(speed=settings.speed)
    app = server.create_app(build_carrier(settings, clock), blueprints=pages)
    listening = server.listen(settings.host, settings.port)
    port = listening.getsockname()[1]
    web = server.serve(app, listening)
    clock.start()
    sys.stdout.write(f"simulator: listening on http://{settings.host}:{port}\n")
    sys.stdout.flush()
    web.serve_forever()


def _signer(settings: Settings) -> Signer:
    if settings.signing_key_id:
        return SharedKeySigner(key_id=settings.signing_key_id, secret=settings.signing_secret)
    return AuthTokenSigner(auth_token=settings.auth_token)


def _end(_number: int, _frame: FrameType | None) -> None:
    """End at once: a hook that is still waited for would hold up an orderly exit for 15 seconds."""
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
