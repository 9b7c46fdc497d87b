import base64
import datetime as dt
import time

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from ivr.simulator.bank_callbacks import TOLERANCE_SECONDS, is_genuine

NOW = int(dt.datetime.now(dt.UTC).timestamp())
BODY = '{"type":"verification.passed","data":{"wallet":"クモペイ"}}'
OLD, NEW, FOREIGN = (
    "whsec_" + base64.b64encode(name * 8).decode() for name in (b"old.", b"new.", b"bad.")
)


def signed(
    secret: str, *, sent: int = NOW, body: str = BODY, message: str = "msg_1"
) -> dict[str, str]:
    moment = dt.datetime.fromtimestamp(sent, dt.UTC)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(sent),
        "webhook-signature": Webhook(secret).sign(message, moment, body),
    }


def genuine(headers: dict[str, str], body: str = BODY) -> bool:
    return is_genuine(headers, body.encode(), secrets=(NEW, OLD), now=NOW)


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_what_the_published_library_signs_is_genuine_under_either_secret(secret: str) -> None:
    assert genuine(signed(secret))


def test_one_right_signature_among_several_is_enough() -> None:
    headers = signed(FOREIGN)
    headers["webhook-signature"] += " v1a,abc " + signed(OLD)["webhook-signature"]
    assert genuine(headers)


@pytest.mark.parametrize(
    "headers",
    [
        signed(FOREIGN),
        signed(NEW, body=BODY + " "),
        signed(NEW) | {"webhook-id": "msg_2"},
        signed(NEW) | {"webhook-timestamp": str(NOW + 1)},
        signed(NEW, sent=NOW - TOLERANCE_SECONDS - 1),
        signed(NEW, sent=NOW + TOLERANCE_SECONDS + 10),
        {},
        signed(NEW) | {"webhook-signature": ""},
        signed(NEW) | {"webhook-signature": signed(NEW)["webhook-signature"].removeprefix("v1,")},
        signed(NEW) | {"webhook-timestamp": "yesterday"},
        signed(NEW) | {"webhook-timestamp": "１２３"},
        signed(NEW) | {"webhook-timestamp": "9" * 5000},
        signed(NEW) | {"webhook-signature": "v1,ü"},
    ],
)
def test_anything_else_is_not(headers: dict[str, str]) -> None:
    assert not genuine(headers)


@pytest.mark.parametrize(
    ("secret", "changed"), [(NEW, {}), (FOREIGN, {}), (NEW, {"webhook-id": "msg_2"}), ("", {})]
)
def test_the_published_library_judges_the_same(secret: str, changed: dict[str, str]) -> None:
    now = int(time.time())  # the library goes by the clock, and these tests may have begun long ago
    headers = signed(secret, sent=now) | changed if secret else {}
    try:
        Webhook(NEW).verify(BODY, headers)
        umpire = True
    except WebhookVerificationError:
        umpire = False
    assert is_genuine(headers, BODY.encode(), secrets=(NEW, OLD), now=now) is umpire
