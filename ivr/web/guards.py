"""Who may come in: the guard of the API for banks.

Knows keys, scopes and addresses. A guard is attached where its blueprint is registered.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Protocol

from flask import g

from ivr.domain.errors import Code, Refused
from ivr.service.ports import Client
from ivr.web.plain_flask import present_request


class Clients(Protocol):
    """Finds a client by its API key."""

    def find_by_key(self, key: str) -> Client:
        """Return the client. Raises `Refused`."""


def bearer_guard(clients: Clients) -> Callable[[], None]:
    """Return a guard that lets a request in with a live key, the scope it needs and an allowed address."""

    def check_in() -> None:
        asked = present_request()
        scheme, _, key = asked.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise Refused(Code.KEY_MISSING, "Send the API key as Authorization: Bearer KEY.")
        client = clients.find_by_key(key.strip())
        scope = "read" if asked.method in {"GET", "HEAD"} else "verify"
        if scope not in client.scopes:
            raise Refused(
                Code.SCOPE_MISSING, f"This key may not do that; it lacks the scope {scope}."
            )
        if client.source_addresses and not _is_listed(asked.remote_addr, client.source_addresses):
            raise Refused(Code.ADDRESS_NOT_ALLOWED, "This key may not be used from this address.")
        g.client = client

    return check_in


def room_guard(check: Callable[[], None]) -> Callable[[], None]:
    """Return a guard that lets nothing new in while there is no room: no start, and no further call."""

    def check_in() -> None:
        if (present_request().endpoint or "").partition(".")[2] in {"start", "call_again"}:
            check()

    return check_in


def _is_listed(address: str | None, listed: tuple[str, ...]) -> bool:
    """Compare by value; what a proxy handed over that is no address is not listed."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    plain = getattr(found, "ipv4_mapped", None) or found
    return any(plain in ipaddress.ip_network(network, strict=False) for network in listed)
