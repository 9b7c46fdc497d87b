"""Where a callback may go: under a prefix that the bank registered, compared as parsed parts.

Comparing text would let `https://bank.example.evil.test` pass as `https://bank.example`. Knows URLs;
does not resolve names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import SplitResult, urlsplit

from ivr.domain.errors import Code, Refused

_PORTS: Final = {"https": 443, "http": 80}
_LONGEST: Final = 500
_SUSPICIOUS: Final = frozenset("\\%@#;")


def check_callback(url: str | None, prefixes: Iterable[str]) -> None:
    """Refuse a callback URL that is under none of the prefixes.

    Raises:
        Refused: `callback_not_allowed`.

    """
    if url is None:
        return
    parts = _split(url)
    if parts is None or not any(_is_under(parts, _split(prefix)) for prefix in prefixes):
        raise Refused(
            Code.CALLBACK_NOT_ALLOWED,
            "The callback must be an absolute URL under one of the prefixes registered for this client.",
            field="callback_url",
        )


def _split(url: str) -> SplitResult | None:
    if (
        len(url) > _LONGEST
        or not url.isascii()
        or not url.isprintable()
        or " " in url
        or _SUSPICIOUS & set(url)
    ):
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PORTS and parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        return None
    return parts if usable and not {".", ".."} & set(parts.path.split("/")) else None


def _is_under(url: SplitResult, prefix: SplitResult | None) -> bool:
    if prefix is None or _origin(url) != _origin(prefix):
        return False
    wanted = [segment for segment in prefix.path.split("/") if segment]
    return [segment for segment in url.path.split("/") if segment][: len(wanted)] == wanted


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]
