"""How the stand-in is set: by the environment, since secrets must not stand in a command line.

Knows the names, the defaults and what is wrong with a value. Reads it once, whole.

SIM_PORT, SIM_ACCOUNT_SID and SIM_AUTH_TOKEN are needed; port 0 takes any free one and says which.
SIM_HOST (127.0.0.1) may be another loopback address. SIM_SPEED (1) makes time run faster.
SIM_PHONES is a table of phones instead of `phones.toml`. SIM_SEED makes the names of calls repeat.
SIM_NUMBERS are the numbers that the account owns, with spaces between; without it any is taken.
SIM_VOICE_URLS (NUMBER=URL, with spaces between) say where the documents for whoever calls come from.
SIM_CALLS_PER_SECOND lets further orders wait in the queue; 0 (the default) is without a limit.
SIM_SIGNING_KEY and SIM_SIGNING_SECRET sign hooks with a shared key instead of the auth token.
SIM_BAD_LINE (such as "lost=0.01 unanswered=0.01 doubled=0.02 late=0.01") is the share of hooks that the
network treats so, drawn by SIM_SEED (see `network/bad_line.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ivr.simulator.network.bad_line import Shares
from ivr.simulator.network.phones import FILE
from ivr.simulator.orders import is_absolute

REQUIRED = ("SIM_PORT", "SIM_ACCOUNT_SID", "SIM_AUTH_TOKEN")
MOST_PORT = 65_535


class SettingError(Exception):
    """A variable is missing or wrong; the message names it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of the stand-in."""

    host: str
    port: int
    account_sid: str
    auth_token: str = field(repr=False)
    speed: float
    phones: Path
    seed: int | None
    numbers: frozenset[str]
    voice_urls: Mapping[str, str]
    calls_per_second: float
    signing_key_id: str
    signing_secret: str = field(repr=False)
    bad_line: Shares


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises: SettingError, naming the variable."""
    missing = [name for name in REQUIRED if not environment.get(name)]
    if missing:
        raise SettingError(f"not set: {', '.join(missing)}")
    key_id = environment.get("SIM_SIGNING_KEY", "")
    secret = environment.get("SIM_SIGNING_SECRET", "")
    if bool(key_id) != bool(secret):
        raise SettingError("SIM_SIGNING_KEY and SIM_SIGNING_SECRET go together")
    return Settings(
        host=environment.get("SIM_HOST", "127.0.0.1"),
        port=_whole(environment, "SIM_PORT", most=MOST_PORT) or 0,
        account_sid=environment["SIM_ACCOUNT_SID"],
        auth_token=environment["SIM_AUTH_TOKEN"],
        speed=_number(environment, "SIM_SPEED", "1", least=0.01),
        phones=Path(environment.get("SIM_PHONES") or FILE),
        seed=_whole(environment, "SIM_SEED"),
        numbers=frozenset(environment.get("SIM_NUMBERS", "").split()),
        voice_urls=_voice_urls(environment),
        calls_per_second=_number(environment, "SIM_CALLS_PER_SECOND", "0", least=0.0),
        signing_key_id=key_id,
        signing_secret=secret,
        bad_line=_bad_line(environment),
    )


def _whole(environment: Mapping[str, str], name: str, *, most: int | None = None) -> int | None:
    text = environment.get(name)
    if not text:
        return None
    if text.isascii() and text.isdecimal() and (most is None or int(text) <= most):
        return int(text)
    raise SettingError(f"{name}: a whole number{f' up to {most}' if most else ''} is wanted")


def _number(environment: Mapping[str, str], name: str, default: str, *, least: float) -> float:
    try:
        value = float(environment.get(name) or default)
    except ValueError as wrong:
        raise SettingError(f"{name}: a number is wanted") from wrong
    if not least <= value < float("inf"):
        raise SettingError(f"{name}: a number from {least:g} on is wanted")
    return value


def _bad_line(environment: Mapping[str, str]) -> Shares:
    """Read which share of hooks meets which trouble."""
    pairs = (each.partition("=") for each in environment.get("SIM_BAD_LINE", "").split())
    try:
        return msgspec.convert({name: share for name, _, share in pairs}, Shares, strict=False)
    except msgspec.ValidationError as wrong:
        raise SettingError(f"SIM_BAD_LINE: {wrong}") from wrong


def _voice_urls(environment: Mapping[str, str]) -> dict[str, str]:
    """Read by which address each number is answered."""
    pairs = [each.partition("=") for each in environment.get("SIM_VOICE_URLS", "").split()]
    if not all(number.startswith("+") and is_absolute(url) for number, _, url in pairs):
        raise SettingError("SIM_VOICE_URLS: NUMBER=URL is wanted, with spaces between several")
    return {number: url for number, _, url in pairs}
