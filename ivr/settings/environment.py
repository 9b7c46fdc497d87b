"""What comes from environment variables: addresses and secrets.

Each may also be in a file, or printed by a command (`sources.py`). A fault names the variable and never
prints its value.
"""

from __future__ import annotations

import base64
import binascii
import difflib
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar
from urllib.parse import urlsplit

from ivr.domain.keyring import Keyring
from ivr.settings.sources import NoValueError, find_value, plain_name

_KEY_BYTES: Final = 32
_LONGEST_ID: Final = 16
_LAST_PORT: Final = 65_535
_MADE_BY_US: Final = frozenset({"IVR_MASTER_KEYS", "IVR_LASTING_KEY"})
_PLACEHOLDER: Final = b"\0" * _KEY_BYTES
Choice = TypeVar("Choice", bound=StrEnum)


class Environment:
    """The variables, with the faults found in them."""

    def __init__(self, variables: Mapping[str, str], faults: list[str]) -> None:
        """Take the variables, and the list that faults are added to."""
        self._variables = variables
        self._faults = faults
        self._read: set[str] = set()

    def get(self, name: str, default: str | None = None) -> str:
        """Return a variable, stripped; a missing one without a default is a fault."""
        self._read.add(name)
        try:
            value = find_value(self._variables, name)
        except NoValueError as error:
            self.fault(error.name, error.why)
            return default or ""
        if not value and default is None:
            makes = ", and `ivr keys` makes it" if name in _MADE_BY_US else ""
            self.fault(name, f"is missing; docs/running.md says what it is for{makes}")
        return value or default or ""

    def fault(self, name: str, why: str) -> None:
        """Note a fault at a variable."""
        self._faults.append(f"{name}: {why}")

    def choice(self, name: str, choices: type[Choice], default: Choice) -> Choice:
        """Return one of a few words."""
        value = self.get(name, default.value)
        if value not in set(choices):
            self.fault(name, f"must be one of {', '.join(choices)}")
            return default
        return choices(value)

    def number(self, name: str, default: int, *, most: int, least: int = 1) -> int:
        """Return a whole number from `least` to `most`."""
        value = self.get(name, str(default))
        if not (value.isascii() and value.isdecimal() and least <= int(value) <= most):
            self.fault(name, f"must be a whole number from {least} to {most}")
            return default
        return int(value)

    def check_names(self) -> None:
        """Note a fault at each variable of ours that nobody reads: a misspelt one is a lost one."""
        for name in sorted(self._variables):
            plain = plain_name(name)
            if name.startswith("IVR_") and plain not in self._read:
                near = difflib.get_close_matches(plain, self._read, 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                self.fault(name, f"there is no such setting{hint}")

    def url(self, name: str, default: str | None = None) -> str:
        """Return an https URL without a trailing slash; http only where told so by name."""
        value = self.get(name, default).rstrip("/")
        scheme = scheme_of(value)
        if value and not scheme:
            self.fault(name, "must be an absolute https URL without user, query or fragment")
        elif scheme == "http" and self.get("IVR_ALLOW_HTTP", "no") != "yes":
            self.fault(
                name,
                "must be https; IVR_ALLOW_HTTP=yes allows http, for a stand-in on a network you trust",
            )
        return value

    def address(self, name: str) -> tuple[str, int] | None:
        """Return host and port to listen at, by a port alone those of this machine only; None for nowhere."""
        value = self.get(name, "")
        found = read_address(value)
        if value and found is None:
            self.fault(name, "must be a port, or host:port")
        return found


def read_address(text: str) -> tuple[str, int] | None:
    """Read `port` or `host:port`; None where it is neither. A port alone is on loopback."""
    host, _, port = text.rpartition(":")
    is_port = port.isascii() and port.isdecimal() and 1 <= int(port) <= _LAST_PORT
    return (host.strip("[]") or "127.0.0.1", int(port)) if is_port else None


def scheme_of(url: str) -> str:
    """Return the scheme of an absolute http or https URL of plain parts; empty where it is none."""
    try:
        parts = urlsplit(url)
        is_plain = parts.hostname and parts.port != 0 and parts.username is None
    except ValueError:
        return ""
    if not is_plain or set("?# ") & set(url) or not (url.isascii() and url.isprintable()):
        return ""
    return parts.scheme if parts.scheme in {"http", "https"} else ""


def read_keyring(environment: Environment) -> Keyring:
    """Read `IVR_MASTER_KEYS` (`id:base64 …`, the current one first) and `IVR_LASTING_KEY`."""
    masters: dict[str, bytes] = {}
    for part in environment.get("IVR_MASTER_KEYS").split():
        key_id, _, text = part.partition(":")
        is_id = key_id.isascii() and key_id.isalnum() and len(key_id) <= _LONGEST_ID
        if not is_id or key_id in masters:
            environment.fault(
                "IVR_MASTER_KEYS",
                f"each key is ID:BASE64 with an id of its own, 1 to {_LONGEST_ID} letters or digits",
            )
        masters[key_id] = _decode_key(environment, "IVR_MASTER_KEYS", text)
    lasting = environment.get("IVR_LASTING_KEY")
    return Keyring(
        masters or {"none": _PLACEHOLDER},
        _decode_key(environment, "IVR_LASTING_KEY", lasting) if lasting else _PLACEHOLDER,
    )


def _decode_key(environment: Environment, name: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES or key == _PLACEHOLDER:
        environment.fault(
            name, f"a key must be {_KEY_BYTES} random bytes in base64; `ivr keys` makes one"
        )
    return key
