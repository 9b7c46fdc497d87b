"""Depositors and their bank, who go through one verification after the other while the house is worked upon.

Knows what each was promised, kept outside of the house: what he was told, how often his telephone rang, and
what the bank's receiver got. Does not know what is done to the house meanwhile.
"""

import itertools
import json
import threading
import time
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import jwt

from ivr.simulator.story_world import Phone, Wire
from tests.end_to_end.busy_house import account_of
from tests.end_to_end.guises import numbers_spoken
from tests.end_to_end.outsiders import Outsider
from tests.end_to_end.shifts import Shifts
from tests.redis_servers import until

PATIENCE = 60.0
CODE = 6
AGREES = {
    "kind": "script",
    "answer_after": 1.0,
    "steps": [{"question": True, "after": 0.5, "press": "1"}],
}
DENIES = {
    "kind": "script",
    "answer_after": 1.0,
    "steps": [{"question": True, "after": 0.5, "press": "9"}],
}


class Customers:
    """Lives in threads; `errors` says whatever was not as promised."""

    def __init__(self, house: Shifts, receiver: Outsider, phones: int, threads: int = 6) -> None:
        self.errors: list[BaseException] = []
        self.told: dict[str, tuple[str, str]] = {}
        """Verdict and reason of each verification, as its bank was told."""
        self._house, self._receiver, self._phones = house, receiver, phones
        self._wire = Wire(house.environment["IVR_CARRIER_URL"])
        self._places = itertools.count()
        self._begun: list[int] = []
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._live, daemon=True) for _ in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join(PATIENCE * 2)

    def await_more(self, lives: int) -> None:
        """Return when so many more have come to their end, or one went wrong."""
        wanted = len(self.told) + lives
        until(lambda: len(self.told) >= wanted or bool(self.errors), "lives go on", PATIENCE)
        assert not self.errors, self.errors

    def check(self) -> None:
        """Hold the house to its promises."""
        assert not any(thread.is_alive() for thread in self._threads), "somebody waits in vain"
        assert not self.errors, self.errors
        calls = [len(Phone(self._wire, f"phone{place}")._before) for place in self._begun]
        assert calls == [1] * len(self.told), "nobody is rung twice for one wish"
        until(lambda: set(self._posted()) >= set(self.told), "each callback has come", PATIENCE)
        posted = self._posted()
        for own, (verdict, _) in self.told.items():
            view = self._house.view(own)
            assert view["verdict"] == verdict
            claims = jwt.decode(view["receipt"], options={"verify_signature": False})
            assert (claims["sub"], claims["verdict"]) == (own, verdict)
            assert posted[own] == {(verdict, view["receipt"])}, "poll and callback agree"

    def _posted(self) -> dict[str, set[tuple[str, str]]]:
        found: dict[str, set[tuple[str, str]]] = {}
        for asked in list(self._receiver.asked):
            data = json.loads(asked.body)["data"]
            found.setdefault(data["id"], set()).add((data["verdict"], data["receipt"]))
        return found

    def _live(self) -> None:
        while not self._enough.is_set() and not self.errors:
            place = next(self._places)
            if place >= self._phones:
                return
            try:
                self._live_once(place)
            except BaseException as error:  # noqa: BLE001 - told by whoever reads `errors`
                self.errors.append(error)

    def _live_once(self, place: int) -> None:
        phone = Phone(self._wire, f"phone{place}")
        denies = place % 3 == 2
        phone.behave(DENIES if denies else AGREES)
        self._begun.append(place)
        own = self._house.begin(
            place, callback_url=f"{self._receiver.url}/{quote(account_of(place))}"
        )
        if denies:
            self._ends(own, "failed", "not_me")
            return
        self._until(own, "spoken", "heard")
        until(lambda: bool(self.codes(phone)), "the passcode is heard", PATIENCE, look=0.3)
        code = self.codes(phone)[-1]
        path = f"/v1/verifications/{own}/check"
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        status, _, view = self._house.ask("POST", path, {"passcode": wrong})
        assert (status, view["code"], view["tries_left"]) == (422, "wrong_passcode", 4), view
        status, _, view = self._house.ask("POST", path, {"passcode": code})
        assert (status, view["verdict"]) == (200, "pass"), view
        self._ends(own, "passed", "right_passcode")

    @staticmethod
    def codes(phone: Phone) -> list[str]:
        said = [number for text in phone.heard() for number in numbers_spoken(text)]
        return [number for number in said if len(number) == CODE]

    def _ends(self, own: str, state: str, reason: str) -> None:
        view = self._until(own, "passed", "failed")
        assert (view["state"], view["reason"]) == (state, reason)
        self.told[own] = (view["verdict"], view["reason"])

    def _until(self, own: str, *states: str) -> Any:
        """Follow it by long polls until it is in one of the states."""
        end = time.monotonic() + PATIENCE
        while True:
            status, headers, view = self._house.ask("GET", f"/v1/verifications/{own}?wait=20")
            assert status == 200, view
            if view["state"] in states:
                return view
            assert view["verdict"] is None, view
            assert time.monotonic() < end, f"it stays {view['state']}"
            time.sleep(float(headers.get("Retry-After", 0.1)))
