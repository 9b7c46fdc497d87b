"""A scene as people read it: what was heard, pressed and typed, with times, and the verdict.

Knows words and columns. Shows passcodes (they are the demo's own), and telephone numbers only
masked.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from ivr.simulator.story_proof import Proof
from ivr.simulator.story_scenes import Scene
from ivr.simulator.story_world import Page, Phone

SECONDS_A_MINUTE = 60
SHOWN = frozenset({"rings", "answers", "hears", "presses", "greets", "beeps", "records", "ends"})
Line = tuple[float, str, str]


def transcript(scene: Scene, page: Page, phone: Phone, proof: Proof) -> str:
    """Write a scene down."""
    lines = sorted([*page.lines, *_lines(page, phone)], key=lambda line: line[0])
    start = lines[0][0] if lines else 0.0
    written = [f"   {page.told.get('number_hint', '')}"]
    written += [_written((at - start, who, text)) for at, who, text in lines]
    return "\n".join([*written, *_end(scene, proof)])


def _lines(page: Page, phone: Phone) -> Iterator[Line]:
    """Give what happened on the telephone; each call was ordered when the page asked for it."""
    asked = [at for at, kind, _ in page.lines if kind == "asks"]
    for ordered, call in zip(asked, phone.calls(), strict=False):
        for kind, entries in groupby(_shown(call), key=lambda entry: str(entry["kind"])):
            for at, text in _joined(kind, list(entries)):
                yield ordered + at / 1000, kind, text


def _shown(call: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for entry in call["transcript"] if entry["kind"] in SHOWN]


def _joined(kind: str, entries: list[dict[str, Any]]) -> Iterator[tuple[int, str]]:
    """Write keys pressed in a row as one; everything else stays as it is."""
    if kind == "presses":
        yield entries[0]["at"], "".join(entry["key"] for entry in entries)
        return
    for entry in entries:
        yield entry["at"], str(entry.get("text") or "")


def _written(line: tuple[float, str, Any]) -> str:
    at, who, text = line
    minutes, seconds = divmod(max(at, 0.0), SECONDS_A_MINUTE)
    return f"   {minutes:02.0f}:{seconds:04.1f}  {who:<8} {text}".rstrip()


def _end(scene: Scene, proof: Proof) -> Iterator[str]:
    as_expected = "as expected" if proof.good else "NOT AS EXPECTED"
    yield f"   verdict  {proof.verdict} ({proof.reason}): {as_expected}"
    receipt = f"{proof.receipt} (key {proof.key})"
    yield f"   poll {proof.verdict}, callback {proof.callback}, receipt {receipt}"
    if proof.stuck:
        yield f"   stuck: {proof.stuck}"
    if not proof.good:
        yield f"   expected {scene.verdict} ({scene.reason}), and all three to agree"
