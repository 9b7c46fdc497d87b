"""The carrier's signature over a hook.

Knows both forms: the account's auth token with HMAC-SHA1, and a shared key with HMAC-SHA256 that
names itself in a header. Does not send anything; the carrier's own library is the umpire in the
tests.
Source: the carrier's page on webhook security; the header of the newer form as its library reads
it.
"""

import base64
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

SIGNATURE = "X-Twilio-Signature"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"


class Signer(Protocol):
    """Whatever can sign a request."""

    def headers(self, url: str, form: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Give the headers that prove who sent this form to this address."""


@dataclass(frozen=True, kw_only=True)
class AuthTokenSigner:
    """Signs with the account's auth token, as the carrier does unless told otherwise."""

    auth_token: str

    def headers(self, url: str, form: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Give the signature header."""
        return {SIGNATURE: signature(self.auth_token, url, form, algorithm="sha1")}

    def __repr__(self) -> str:
        """Show nothing of the token."""
        return "AuthTokenSigner()"


@dataclass(frozen=True, kw_only=True)
class SharedKeySigner:
    """Signs with a shared key that has an id, so that keys can be changed without a gap."""

    key_id: str
    secret: str

    def headers(self, url: str, form: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Give the signature header and the one that says which key made it."""
        return {
            SIGNATURE: signature(self.secret, url, form, algorithm="sha256"),
            SETTINGS: f"key={self.key_id},algorithm=HMAC_SHA256",
        }

    def __repr__(self) -> str:
        """Show the id alone."""
        return f"SharedKeySigner(key_id={self.key_id!r})"


def signature(secret: str, url: str, form: Iterable[tuple[str, str]], *, algorithm: str) -> str:
    """Sign the address and, in order of name and value, each different field of the form."""
    fields = "".join(name + value for name, value in sorted(set(form)))
    digest = hmac.digest(secret.encode(), (signed_url(url) + fields).encode(), algorithm)
    return base64.b64encode(digest).decode()


def signed_url(url: str) -> str:
    """Give the address as it is signed: without its fragment, and over https without its port."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    place = re.sub(r":[0-9]*$", "", parts.netloc) if secure else parts.netloc
    return urlunsplit((parts.scheme, place, parts.path, parts.query, ""))
