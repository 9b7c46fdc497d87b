"""Posting callbacks: to the address that was checked, and to no other.

The name is resolved once, every address it has is checked, and the connection goes to that very
address with the name only in TLS and in the Host header: a name that changes its mind between check
and use changes nothing. Redirects are not followed, TLS is verified.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

_LOG: Final = logging.getLogger(__name__)
LONGEST_SECONDS: Final = 8.0
"""Less than a worker's lease, so that no other worker takes the same callback meanwhile."""
_PORTS: Final = {"https": 443, "http": 80}
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
Resolver = Callable[..., list[tuple[Any, ...]]]


class HttpCourier:
    """Posts once and tells the status."""

    def __init__(
        self, resolver: Resolver = socket.getaddrinfo, seconds: float = LONGEST_SECONDS
    ) -> None:
        """`resolver` finds the addresses of a name; `seconds` is the most that one post may take."""
        self._resolver = resolver
        self._seconds = seconds

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, private_allowed: bool
    ) -> int:
        """Post `body` and return the HTTP status; 0 where the address is not allowed or nobody answered.

        However slowly the other side drips, the connection is cut when the time is over.
        """
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        own = {"host": parts.netloc, "user-agent": "honnin"}
        try:
            address = self._resolve(host, port, private_allowed=private_allowed)
            with closing(self._connection(parts.scheme, host, address, port)) as connection:
                clock = threading.Timer(self._seconds, _cut, [connection])
                clock.daemon = True
                clock.start()
                try:
                    # Nobody reads what a bank answers, however long it is.
                    all_headers = {**headers, **own}
                    connection.request("POST", target, body, all_headers, preload_content=False)
                    with connection.getresponse() as response:
                        return response.status
                finally:
                    clock.cancel()
        except (OSError, ValueError, HTTPException, urllib3.exceptions.HTTPError) as error:
            _LOG.warning("callback_not_delivered", extra={"error": type(error).__name__})
            return 0

    def _connection(self, scheme: str, host: str, address: str, port: int) -> HTTPConnection:
        if scheme == "https":
            return HTTPSConnection(
                address,
                port,
                timeout=self._seconds,
                cert_reqs="CERT_REQUIRED",
                server_hostname=host,
                assert_hostname=host,
            )
        return HTTPConnection(address, port, timeout=self._seconds)

    def _resolve(self, host: str, port: int, *, private_allowed: bool) -> str:
        """Return an address of `host`.

        Raises:
            ValueError: one of its addresses is private, loopback, link-local or otherwise not
                public, and the client was not registered with such.
            OSError: it has none.

        """
        found = self._resolver(host, port, type=socket.SOCK_STREAM)
        texts = [str(each[4][0]).split("%", maxsplit=1)[0] for each in found]
        if not private_allowed and not all(map(is_public, texts)):
            message = "the callback's host has an address that is not public"
            raise ValueError(message)
        return texts[0]


def is_public(text: str) -> bool:
    """Tell whether an address, and every IPv4 address that it stands for, is of the public network."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    if address.ipv4_mapped:
        return is_public(str(address.ipv4_mapped))
    # 2002::/16 (RFC 3056), 64:ff9b::/96 (RFC 6052) and ::/96 (RFC 4291) lead on to IPv4 addresses.
    if address.sixtofour:
        return is_public(str(address.sixtofour))
    if address in _NAT64 or address in _COMPATIBLE:
        return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)))
    return address.is_global and not address.is_multicast and not address.is_site_local


def _cut(connection: HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
