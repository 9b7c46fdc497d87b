"""What a depositor would hear differently: two sets of call flows compared, told in words.

Knows flows, and walks all that a step holds, so that a field that is new to the language is compared
without being named here. Leaves out what nobody hears: titles, and how a file is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from ivr.domain.callflow import KEYS, CallFlow, In, Rest, Slot, Step, Target, Text

Path = tuple[str, ...]
_SILENT_FIELDS: Final = frozenset({"name", "release", "title", "steps", "recordings"})
_RECORDING_SHOWN: Final = 32
"""Of a recording's name, 128 bits: nobody can make another that begins with the same ones."""
_SAID: Final[Mapping[Path, str]] = {
    ("say",): "says",
    ("ask", "say"): "asks",
    ("ask", "slowly"): "asks slowly",
    ("ask", "wait"): "waits for an answer, in seconds",
    ("ask", "collect"): "takes",
    ("then",): "goes on to",
    ("hang_up",): "hangs up",
    ("warning",): "is the warning",
    ("not_me",): 'reports "not me"',
    ("confirmed",): 'reports "confirmed"',
    ("call_back",): "reports that the caller asks to be called",
    ("audio",): "plays instead, at the normal pace",
    ("ask", "audio"): "plays instead of the question, at the normal pace",
    ("transfer", "staff"): "puts through to the desk, whose staff hear first",
    ("mode",): "is for calls of the mode",
    ("purposes",): "is for the purposes",
    ("voices",): "is spoken by",
    ("start",): "begins at",
    ("decided",): "where there is nothing left to do, goes to",
    ("apology",): "where something fails, goes to",
}
"""How a place in a flow or a step is told; what is not here is told by its own name."""
SAME: Final = "Nothing that a depositor would hear is different."


def changes(old: Iterable[CallFlow], new: Iterable[CallFlow]) -> list[str]:
    """Tell what is different, a line each: what it was after `-`, what it is after `+`."""
    before, after = ({flow.name: flow for flow in flows} for flows in (old, new))
    lines: list[str] = []
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            lines.append(f"{name}: this flow is no longer there")
        elif name not in before:
            lines.append(f"{name}: this flow is new")
        else:
            lines += _flow_changes(before[name], after[name])
    return lines or [SAME]


def _flow_changes(old: CallFlow, new: CallFlow) -> Iterator[str]:
    yield from _leaf_changes(new.name, _leaves_of(old), _leaves_of(new))
    for step in dict.fromkeys((*old.steps, *new.steps)):
        place = f"{new.name}, {step}"
        before, after = old.steps.get(step), new.steps.get(step)
        if after is None:
            yield f"{place}: this step is no longer there"
        elif before is None:
            yield f"{place}: this step is new"
        yield from _leaf_changes(place, _leaves_of(before), _leaves_of(after))


def _leaf_changes(place: str, old: Mapping[Path, str], new: Mapping[Path, str]) -> Iterator[str]:
    for path in dict.fromkeys((*old, *new)):
        if old.get(path) == new.get(path):
            continue
        yield f"{place}: {_told(path)}"
        yield from (f"  - {old[path]}" for _ in range(path in old))
        yield from (f"  + {new[path]}" for _ in range(path in new))


def _leaves_of(value: CallFlow | Step | None) -> dict[Path, str]:
    return {} if value is None else dict(_leaves(value, ()))


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield all that a value holds, as words by their place; what is not set is left out."""
    match value:
        case None | False | True if not value:
            return
        case Target():
            yield path, _target(value)
        case msgspec.Struct():
            for field in value.__struct_fields__:
                if field not in _SILENT_FIELDS:
                    yield from _leaves(getattr(value, field), (*path, field))
        case Mapping():
            for name, inner in value.items():
                yield from _leaves(inner, (*path, str(name)))
        case _:
            yield path, _worded(value, path)


def _worded(value: Any, path: Path) -> str:
    match value:
        case tuple() if path == ("purposes",):
            return ", ".join(value)
        case tuple():
            return _written(value)
        case str() if "audio" in path:
            return f"the recording {value[:_RECORDING_SHOWN]}"
        case _:
            return "yes" if value is True else str(value)


def _told(path: Path) -> str:
    """Name a place: which of the words, in which language; or which key."""
    if path[0] == "on":
        return f"key {path[1]} leads to" if path[1] in KEYS else f"{path[1]} leads to"
    if path in _SAID:
        return _SAID[path]
    if path[:-1] in _SAID:
        return f"{_SAID[path[:-1]]} ({path[-1]})"
    return " ".join(path)


def _target(target: Target) -> str:
    words = [target.then]
    if target.repeat is not None:
        via = f"{target.via} and " if target.via else ""
        words = [f"{via}the same step again, at most {target.repeat} times, then {target.then}"]
    words += ["as consent"] if target.consent else []
    words += [f"in {target.language}"] if target.language else []
    words += [f"at the {target.pace} pace"] if target.pace else []
    return ", ".join(words)


def _written(text: Text) -> str:
    return "".join(map(_part, text))


def _part(part: Any) -> str:
    """Write a part so that no words can be mistaken for it: braces stand in none."""
    match part:
        case Slot(name, _):
            return f"{{{name}}}"
        case Rest(ms):
            return f"{{pause|{ms}ms}}"
        case In(language):
            return f"{{in|{language}}}"
        case _:
            return f"{part}"
