"""A stand-in for the stand-in network and its control API: phones ring, hear and take keys."""

import json
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

import flask

KINDS = {
    "ringing": "rings",
    "answered": "answers",
    "speech": "hears",
    "listening": "waits",
    "pressed": "presses",
    "recorded": "records",
    "ended": "ends",
}


class FakePhone:
    def __init__(self, phone_id: str, number: str, speed: float) -> None:
        self.id, self.number, self.speed = phone_id, number, speed
        self.behaviour: dict[str, Any] = {"kind": "live"}
        self.listeners: list[queue.Queue[dict[str, Any]]] = []
        self.keys: queue.Queue[str] = queue.Queue()
        self.answered, self.over = threading.Event(), threading.Event()
        self.calls: list[dict[str, Any]] = []
        self.steps: list[dict[str, Any]] = []
        self.began = time.monotonic()

    def ring(self, sid: str) -> str:
        """Ring; say how it ended, or "answered"."""
        self.began = time.monotonic()
        self.answered.clear()
        self.over.clear()
        self.keys = queue.Queue()
        self.steps = list(self.behaviour.get("steps", []))
        self.calls.append({"sid": sid, "transcript": []})
        self.tell("ringing", **{"from": "+81312340000"})
        kind = self.behaviour["kind"]
        if kind in {"script", "voicemail"}:
            self.wait(self.behaviour.get("answer_after", 2.0))
            self.answered.set()
        self.answered.wait(1.0 if kind == "no_answer" else 30.0)
        if self.over.is_set() or not self.answered.is_set():
            ended = "rejected" if self.over.is_set() else "no_answer"
            self.tell("ended", how="no-answer", text="no-answer")
            return ended
        self.tell("answered")
        return "answered"

    def say(self, text: str) -> None:
        seconds = len(text) * 0.12
        speech = {"language": "ja-JP", "voice": "-", "rate": 1, "seconds": seconds / self.speed}
        self.tell("speech", text=text, **speech)
        until = time.monotonic() + seconds / self.speed
        while time.monotonic() < until and self.keys.empty() and not self.over.is_set():
            time.sleep(0.005)
        if time.monotonic() < until:
            self.tell("cut")

    def ask(self, text: str, digits: int, seconds: float = 10.0) -> str:
        """Say, listen, and give the keys that were pressed."""
        self.say(text)
        if self.keys.empty():
            self.tell("listening", digits=digits, seconds=seconds / self.speed)
        if self.steps:
            step = self.steps.pop(0)
            self.wait(step["after"])
            for key in step["press"]:
                self.press(key)
        kept = ""
        until = time.monotonic() + seconds / self.speed
        while len(kept) < digits and time.monotonic() < until and not self.over.is_set():
            try:
                kept += self.keys.get(timeout=0.005)
            except queue.Empty:
                continue
        return kept

    def press(self, key: str) -> None:
        self.tell("pressed", key=key, taken=True)
        self.keys.put(key)

    def end(self) -> None:
        if self.behaviour["kind"] == "voicemail":
            self.tell("recorded", text="心当たりがあるかたは")
        self.tell("ended", how="completed", text="completed")

    def wait(self, seconds: float) -> None:
        time.sleep(seconds / self.speed)

    def tell(self, kind: str, **what: Any) -> None:
        at = round((time.monotonic() - self.began) * 1000 * self.speed)
        if kind in KINDS:
            self.calls[-1]["transcript"].append({"at": at, "kind": KINDS[kind], **what})
        for listener in list(self.listeners):
            listener.put({"type": kind, "call": self.calls[-1]["sid"], "at": at, **what})


def phones_blueprint(phones: dict[str, FakePhone]) -> flask.Blueprint:
    blueprint = flask.Blueprint("sim", __name__, url_prefix="/sim")

    @blueprint.get("/phones")
    def all_phones() -> flask.Response:
        return flask.jsonify(
            [{"id": one.id, "behaviour": one.behaviour} for one in phones.values()]
        )

    @blueprint.put("/phones/<phone>")
    def behave(phone: str) -> flask.typing.ResponseReturnValue:
        phones[phone].behaviour = flask.request.get_json()["behaviour"]
        return {}, 200

    @blueprint.get("/phones/<phone>/events")
    def events(phone: str) -> flask.Response:
        mailbox: queue.Queue[dict[str, Any]] = queue.Queue()
        phones[phone].listeners.append(mailbox)
        return flask.Response(_stream(mailbox), mimetype="text/event-stream")

    @blueprint.post("/phones/<phone>/<act>")
    def act(phone: str, act: str) -> flask.typing.ResponseReturnValue:
        one = phones[phone]
        if act == "press":
            one.press(flask.request.get_json()["key"])
        elif act == "answer":
            one.answered.set()
        else:
            one.over.set()
            one.answered.set()
        return {}, 200

    @blueprint.get("/calls")
    def calls() -> flask.typing.ResponseReturnValue:
        return {"calls": list(reversed(phones[flask.request.args["phone"]].calls))}, 200

    return blueprint


def _stream(mailbox: queue.Queue[dict[str, Any]]) -> Iterator[str]:
    yield ": connected\n\n"
    while True:
        try:
            yield f"data: {json.dumps(mailbox.get(timeout=0.2))}\n\n"
        except queue.Empty:
            yield ": still here\n\n"
