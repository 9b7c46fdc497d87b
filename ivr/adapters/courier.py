"""Posting callbacks: to the address that was checked, and to no other.

The name is resolved once, every address it has is checked, and the connection goes to that very
address with the name only in TLS and in the Host header: a name that changes its mind between check
and use changes nothing. Redirects are not followed, TLS is verified.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import urllib3

_LOG: Final = logging.getLogger(__name__)
_TIMEOUT: Final = urllib3.Timeout(connect=3.0, read=10.0)
_PORTS: Final = {"https": 443, "http": 80}


class HttpCourier:
    """Posts once and tells the status."""

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, private_allowed: bool
    ) -> int:
        """Post `body` and return the HTTP status; 0 where the address is not allowed or nobody answered."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        try:
            address = resolve(host, port, private_allowed=private_allowed)
            pool = _pool(parts.scheme, host, address, port)
            path = parts.path or "/"
            response = pool.urlopen(
                "POST",
                f"{path}?{parts.query}" if parts.query else path,
                body=body,
                headers={**headers, "host": parts.netloc, "user-agent": "honnin"},
                redirect=False,
                retries=False,
                timeout=_TIMEOUT,
            )
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
            _LOG.warning("callback_not_delivered", extra={"error": type(error).__name__})
            return 0
        return response.status


def resolve(host: str, port: int, *, private_allowed: bool) -> str:
    """Return an address of `host`.

    Raises:
        ValueError: one of its addresses is private, loopback, link-local or otherwise not public,
            and the client was not registered with such.
        OSError: it has none.

    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(each[4][0]).split("%", maxsplit=1)[0]) for each in found]
    for address in addresses:
        mapped = getattr(address, "ipv4_mapped", None) or address
        if not private_allowed and (not mapped.is_global or mapped.is_multicast):
            message = "the callback's host has an address that is not public"
            raise ValueError(message)
    return str(addresses[0])


def _pool(scheme: str, host: str, address: str, port: int) -> urllib3.HTTPConnectionPool:
    if scheme == "https":
        return urllib3.HTTPSConnectionPool(
            address,
            port,
            cert_reqs="CERT_REQUIRED",
            server_hostname=host,
            assert_hostname=host,
            maxsize=1,
        )
    return urllib3.HTTPConnectionPool(address, port, maxsize=1)
