"""A call as people read it.

Knows how events become a transcript: entries for programs, a text with times, and the YAML by which
a test compares. Pure. Does not know the product: a verdict must be handed in.
"""

import json
from typing import Any

from ivr.simulator.network.calls import Call
from ivr.simulator.network.events import (
    Answered,
    Beep,
    Connecting,
    Cut,
    Dialled,
    Ended,
    Event,
    Forwarded,
    Greeting,
    Listening,
    Paused,
    Pressed,
    Recorded,
    Ringing,
    Sound,
    Speech,
    TransferEnded,
    Transferred,
    Trouble,
    Whispered,
)

SECONDS_A_MINUTE = 60
WORDS: dict[type[Event], str] = {
    Ringing: "rings",
    Dialled: "dials",
    Answered: "answers",
    Greeting: "greets",
    Beep: "beeps",
    Speech: "hears",
    Sound: "hears",
    Paused: "pauses",
    Cut: "stops",
    Listening: "waits",
    Pressed: "presses",
    Recorded: "records",
    Forwarded: "forwards",
    Connecting: "connects",
    Whispered: "whispers",
    Transferred: "transfers",
    TransferEnded: "returns",
    Trouble: "trouble",
    Ended: "ends",
}
Entry = dict[str, Any]


def entries(call: Call) -> list[Entry]:
    """Give one entry per event: `at` in milliseconds, `kind`, and what that kind has to say."""
    return [{"at": event.at, **_entry(event)} for event in call.events]


def as_text(call: Call) -> str:
    """Write a call down with times, one line per event."""
    lines = [_line(event.at, _entry(event)) for event in call.events]
    return "\n".join([f"{call.sid} {call.status}", *lines, ""])


def as_yaml(call: Call, *, ends: str = "") -> str:
    """Write down what was heard and pressed; `ends` is the verdict, else the carrier's own word."""
    lines: list[str] = []
    keys = ""
    for event in call.events:
        match event:
            case Speech(text=text):
                lines += [*_pressed(keys), f"- hears: {_quoted(text)}"]
                keys = ""
            case Sound(url=url):
                lines += [*_pressed(keys), f"- hears: {_quoted(url)}"]
                keys = ""
            case Pressed(key=key):
                keys += key
            case _:
                pass
    return "\n".join([*lines, *_pressed(keys), f"- ends: {ends or call.status.value}", ""])


def _pressed(keys: str) -> list[str]:
    return [f"  presses: {_quoted(keys)}"] if keys else []


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _line(at: int, entry: Entry) -> str:
    minutes, seconds = divmod(at / 1000, SECONDS_A_MINUTE)
    said = entry.get("text", entry.get("key", ""))
    length = f" ({entry['seconds']:g} s)" if "seconds" in entry else ""
    lost = "" if entry.get("taken", True) else " (nobody listened)"
    line = f"  {minutes:02.0f}:{seconds:04.1f}  {entry['kind']:<12}{said}{length}{lost}"
    return line.rstrip()


def _entry(event: Event) -> Entry:
    entry: Entry = {"kind": WORDS[type(event)]}
    match event:
        case Pressed(key=key, taken=taken):
            entry |= {"key": key, "taken": taken}
        case _:
            entry["text"] = _text(event)
    for name in ("language", "seconds"):
        if hasattr(event, name):
            entry[name] = getattr(event, name)
    return entry


def _text(event: Event) -> str:
    match event:
        case Speech(text=text) | Greeting(text=text) | Recorded(text=text) | Whispered(text=text):
            return text
        case Sound(url=text) | TransferEnded(status=text) | Ended(how=text):
            return str(text)
        case Connecting(to_label=label) | Transferred(to_label=label):
            return label.get("ja", "")
        case Trouble(code=code, message=message):
            return f"{code} {message}"
        case _:
            return ""
