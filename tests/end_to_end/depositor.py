"""A depositor: an account, a telephone, and the bank's backend asking about both.

Knows how to be called, to listen, to press and to type. Does not know what is searched for.
"""

from typing import Any

from ivr.simulator.story_world import Phone, Wire
from tests.end_to_end.guises import Kind, Secret, numbers_spoken
from tests.end_to_end.tapped_house import BANK, PEOPLE, TappedHouse

CODE = 6


class Depositor:
    """One person: an account, a telephone, and the bank's backend asking about both."""

    def __init__(self, tapped: TappedHouse, name: str) -> None:
        self.account, self.number = PEOPLE[name]
        self.house = tapped.house
        self.id = ""
        self._name = name
        self._wire = Wire(self.house.stage.page)
        self._phone = self._takes_the_phone()
        self._callback = f"{tapped.carrier.url}/bank/callback"

    def behaves(self, kind: str, *steps: object, **more: object) -> None:
        played = {"kind": kind, **more, **({"steps": steps} if steps else {})}
        self._phone.behave(played)

    def _takes_the_phone(self) -> Phone:
        return Phone(self._wire, self._name)

    def asks(self, mode: str, **fields: object) -> Any:
        """Start a verification; give the answer."""
        view = self.house.start(self.account, mode, callback_url=self._callback, **fields)
        self.id = view["id"]
        return view

    def hears(self) -> str:
        """Wait for the passcode to be spoken."""

        def heard() -> list[str]:
            said = [each for text in self._phone.heard() for each in numbers_spoken(text)]
            return [number for number in said if len(number) == CODE]

        self._phone.wait_until(heard, "heard a passcode")
        return heard()[-1]

    def answers(self) -> None:
        """Pick up, and say that it was oneself."""
        self._phone.answer()
        self.keys("1")

    def keys(self, digits: str) -> None:
        """Wait until the call is silent and listens, then press."""
        self._phone.wait_until(lambda: self._phone._kinds()[-1:] == ["waits"], "listened")
        self._phone.press_when_asked(digits, question=1)

    def types(self, code: str, **headers: str) -> tuple[int, Any]:
        path = f"/v1/verifications/{self.id}/check"
        return self.house.ask("POST", path, {"passcode": code}, headers)

    def calls_again(self) -> Any:
        self._phone = self._takes_the_phone()
        status, view = self.house.ask("POST", f"/v1/verifications/{self.id}/calls", {})
        assert status == 202, view
        return view

    def calls_the_bank(self) -> None:
        """Call the number that called, ask to be called back, and take the telephone for that call."""
        self._phone = self._takes_the_phone()
        self._wire.send("POST", f"/sim/phones/{self._name}/dial", {"to": BANK})
        self.keys("1")
        self._phone.wait_for_end()
        self._phone = self._takes_the_phone()
        self.house.wait_for(self.id, "placing", "ringing", seconds=60.0)

    def waits_for(self, *states: str) -> Any:
        return self.house.wait_for(self.id, *states)

    def ends(self, reason: str) -> None:
        """Wait for the verdict, and for the call to be over."""
        assert self.waits_for("passed", "failed")["reason"] == reason
        self._phone.wait_for_end()

    def secret(self, kind: Kind, code: str) -> Secret:
        return Secret(kind=kind, value=code, owner=self.id)
