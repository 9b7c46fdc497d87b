"""Is this callback really from the verification service?

Knows the Standard Webhooks specification (signatures `v1`, symmetric). Knows nothing of what the
message says, of Flask or of the bank. The `standardwebhooks` package is the umpire in the tests.
"""

import base64
import hmac
from collections.abc import Iterable, Mapping

TOLERANCE_SECONDS = 300
LONGEST_TIMESTAMP = 12


def is_genuine(
    headers: Mapping[str, str], body: bytes, *, secrets: Iterable[str], now: float
) -> bool:
    """Check signature and age of a callback; `now` in seconds since 1970, secrets as `whsec_…`."""
    message, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    offered = headers.get("webhook-signature", "").encode().split(b" ")
    if not (message and sent.isascii() and sent.isdecimal() and len(sent) <= LONGEST_TIMESTAMP):
        return False
    if abs(now - int(sent)) > TOLERANCE_SECONDS:
        return False
    signed = b".".join([message.encode(), sent.encode(), body])
    expected = [_signature(secret, signed) for secret in secrets]
    return any(hmac.compare_digest(one, other) for one in expected for other in offered)


def _signature(secret: str, signed: bytes) -> bytes:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return b"v1," + base64.b64encode(hmac.digest(key, signed, "sha256"))
