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
    Cut,
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
)

SECONDS_A_MINUTE = 60
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


def _entry(event: Event) -> Entry:  # noqa: C901, PLR0911, PLR0912 - a table of kinds, one line each
    match event:
        case Ringing():
            return {"kind": "rings"}
        case Answered():
            return {"kind": "answers"}
        case Speech(text=text, seconds=seconds, language=language):
            return {"kind": "hears", "text": text, "language": language, "seconds": seconds}
        case Sound(url=url, seconds=seconds):
            return {"kind": "hears", "text": url, "seconds": seconds}
        case Pressed(key=key, taken=taken):
            return {"kind": "presses", "key": key, "taken": taken}
        case Greeting(text=text, seconds=seconds):
            return {"kind": "greets", "text": text, "seconds": seconds}
        case Recorded(text=text):
            return {"kind": "records", "text": text}
        case Paused(seconds=seconds):
            return {"kind": "pauses", "text": "", "seconds": seconds}
        case Listening(seconds=seconds):
            return {"kind": "waits", "text": "", "seconds": float(seconds)}
        case Cut():
            return {"kind": "stops", "text": ""}
        case Beep():
            return {"kind": "beeps", "text": ""}
        case Forwarded():
            return {"kind": "forwards", "text": ""}
        case Transferred(to_label=label):
            return {"kind": "transfers", "text": label.get("ja", "")}
        case TransferEnded(status=status):
            return {"kind": "returns", "text": status}
        case Trouble(code=code, message=message):
            return {"kind": "trouble", "text": f"{code} {message}"}
        case Ended(how=how):
            return {"kind": "ends", "text": how.value}
        case unknown:
            raise TypeError(f"a transcript has no word for {type(unknown).__name__}")
