"""Whole verifications through real processes: gunicorn, worker, Valkey, Twilio's client, simulator."""

import re
import subprocess
import sys
import time
from typing import Any

import jwt
import pytest
import urllib3

from ivr.cli.children import ROOT
from ivr.cli.demo import free_port
from tests.end_to_end.conftest import House

pytestmark = pytest.mark.real_server

DIGITS = {
    word: str(digit)
    for digit, word in enumerate(
        ["ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ"]
    )
}
YES = {"question": True, "after": 1.0, "press": "1"}


def passcode_heard(house: House, phone: str) -> str:
    """Read six digits from what was spoken, as a depositor would: word by word."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for entry in house.heard(phone):
            words = re.findall("|".join(DIGITS), entry.get("text", ""))
            if len(words) >= 12 and "番号は" in entry["text"]:
                return "".join(DIGITS[word] for word in words[:6])
        time.sleep(0.1)
    pytest.fail("no passcode was heard")


def test_a_passcode_heard_and_typed_is_a_pass_everywhere(house: House) -> None:
    house.play("sachiko", YES)
    link = house.start(
        "205-4567890",
        "readout",
        callback_url=f"{house.stage.page}/bank/callback",
        reference="e2e-1",
    )
    house.wait_for(link["id"], "spoken", "heard")
    status, view = house.ask(
        "POST",
        f"/v1/verifications/{link['id']}/check",
        {"passcode": passcode_heard(house, "sachiko")},
    )
    assert (status, view["verdict"], view["reason"]) == (200, "pass", "right_passcode")
    claims = claims_of(house, view["receipt"])
    assert (claims["sub"], claims["verdict"], claims["reference"]) == (link["id"], "pass", "e2e-1")
    assert callback_of(house, link["id"])["receipt"] == view["receipt"]
    assert house.wait_for(link["id"], "passed")["receipt"] == view["receipt"]


def test_the_automatic_demo_plays_every_scene_as_expected() -> None:
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    command = [sys.executable, "-m", "ivr", "demo", "--auto", "--port", str(free_port())]
    played = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False
    )
    assert played.returncode == 0, played.stdout + played.stderr
    assert "7 of 7 verdicts are as expected" in played.stdout


def claims_of(house: House, receipt: str) -> Any:
    """Check a receipt with the published keys, as a bank would."""
    published = urllib3.request("GET", f"{house.stage.api}/.well-known/jwks.json").json()
    key = jwt.PyJWK(published["keys"][0])
    return jwt.decode(receipt, key, algorithms=["EdDSA"], audience="honnin-linking")


def callback_of(house: House, verification: str) -> Any:
    """Wait for the genuine callback in the sample bank's ledger."""
    for _ in range(600):
        for line in house.ledger()["callbacks"]:
            if line["genuine"] and line["body"].get("id") == verification:
                return line["body"]
        time.sleep(0.1)
    pytest.fail("the callback never came")
