"""A bank's backend and its page: it starts, polls, hands in what was typed, calls again, cancels.

It asks again where no answer came, as the documentation tells it to, and believes only what it was
answered. Beside it, a thief who guesses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.simulation.carrier import Depositor
from tests.simulation.lines import NoAnswerError
from tests.simulation.timeline import Process
from tests.simulation.web import Answer
from tests.web.small_house import ASKED, KEYS

if TYPE_CHECKING:
    from tests.simulation.world import World

_PATIENCE: Final = 6_000
_POLLS: Final = 60
CALLBACK: Final = "https://linking.bank.example/callbacks/1"
KEY_LISTS: Final = (
    ("1",),
    ("1",),
    ("1",),
    ("1", "1"),
    ("1", "hangs up"),
    ("9",),
    ("1", "9"),
    (),
    ("", "1"),
    ("0", "1"),
    ("hangs up",),
    ("1", "wrong"),
    ("1", "wrong", "wrong", "wrong", "wrong", "wrong"),
    ("1", "wrong", "*"),
    ("1", ""),
)


class Backend:
    """One verification, as its bank goes through it."""

    def __init__(self, world: World, number: int, account: str) -> None:
        chance = world.chance
        self._world = world
        self._process = Process(f"bank-{number}")
        self._account = account
        self._name = f"request-{number:05}"
        self._mode = chance.choice(("readout", "keyin"))
        self._keys = 0
        self._shown = ""
        self.has_callback = chance.random() < 0.7
        ends = ("no-answer", "busy", "failed", "canceled")
        self.depositor = Depositor(
            answers=chance.random() < 0.85,
            keys=chance.choice(KEY_LISTS),
            end=chance.choice(ends),
            reads_page=lambda: self._shown,
            hears=self._heard,
            from_call=2 if world.weather.retries and chance.random() < 0.3 else 1,
        )
        self._leisure = chance.choice((1, 4)) if self.has_callback else 1
        self._typos = chance.choice((0, 0, 0, 1, 2, 6))
        self.id = ""

    def begin(self, after: int) -> None:
        """Put the bank's work on the agenda."""
        self._world.timeline.begin(self._process, self._name, self._go, after)

    def _go(self) -> None:
        started = self._start()
        if started is None:
            self._world.open_backends -= 1
            return
        self.id = started["id"]
        chance = self._world.chance
        if chance.random() < 0.15:
            self._beside("thief", self._guess_on)
        cancels_at = chance.randrange(15) if chance.random() < 0.05 else -1
        for round_ in range(_POLLS):
            self._world.timeline.wait(
                chance.randint(2_000, 20_000) * self._leisure * (1 + round_ // 2)
            )
            if round_ == cancels_at:
                self._ask("DELETE", f"/{self.id}")
            told = self._ask("GET", f"/{self.id}")
            if told is None or told.status != 200:
                continue
            if told.json["verdict"]:
                self._world.open_backends -= 1
                return
            if told.json["state"] == "resting" and chance.random() < 0.7:
                self._call_again()
        message = "polled for an hour, and no verdict"
        raise AssertionError(message)

    def _start(self) -> dict[str, Any] | None:
        """Start, asking again with the same key until there is an answer; None where it is refused."""
        asked = {**ASKED, "account": self._account, "mode": self._mode}
        if self.has_callback:
            asked["callback_url"] = CALLBACK
        while True:
            answer = self._ask("POST", "", asked, self._name)
            if answer is not None and answer.status == 202:
                found: dict[str, Any] = answer.json
                self._world.accept(found["id"], self)
                self._see(found)
                return found
            if answer is not None and answer.status < 500 and answer.status != 429:
                return None
            self._world.timeline.wait(self._world.chance.randint(500, 5_000))
            if self._world.chance.random() < 0.02:
                return None

    def _call_again(self) -> None:
        key = self._new_key()
        for _ in range(5):
            answer = self._ask("POST", f"/{self.id}/calls", {}, key)
            if answer is not None and answer.status < 500:
                if answer.status == 202:
                    self._see(answer.json)
                return

    def _see(self, told: Mapping[str, Any]) -> None:
        """Show the passcode on the page, where there is one."""
        if told.get("passcode"):
            self._shown = told["passcode"]
            now = self._world.timeline.now
            self._world.ledger.shows(told["id"], told["call"]["number"], self._shown, now)

    def _heard(self, _call: int, passcode: str) -> None:
        """The depositor types what he heard, some time later, perhaps wrongly, perhaps twice."""

        def type_it() -> None:
            chance = self._world.chance
            while self._typos and chance.random() < 0.7:
                self._typos -= 1
                self._hand_in(f"{chance.randrange(10**6):06}")
                self._world.timeline.wait(chance.randint(500, 8_000))
            if chance.random() < 0.2:
                self._beside("double", lambda: self._hand_in(passcode))
            if chance.random() < 0.9:
                self._hand_in(passcode)

        late = self._world.chance.choice((1_000, 5_000, 20_000, 60_000, 299_000, 299_990, 302_000))
        self._world.timeline.begin(self._process, "types", type_it, late)

    def _guess_on(self) -> None:
        chance = self._world.chance
        for _ in range(chance.randrange(1, 9)):
            self._world.timeline.wait(chance.randint(10, 30_000))
            self._hand_in(f"{chance.randrange(10**6):06}")

    def _hand_in(self, guess: str) -> None:
        """Hand in a guess, with a key of its own and then again where no answer came, or without."""
        world = self._world
        key = self._new_key() if world.chance.random() < 0.5 else ""
        for _ in range(3 if key else 1):
            name = key or self._new_key()
            case = world.ledger.case(self.id)
            case.handed_in.setdefault(name, guess)
            answer = self._ask("POST", f"/{self.id}/check", {"passcode": guess}, key)
            if answer is None or answer.status >= 500:
                continue
            if answer.status == 422:
                case.told_wrong.add(name)
            return

    def _beside(self, what: str, work: Any) -> None:
        self._world.timeline.begin(self._process, what, work)

    def _new_key(self) -> str:
        self._keys += 1
        return f"{self._name}-{self._keys:05}"

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, key: str = ""
    ) -> Answer | None:
        """Ask the API; None where no answer came."""
        headers = {"Authorization": f"Bearer {KEYS['linking']}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = key
        world, data = self._world, b"" if body is None else json.dumps(body).encode()
        if world.chance.random() < world.weather.requests:
            if world.chance.random() < 0.5:
                return None
            self._beside("unheard", lambda: self._send(method, path, headers, data))
            return None
        return self._send(method, path, headers, data)

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Answer | None:
        world = self._world
        try:
            answer = world.request(method, f"/v1/verifications{path}", headers, body, _PATIENCE)
        except NoAnswerError:
            world.timeline.tell(self._process.name, f"{method} {path[-12:]}: no answer")
            return None
        world.timeline.tell(self._process.name, f"{method} {path[-12:]}: {answer.status}")
        if answer.status < 300:
            self._world.ledger.told_to_client(answer.json["id"], answer.json)
        return answer
