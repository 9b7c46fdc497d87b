"""What the story touches: the bank's page and the telephones, through the addresses a browser uses.

Knows `/bank/…`, `/sim/…` and scaled time. Knows no plot: `story_scenes.py` has it.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import urllib3

PATIENCE_SECONDS = 90.0
GLANCE_SECONDS = 0.015
REST_SECONDS = 0.1
SUCCESS = 2


class StuckError(Exception):
    """What the story waits for did not come; the message names it."""


class Wire:
    """JSON to and from one server."""

    def __init__(self, base: str) -> None:
        """Speak with the server at this base address."""
        self._base = base.rstrip("/")
        self._pool = urllib3.PoolManager(maxsize=32, retries=False, timeout=PATIENCE_SECONDS)

    def send(self, method: str, path: str, content: object = None) -> tuple[int, Any]:
        """Give status and JSON. Raises: urllib3.exceptions.HTTPError."""
        body = None if content is None else json.dumps(content).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        response = self._pool.request(method, self._base + path, body=body, headers=headers)
        return response.status, json.loads(response.data or b"{}")


class Clock:
    """Seconds of the story since it began, as fast as the network's own time runs."""

    def __init__(self, speed: float) -> None:
        """Begin now."""
        self._began, self.speed = time.monotonic(), speed

    def now(self) -> float:
        """Give the story's time in seconds."""
        return (time.monotonic() - self._began) * self.speed


class Page:
    """A person at the bank's page. What happens there is written to `lines` with its time."""

    def __init__(self, wire: Wire, clock: Clock, facts: Mapping[str, str]) -> None:
        """Sit down with the facts of one account, right or stolen."""
        self._wire, self._clock, self._facts = wire, clock, facts
        self.lines: list[tuple[float, str, str]] = []
        self.told: dict[str, Any] = {}

    def open(self, mode: str) -> None:
        """Ask for the link. Raises: StuckError when it is refused at once."""
        began = self._clock.now()
        wish = {"mode": mode, "language": "ja", "pace": "normal"}
        status, self.told = self._wire.send("POST", "/bank/links", {**self._facts, **wish})
        self.lines.append((began, "asks", mode))
        if not self.told.get("link"):
            raise StuckError(f"the bank's page refused: {status} {self.told.get('code')}")
        if self.told.get("passcode"):
            self.lines.append((began, "shows", self.told["passcode"]))

    def type(self, passcode: str) -> str:
        """Type a passcode; give the verdict or the refusal's code."""
        status, answer = self._wire.send("POST", f"{self._path}/passcode", {"passcode": passcode})
        said = str(answer["verdict"] if status // 100 == SUCCESS else answer.get("code"))
        left = f", tries left {answer['tries_left']}" if said == "wrong_passcode" else ""
        self._note("types", f"{passcode} -> {said}{left}")
        return said

    def call_again(self) -> None:
        """Ask for another call."""
        self._note("asks", "another call")
        self._wire.send("POST", f"{self._path}/calls", {})

    def wait_until(self, wanted: Callable[[Mapping[str, Any]], bool], what: str) -> None:
        """Follow the verification until it is as wanted. Raises: StuckError."""
        until, seen = time.monotonic() + PATIENCE_SECONDS, ""
        while time.monotonic() < until:
            query = urlencode({"wait": 10, "seen": seen})
            status, told = self._wire.send("GET", f"{self._path}?{query}")
            news = status // 100 == SUCCESS and told["seen"] != seen
            if status // 100 == SUCCESS:
                self.told, seen = told, told["seen"]
                if wanted(told):
                    return
            if not news:
                time.sleep(REST_SECONDS)
        raise StuckError(f"never {what}: it is {self.told.get('state')}")

    def wait_for_verdict(self) -> None:
        """Follow it to the end. Raises: StuckError."""
        self.wait_until(lambda told: bool(told["verdict"]), "decided")

    @property
    def _path(self) -> str:
        return f"/bank/links/{quote(str(self.told.get('link')), safe='')}"

    def _note(self, kind: str, text: str) -> None:
        self.lines.append((self._clock.now(), kind, text))


class Phone:
    """One telephone of the network, and what was heard and pressed on it since the story began."""

    def __init__(self, wire: Wire, phone_id: str) -> None:
        """Take the telephone in hand; calls of before do not count."""
        self._wire = wire
        self._path = f"/sim/phones/{quote(phone_id, safe='')}"
        self._query = urlencode({"phone": phone_id})
        self._before = {call["sid"] for call in self._newest_calls()}

    def behave(self, behaviour: Mapping[str, object]) -> None:
        """Let it behave so from the next call on."""
        self._wire.send("PUT", self._path, {"behaviour": behaviour})

    def calls(self) -> list[dict[str, Any]]:
        """Give the calls since the story began, the oldest first."""
        newest = self._newest_calls()
        return [call for call in reversed(newest) if call["sid"] not in self._before]

    def heard(self) -> list[str]:
        """Give everything that was spoken into it, once something else has followed."""
        return [one["text"] for one in self._entries()[:-1] if one["kind"] == "hears"]

    def recorded(self) -> str:
        """Give what an answering machine kept."""
        return "".join(one["text"] for one in self._entries() if one["kind"] == "records")

    def answer(self) -> None:
        """Pick up once it rings. Raises: StuckError."""
        self.wait_until(lambda: "rings" in self._kinds(), "rang")
        self._wire.send("POST", f"{self._path}/answer")

    def press_when_asked(self, keys: str, *, question: int) -> None:
        """Wait for the call's nth question, then press. Raises: StuckError."""
        self.wait_until(
            lambda: self._kinds().count("waits") >= question, f"was asked question {question}"
        )
        for key in keys:
            self._wire.send("POST", f"{self._path}/press", {"key": key})

    def wait_for_end(self) -> None:
        """Wait until every call is over. Raises: StuckError."""
        self.wait_until(
            lambda: self._kinds().count("ends") == len(self.calls()), "was put down at the end"
        )

    def wait_until(self, seen: Callable[[], object], what: str) -> None:
        """Look until something was seen. Raises: StuckError."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not seen():
            if time.monotonic() > until:
                raise StuckError(f"the phone never {what}")
            time.sleep(GLANCE_SECONDS)

    def _newest_calls(self) -> list[dict[str, Any]]:
        _, answer = self._wire.send("GET", f"/sim/calls?{self._query}")
        return list(answer["calls"])

    def _entries(self) -> list[dict[str, Any]]:
        return [entry for call in self.calls() for entry in call["transcript"]]

    def _kinds(self) -> list[str]:
        return [str(entry["kind"]) for entry in self._entries()]
