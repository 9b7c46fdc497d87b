"""What three witnesses say of a verdict: the bank's poll, the signed callback, the signed receipt.

Knows where each is found and that they must agree. Knows no plot.
"""

import time
from dataclasses import dataclass
from typing import Any

import jwt

from ivr.simulator.story_scenes import Scene
from ivr.simulator.story_world import GLANCE_SECONDS, Page, Wire

CALLBACK_SECONDS = 8.0


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What the poll, the callback and the receipt say, and whether all is as expected."""

    verdict: str
    reason: str
    callback: str
    receipt: str
    key: str
    stuck: str
    good: bool


def prove(scene: Scene, page: Page, bank: Wire, api: Wire, stuck: str) -> Proof:
    """Ask the witnesses."""
    verdict, reason = str(page.told.get("verdict")), str(page.told.get("reason"))
    compact = (page.told.get("receipt") or {}).get("compact")
    receipt, key = _receipt(api, compact) if compact else ("none", "none")
    callback = _callback(bank, str(page.told.get("link"))) if not stuck else "not waited for"
    expected = (verdict, reason) == (scene.verdict, scene.reason)
    linked = page.told.get("linked") is (scene.verdict == "pass")
    agreed = verdict == callback == receipt
    return Proof(
        verdict=verdict,
        reason=reason,
        callback=callback,
        receipt=receipt,
        key=key,
        stuck=stuck,
        good=expected and linked and agreed and not stuck,
    )


def _receipt(api: Wire, compact: str) -> tuple[str, str]:
    """Check a receipt by the published keys; give its verdict and the key's id."""
    _, published = api.send("GET", "/.well-known/jwks.json")
    try:
        kid = str(jwt.get_unverified_header(compact).get("kid"))
        key = jwt.PyJWKSet.from_dict(published)[kid]
        claims: dict[str, Any] = jwt.decode(
            compact, key=key, algorithms=["EdDSA"], options={"verify_aud": False}
        )
    except (jwt.PyJWTError, KeyError) as error:
        return f"broken ({type(error).__name__})", "none"
    return str(claims["verdict"]), kid


def _callback(bank: Wire, link: str) -> str:
    """Wait for the genuine callback about a link in the bank's ledger; give its verdict."""
    until = time.monotonic() + CALLBACK_SECONDS
    while time.monotonic() < until:
        _, ledger = bank.send("GET", "/bank/ledger")
        for line in ledger["callbacks"]:
            if line["genuine"] and line["body"].get("reference") == link:
                return str(line["body"].get("verdict"))
        time.sleep(GLANCE_SECONDS)
    return "never came"
