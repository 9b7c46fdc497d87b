"""The whole product as real processes, with the simulator in place of the telephone network."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from ivr.cli.demo import Stage, free_port, set_up
from ivr.cli.processes import Family
from tests.end_to_end.outsiders import Outsider, take

SPEED = 20.0


@dataclass(frozen=True)
class House:
    """A running stage, and what a bank's backend and a person at the telephone do with it."""

    stage: Stage
    folder: Path
    family: Family

    def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Ask the product as the bank's backend; every POST carries an idempotency key."""
        own = {"Authorization": f"Bearer {self.stage.key}", "Idempotency-Key": str(uuid4())}
        answer = urllib3.request(
            method,
            self.stage.api + path,
            json=body,
            headers={**own, **(headers or {})},
            timeout=40.0,
        )
        return answer.status, answer.json()

    def start(self, account: str, mode: str, **fields: object) -> Any:
        """Start a verification of an account."""
        asked = {"mode": mode, "purpose": "link", "bank": "honnin", "wallet": "kumopay"}
        status, view = self.ask(
            "POST", "/v1/verifications", {**asked, "account": account, **fields}
        )
        assert status == 202, view
        return view

    def wait_for(self, verification: str, *states: str, seconds: float = 60.0) -> Any:
        """Poll until the verification is in one of the states."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            _, view = self.ask("GET", f"/v1/verifications/{verification}?wait=5")
            if view["state"] in states:
                return view
        pytest.fail(f"it never came to {states}, and is {view['state']}")

    def play(self, phone: str, *steps: Mapping[str, object]) -> None:
        """Tell a telephone of the simulator what its owner does when it rings."""
        self.behave(phone, {"kind": "script", "answer_after": 1.0, "steps": list(steps)})

    def behave(self, phone: str, behaviour: Mapping[str, object]) -> None:
        """Change what a telephone of the simulator does."""
        body = {"behaviour": behaviour}
        answer = urllib3.request("PUT", f"{self.stage.page}/sim/phones/{phone}", json=body)
        assert answer.status < 300, answer.data

    def heard(self, phone: str) -> list[Any]:
        """Return what the last call to a telephone said and took."""
        calls = urllib3.request("GET", f"{self.stage.page}/sim/calls?phone={phone}").json()["calls"]
        entries: list[Any] = calls[0]["transcript"] if calls else []
        return entries

    def ledger(self) -> Any:
        """Return what the sample bank has on its books."""
        return urllib3.request("GET", f"{self.stage.page}/bank/ledger").json()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One stage for all end-to-end tests; each uses accounts of its own."""
    folder = tmp_path_factory.mktemp("house")
    with Family() as family:
        stage = set_up(family, folder, port=free_port(), speed=SPEED)
        yield House(stage=stage, folder=folder, family=family)


@pytest.fixture
def receiver() -> Iterator[Outsider]:
    """A bank's receiver, which takes every callback."""
    with Outsider(take) as receiver:
        yield receiver
