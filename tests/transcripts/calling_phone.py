"""A telephone that missed a call and calls the bank's number, through the whole product."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ivr.rehearsal.script import Called
from ivr.settings import Settings
from ivr.simulator.network.behaviours import Live
from ivr.simulator.network.calls import Call, Status
from tests.transcripts.whole_phone import PHONE, STEP, WholePhone, settings_in

BANK: Final = "+81345678900"


class CallingPhone(WholePhone):
    """One verification whose call was declined, and then one call to us."""

    def _settings(self, folder: Path, called: Called) -> Settings:
        """Let the bank speak the transcript's language to whoever calls it."""
        settings_in(folder)
        banks = folder / "config" / "banks.toml"
        text = banks.read_text(encoding="utf-8")
        banks.write_text(re.sub(r'(?m)^language = "ja"', f'language = "{called.language}"', text))
        return settings_in(folder)

    def _start(self, called: Called) -> str:
        return super()._start(Called(flow="link-readout", language=called.language))

    def _begin(self) -> None:
        self.decline()
        self.dial()

    def decline(self) -> None:
        """Let it ring, and decline."""
        self._advance_to_ring()
        self._carrier.decline(PHONE)
        self._clock.advance(2)

    def dial(self, shows: str | None = None) -> Call:
        """Call the bank's number and listen, as this telephone or, it is said, another."""
        call = self._carrier.dial(PHONE, BANK, shows=shows)
        self._clock.advance(1)
        self._listen()
        return call

    def wait_for_call_back(self) -> bool:
        """Let a minute pass, with a worker awake; tell whether the telephone rings."""
        before = self._carrier.calls(phone_id=PHONE)[0]
        for _ in range(round(60 / STEP)):
            self._clock.advance(STEP)
            self._work()
            latest = self._carrier.calls(phone_id=PHONE)[0]
            if latest is not before and latest.status is Status.RINGING:
                return True
        return False

    def answer(self) -> None:
        """Answer and listen."""
        self._carrier.answer(PHONE)
        self._listen()

    def settle(self) -> None:
        """Let the network tell all."""
        self._clock.advance(2)

    def anonymous(self, document: str) -> str:
        """Take the signed position out of a document: it differs from call to call."""
        return re.sub(r"/hooks/inbound/[^/]+/", "/hooks/inbound/…/", document)

    def cancel(self) -> None:
        """Let the bank take the verification back."""
        bearer = {"Authorization": self._key["Authorization"]}
        answer = self._bank.delete(f"/v1/verifications/{self._id}", headers=bearer)
        assert answer.status_code == 200

    def behave(self, *, repeat_hooks: bool) -> None:
        """Let the network send every hook of this telephone twice."""
        self._carrier.set_behaviour(PHONE, Live(repeat_hooks=repeat_hooks))

    def calls_made(self) -> int:
        """Count the calls of the verification."""
        return self._verification().call.number

    def verdict(self) -> str:
        """How the verification stands."""
        verification = self._verification()
        return f"{verification.verdict}/{verification.reason}"

    def ending(self) -> str:
        """Whether a call is wished for now."""
        self._clock.advance(2)
        asked = self._verification().call.number > 1
        return f"inbound/{'call_back' if asked else 'nothing'}_asked"
