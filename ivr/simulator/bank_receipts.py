"""Is this receipt the service's word about the request that the bank made?

Knows compact JWS receipts (EdDSA), the published keys and what ties a receipt to a request. Knows
nothing of depositors or pages; how the keys are fetched is an argument.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

ALGORITHM = "EdDSA"
REQUIRED = ["exp", "iat", "jti", "sub"]


@dataclass(frozen=True, kw_only=True)
class CheckedReceipt:
    """A receipt taken apart, and what is wrong with it (`trouble`), if anything."""

    compact: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    trouble: str | None

    def shown(self) -> dict[str, Any]:
        """Give it as JSON for the page."""
        return {
            "compact": self.compact,
            "header": dict(self.header),
            "claims": dict(self.claims),
            "genuine": self.trouble is None,
            "trouble": self.trouble,
        }


class ReceiptChecker:
    """Checks receipts against the published keys; fetches those again when a key is new to it."""

    def __init__(self, fetch_keys: Callable[[], Mapping[str, Any]]) -> None:
        """Take a function that gives the JSON Web Key Set."""
        self._fetch_keys = fetch_keys
        self._keys: dict[str, jwt.PyJWK] = {}

    def check(self, compact: str, *, verification: str, request_sha256: str) -> CheckedReceipt:
        """Take a receipt apart and check signature, life, subject and the request's digest.

        The digest ties it to the very request that this bank sent, so the audience adds nothing.
        """
        header: dict[str, Any] = {}
        claims: dict[str, Any] = {}
        trouble = None
        try:
            header = jwt.get_unverified_header(compact)
            claims = jwt.decode(
                compact,
                key=self._key(str(header.get("kid"))),
                algorithms=[ALGORITHM],
                options={"require": REQUIRED, "verify_aud": False},
            )
        except (jwt.PyJWTError, KeyError) as error:
            trouble = type(error).__name__
        if trouble is None and claims["sub"] != verification:
            trouble = "other_verification"
        if trouble is None and claims.get("request_sha256") != request_sha256:
            trouble = "other_request"
        return CheckedReceipt(compact=compact, header=header, claims=claims, trouble=trouble)

    def _key(self, kid: str) -> jwt.PyJWK:
        """Find a published key. Raises: KeyError."""
        if kid not in self._keys:
            published = self._fetch_keys().get("keys", [])
            self._keys = {key["kid"]: jwt.PyJWK(key) for key in published if "kid" in key}
        return self._keys[kid]
