"""A bank's backend: starts, polls, hands in what the depositor heard, calls again, cancels.

Asks again with the same key where no answer came, as the documentation tells it to, and writes down
every answer in the ledger. It learns what was heard at the carrier, as a depositor's ear would.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import urllib3

from tests.faults.ledger import CallSeen, Case, Check, Ledger, call_seen
from tests.faults.plan import Plan, Scheme

PATIENCE: Final = 90.0
"""Seconds for which a bank asks again; longer than the longest time that any store is away."""
_POLL: Final = 1.0
_LISTENS_AGAIN: Final = 0.5
_EAR: Final = 5.0
_FAR: Final = 60.0
"""Seconds after a verification's life until nobody polls for its verdict any more."""
Answer = tuple[int, dict[str, Any]]


class GaveUpError(Exception):
    """No answer for longer than a bank waits."""


@dataclass
class Wires:
    """The ways to the API and to the carrier, and what came back over them, by status."""

    api: str
    carrier: str
    key: str = field(repr=False)
    answers: Counter[str] = field(default_factory=Counter)
    pool: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(maxsize=100, retries=False)
    )

    def ask(self, method: str, path: str, body: bytes | None = None, key: str = "") -> Answer:
        """Ask the API until it answers other than 503; with a key, or where asking again is harmless.

        Raises:
            GaveUpError: no answer within the patience.

        """
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = self.ask_once(method, path, body, key)
            if answer and answer[0] != 503:
                return answer
            time.sleep(0.2)
        raise GaveUpError(method)

    def ask_once(
        self, method: str, path: str, body: bytes | None = None, key: str = ""
    ) -> Answer | None:
        """Ask the API; None where no answer came."""
        headers = {"Authorization": f"Bearer {self.key}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = key
        try:
            answer = self.pool.request(
                method, self.api + path, body=body, headers=headers, timeout=20.0
            )
        except urllib3.exceptions.HTTPError:
            self.answers["no answer"] += 1
            return None
        self.answers[str(answer.status)] += 1
        return answer.status, json.loads(answer.data)

    def tell_carrier(self, method: str, path: str, body: object = None) -> Any:
        """Use the carrier's control API, which is always there."""
        answer = self.pool.request(method, self.carrier + path, json=body, timeout=60.0)
        assert answer.status == 200, answer.data
        return answer.json()

    def calls_to(self, phone: str) -> list[CallSeen]:
        """Return what the carrier knows of calls to a telephone, the newest first."""
        return [
            call_seen(each)
            for each in self.tell_carrier("GET", f"/sim/calls?phone={phone}")["calls"]
        ]


class Backend:
    """One verification, as its bank goes through it."""

    def __init__(
        self, plan: Plan, wires: Wires, ledger: Ledger, callback: str, scheme: Scheme
    ) -> None:
        self.case = Case(number=plan.number, mode=plan.mode, trouble=plan.trouble)
        ledger.cases[plan.number] = self.case
        self._plan, self._wires = plan, wires
        self._callback, self._lives = callback, scheme.lives
        self._name = f"seed-{scheme.seed}-verification-{plan.number:06}"
        self._chance = random.Random(self._name)  # noqa: S311 - repeats, as it must
        self._keys = itertools.count(1)
        self._heard: dict[int, str] = {}
        self._deaf: set[int] = set()
        self._handed: set[int] = set()

    def live(self) -> None:
        """Go through it, until a verdict is told or nobody would wait any longer."""
        try:
            if self._start():
                self._poll_on()
        except GaveUpError:
            self._wires.answers["given up"] += 1

    def look(self) -> bool:
        """Poll once; return whether it tells a verdict."""
        status, answer = self._wires.ask("GET", f"/v1/verifications/{self._id}")
        if status != 200:
            self.case.refused_polls += 1
            return False
        self.case.tell(answer)
        return bool(answer["verdict"])

    @property
    def _id(self) -> str:
        return min(self.case.ids)

    def _start(self) -> bool:
        plan = self._plan
        asked = {
            "mode": plan.mode,
            "purpose": "link",
            "bank": "honnin",
            "wallet": "kumopay",
            "account": plan.account,
            "reference": plan.reference,
            "callback_url": self._callback,
        }
        body = json.dumps(asked).encode()
        digest = hashlib.sha256(body).digest()
        self.case.asked_sha256 = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

        def start() -> None:
            status, answer = self._wires.ask("POST", "/v1/verifications", body, self._name)
            if status != 202:
                self._wires.answers[f"start refused: {answer.get('code')}"] += 1
                return
            self.case.ids.add(answer["id"])
            self.case.accepted_at = self.case.accepted_at or time.monotonic()
            self.case.tell(answer)
            self._show(answer)

        _at_once(start, 2 if plan.doubles_start else 1)
        return self.case.accepted

    def _show(self, answer: Mapping[str, Any]) -> None:
        """Show the passcode on the page, where there is one."""
        if answer.get("passcode"):
            self.case.shown[answer["call"]["number"]] = answer["passcode"]
            shows = {"shows": answer["passcode"]}
            self._wires.tell_carrier("PUT", f"/sim/phones/{self._plan.phone}/page", shows)

    def _poll_on(self) -> None:
        plan, rounds = self._plan, 0
        if plan.thief:
            self._hand_in(self._a_guess())
        end = time.monotonic() + self._lives.verification + _FAR
        while time.monotonic() < end:
            rounds += 1
            if self.look():
                break
            if plan.cancels and rounds == 3:
                self._cancel()
            self._act(self.case.last_state)
            time.sleep(self._chance.uniform(_POLL, 2 * _POLL))
        if plan.replays and self._heard:
            self._hand_in(self._heard[max(self._heard)])

    def _act(self, state: str) -> None:
        """Do what the page's user does next."""
        plan, wish = self._plan, self.case.wishes
        speaks = plan.mode == "readout" and state in {"spoken", "heard"}
        if speaks and wish not in self._handed | self._deaf:
            self._listen(wish)
            if wish in self._heard:
                self._handed.add(wish)
                self._type(wish)
            return
        is_vain = state == "resting" or (state == "heard" and wish in self._deaf)
        if is_vain and plan.calls_again:
            self._call_again()

    def _listen(self, wish: int) -> None:
        """Learn what was heard; where the words never came out of the phone, that is known as well."""
        end = time.monotonic() + _EAR
        while time.monotonic() < end:
            for call in self._wires.calls_to(self._plan.phone):
                if call.number == wish and call.verification == self._id and call.passcodes():
                    self.case.spoken_at[wish] = time.monotonic()
                    self._heard[wish] = call.passcodes()[-1]
                    return
            time.sleep(_LISTENS_AGAIN)
        self._deaf.add(wish)

    def _type(self, wish: int) -> None:
        plan, right = self._plan, self._heard[wish]
        if plan.old_code and wish == 1:
            self._deaf.add(wish)  # lets this one go, and asks for another call when it is over
            return
        time.sleep(self._lives.passcode + 1.0 if plan.types_late else plan.think)
        if plan.old_code:
            self._hand_in(self._heard.get(1, self._a_guess()))
        for _ in range(plan.typos):
            self._hand_in(self._a_guess())
        _at_once(lambda: self._hand_in(right), 2 if plan.doubles_check else 1)

    def _a_guess(self) -> str:
        guess = f"{self._chance.randrange(10**6):06}"
        return guess if guess not in self._heard.values() else self._a_guess()

    def _hand_in(self, guess: str) -> None:
        key = self._new_key()
        check = Check(key=key, guess=guess, wish=self.case.wishes, sent_at=time.monotonic())
        self.case.checks.append(check)
        path, body = f"/v1/verifications/{self._id}/check", json.dumps({"passcode": guess}).encode()
        if self._plan.uses_keys:
            self._note(check, self._wires.ask("POST", path, body, key))
        elif answer := self._wires.ask_once("POST", path, body):
            self._note(check, answer)

    def _note(self, check: Check, answer: Answer) -> None:
        status, told = answer
        check.answers.add((status, told.get("code", "")))
        self.case.tell(told)

    def _call_again(self) -> None:
        if self._plan.heals:
            behaviour = {"behaviour": self._plan.healed}
            self._wires.tell_carrier("PUT", f"/sim/phones/{self._plan.phone}", behaviour)
        path = f"/v1/verifications/{self._id}/calls"
        status, answer = self._wires.ask("POST", path, b"{}", self._new_key())
        if status == 202:
            self.case.wishes += 1
            self.case.tell(answer)
            self._show(answer)

    def _cancel(self) -> None:
        _, answer = self._wires.ask("DELETE", f"/v1/verifications/{self._id}")
        self.case.tell(answer)

    def _new_key(self) -> str:
        return f"{self._name}-{next(self._keys):03}"


def _at_once(work: Callable[[], None], times: int) -> None:
    """Do something, or do it in several threads at the same time."""
    if times == 1:
        work()
        return
    with ThreadPoolExecutor(times) as threads:
        for each in [threads.submit(work) for _ in range(times)]:
            each.result()
