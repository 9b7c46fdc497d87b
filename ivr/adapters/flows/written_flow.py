"""A flow as one file holds it, and a part: what was written and where, before it is put together.

Knows the fields of a flow's file. Does not know whether steps exist or whether the flow is safe.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

import msgspec

from ivr.adapters.flows.faults import Faults, Mark, did_you_mean
from ivr.adapters.flows.fields import Fields, Report, scalar_text, table_of
from ivr.adapters.flows.steps import WrittenStep, read_step
from ivr.adapters.flows.voices import VOICES
from ivr.adapters.flows.yaml import Node, Table
from ivr.domain.callflow import Mode, Purpose
from ivr.domain.policy import PURPOSES_OF, PURPOSES_WITH_AMOUNT
from ivr.domain.reading import LANGUAGES

FLOW_FIELDS: Final = (
    "flow",
    "title",
    "mode",
    "purpose",
    "voices",
    "include",
    "start",
    "decided",
    "apology",
    "steps",
)
PART_FIELDS: Final = ("part", "steps")
STEP_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


class WrittenFlow(msgspec.Struct, frozen=True, kw_only=True):
    """One flow's file. `include` names its parts; `steps` are its own."""

    file: str
    name: str
    mode: Mode
    purposes: tuple[Purpose, ...]
    title: Mapping[str, str]
    voices: Mapping[str, str]
    start: str
    decided: str
    apology: str
    include: Mapping[str, Mark]
    steps: Mapping[str, WrittenStep]
    marks: Mapping[str, Mark]


def read_flow(file: str, table: Table, faults: Faults) -> WrittenFlow | None:
    """Read a flow; None where some of it cannot be read."""
    report = Report(faults)
    fields = Fields(table, "a flow", FLOW_FIELDS, report)
    name = _name(fields, "flow", file, report)
    mode = fields.choice("mode", list(Mode))
    purposes = _purposes(fields, mode, report)
    voices = _voices(fields, report)
    title = _title(fields, voices or {}, report)
    ends = {each: fields.text(each) or "" for each in ("start", "decided", "apology")}
    include = _include(fields, report)
    steps = _steps(fields, report)
    if not (name and mode and voices and title and all(ends.values())) or steps is None:
        return None
    if purposes is None:
        return None
    return WrittenFlow(
        file=file,
        name=name,
        mode=Mode(mode),
        purposes=purposes,
        title=title,
        voices=voices,
        include=include,
        steps=steps,
        marks={each: fields.mark_of(each) for each in FLOW_FIELDS},
        **ends,
    )


def read_part(file: str, table: Table, faults: Faults) -> dict[str, WrittenStep] | None:
    """Read a part; None where some of it cannot be read."""
    report = Report(faults)
    fields = Fields(table, "a part", PART_FIELDS, report)
    name = _name(fields, "part", file, report)
    steps = _steps(fields, report)
    return steps if name else None


def _name(fields: Fields, field: str, file: str, report: Report) -> str | None:
    """Take the name, which is that of the file."""
    name = fields.text(field)
    stem = PurePosixPath(file).stem
    if name is not None and name != stem:
        reason = f"{field} is {name!r}, but the file is called {stem}"
        report.add(fields.mark_of(field), reason, "give both the same name")
    return name


def _purposes(fields: Fields, mode: str | None, report: Report) -> tuple[Purpose, ...] | None:
    """Take the purposes, one or a list; what the mode cannot be asked for is refused."""
    allowed = PURPOSES_OF[Mode(mode)] if mode in list(Mode) else frozenset(Purpose)
    if not allowed:
        if fields.has("purpose"):
            report.add(fields.mark_of("purpose"), f"{mode} has no purpose", "leave it out")
        return ()
    words = fields.choices("purpose", list(Purpose))
    if words is None:
        return None
    purposes = tuple(map(Purpose, words))
    mark = fields.mark_of("purpose")
    if beyond := [purpose for purpose in purposes if purpose not in allowed]:
        reason = f"{mode} is never asked for {', '.join(beyond)}"
        remedy = f"it is for {', '.join(sorted(allowed))}"
        report.add(mark, reason, remedy, unsafe=True)
    with_amount = PURPOSES_WITH_AMOUNT.intersection(purposes)
    if with_amount and len(with_amount) < len(purposes):
        reason = "some of these purposes have an amount and some have none"
        report.add(mark, reason, "write a flow for each kind", unsafe=True)
    return purposes


def _title(fields: Fields, voices: Mapping[str, str], report: Report) -> dict[str, str] | None:
    title = _words_by_language(fields, "title", report)
    for language in sorted(voices.keys() - title.keys() if title else ()):
        report.add(fields.mark_of("title"), f"title is missing in {language}", f"add {language}:")
    return title


def _voices(fields: Fields, report: Report) -> dict[str, str] | None:
    voices = _words_by_language(fields, "voices", report)
    for language, voice in (voices or {}).items():
        known = VOICES.get(language, frozenset())
        if language in LANGUAGES and voice not in known:
            reason = f"the carrier has no voice {voice!r} for {language}"
            report.add(fields.mark_of("voices"), reason, did_you_mean(voice, known))
    return voices


def _include(fields: Fields, report: Report) -> dict[str, Mark]:
    return {
        part: item.mark
        for item in fields.items("include")
        if (part := scalar_text(item, "include", report)) is not None
    }


def _words_by_language(fields: Fields, name: str, report: Report) -> dict[str, str] | None:
    node = fields.must(name)
    table = table_of(node, name, report) if node else None
    if table is None:
        return None
    words: dict[str, str] = {}
    for language, value in table.entries:
        if language.text not in LANGUAGES:
            reason = f"{language.text!r} is no language that we can speak"
            report.add(language.mark, reason, did_you_mean(language.text, LANGUAGES))
        elif (text := scalar_text(value, f"{name} in {language.text}", report)) is not None:
            words[language.text] = text
    if not table.entries:
        report.add(table.mark, f"{name} names no language", "add at least one")
    return words or None


def _steps(fields: Fields, report: Report) -> dict[str, WrittenStep] | None:
    node = fields.must("steps")
    table = table_of(node, "steps", report) if node else None
    if table is None:
        return None
    steps: dict[str, WrittenStep] = {}
    whole = True
    for key, value in table.entries:
        step = _read_named(key.text, key.mark, value, report)
        if step is None:
            whole = False
        else:
            steps[key.text] = step
    return steps if whole else None


def _read_named(name: str, mark: Mark, value: Node, report: Report) -> WrittenStep | None:
    if STEP_NAME.fullmatch(name):
        return read_step(name, mark, value, report.on(name))
    report.add(
        mark, f"{name[:80]!r} is no name for a step", "use a to z, 0 to 9 and _, such as greet"
    )
    return None
