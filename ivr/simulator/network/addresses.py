"""Addresses as documents and servers give them.

Knows which can be asked at all, and how a relative one is found from another. Does not ask any.
"""

from urllib.parse import urljoin, urlsplit

from ivr.simulator.network.trouble import BAD_ADDRESS, TwimlError


def join(base: str, url: str) -> str:
    """Find an address from another.

    Raises:
        TwimlError: 11100 when that gives nothing that could be asked.

    """
    try:
        found = urljoin(base, url)
        parts = urlsplit(found)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise TwimlError(BAD_ADDRESS, "Invalid URL format")
    return found
