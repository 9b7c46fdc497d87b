"""Flows compiled from the contents of their files, and checked together.

Knows which files are parts, and what one flow must not do to another. Touches no disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Final

from ivr.adapters.flows.assembly import Assembled, Part, assemble
from ivr.adapters.flows.checks import check
from ivr.adapters.flows.faults import Faults, Mark, did_you_mean
from ivr.adapters.flows.recordings import (
    is_recording,
    listen_to,
    put_in_recordings,
    warn_of_unplayed,
)
from ivr.adapters.flows.times import NOBODY, Served
from ivr.adapters.flows.written_flow import WrittenFlow, read_flow, read_part
from ivr.adapters.flows.yaml import read_yaml
from ivr.domain.callflow import CallFlow

PARTS: Final = "parts"
_MANY_BYTES: Final = 512 * 1024


def compile_flows(
    sources: Mapping[str, bytes], faults: Faults, served: Served = NOBODY
) -> list[CallFlow]:
    """Compile flows from the contents of their files, by path; files in a folder `parts` are parts.

    `served` are those whose limits the flows must keep.

    A flow with a fault is left out, or is not to be used: the caller looks at `faults`.
    """
    if _is_too_much(sources, faults):
        return []
    recorded = faults.of("recording")
    sounds = listen_to(sources, recorded)
    all_written, parts = _read_all(sources, faults)
    names = faults.of("names")
    assembled = [
        put_in_recordings(each, sounds, recorded)
        for as_written in all_written
        if (each := _assemble(as_written, parts, names))
    ]
    for each in assembled:
        check(each, served, faults)
    _check_rivals(assembled, names)
    if not faults:
        _check_unused(assembled, parts, names)
        warn_of_unplayed(sources, [each.flow for each in assembled], recorded)
    return [each.flow for each in assembled]


def _is_too_much(sources: Mapping[str, bytes], faults: Faults) -> bool:
    """Note more text than anybody writes: to check it would hold up whoever waits for it."""
    size = sum(len(data) for file, data in sources.items() if not is_recording(file))
    if size > _MANY_BYTES:
        reason = f"the flows and parts have {size} bytes together, more than {_MANY_BYTES}"
        faults.add(Mark(min(sources)), reason, "keep other things elsewhere")
    return size > _MANY_BYTES


def _read_all(
    sources: Mapping[str, bytes], faults: Faults
) -> tuple[list[WrittenFlow], dict[str, Part | None]]:
    """Read flows, and parts by path; a part with faults is None."""
    all_written: list[WrittenFlow] = []
    parts: dict[str, Part | None] = {}
    for file, data in sources.items():
        if is_recording(file):
            continue
        table = read_yaml(file, data, faults)
        if PurePath(file).parent.name == PARTS:
            parts[file] = read_part(file, table, faults) if table else None
        elif table and (as_written := read_flow(file, table, faults)):
            all_written.append(as_written)
    return all_written, parts


def _assemble(
    as_written: WrittenFlow, parts: Mapping[str, Part | None], faults: Faults
) -> Assembled | None:
    """Put a flow together with its parts; None where one of them is missing or has faults."""
    folder = PurePath(as_written.file).parent
    by_name = {
        str(PurePath(file).relative_to(folder)): part
        for file, part in parts.items()
        if PurePath(file).is_relative_to(folder)
    }
    included: dict[str, Part] = {}
    for name, mark in as_written.include.items():
        part = by_name.get(name)
        if part is not None:
            included[name] = part
        elif name not in by_name:
            faults.add(mark, f"there is no part {name}", did_you_mean(name, by_name))
    if len(included) < len(as_written.include):
        return None
    return assemble(as_written, included, faults)


def _check_rivals(assembled: Iterable[Assembled], faults: Faults) -> None:
    """Note flows for the same mode and purpose: calls could follow only one of them."""
    first: dict[tuple[str, str], str] = {}
    for each in assembled:
        flow = each.flow
        for purpose in flow.purposes or ("whoever calls",):
            use = (flow.mode, purpose)
            if use in first:
                reason = f"{first[use]} is for {purpose} in {flow.mode} already"
                faults.add(each.marks["purpose"], reason, "keep one of them in this folder")
            first.setdefault(use, flow.name)


def _check_unused(
    assembled: Iterable[Assembled], parts: Mapping[str, Part | None], faults: Faults
) -> None:
    """Note steps of parts that no flow reaches. Told only when all else is well."""
    used = {each.written[name].mark for each in assembled for name in each.flow.steps}
    for part in parts.values():
        for name, written in (part or {}).items():
            if written.mark not in used:
                remedy = "lead to it from some flow, or delete it"
                faults.add(written.mark, "no flow reaches this step", remedy, step=name)
