"""`ivr flow check`: all that is wrong with call flows, all that is poor, and how long they take."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from ivr.adapters.flows.characters import MAX_BYTES
from ivr.adapters.flows.compiler import PARTS
from ivr.adapters.flows.faults import Fault, Faults, Severity
from ivr.adapters.flows.files import inspect_files, is_of_flows, read_folder
from ivr.adapters.flows.recordings import AUDIO
from ivr.adapters.flows.times import NOBODY, Served
from ivr.adapters.flows.timetable import Timetable, Way, timetables
from ivr.settings import read_files

_NOT_FIT: Final = 2
_STDIN: Final = "-"
_MANY: Final = {
    Severity.UNSAFE: "unsafe",
    Severity.FAULT: "faults",
    Severity.WARNING: "warnings",
}
_NAME: Final = re.compile(
    rb"^[\s{\"']*(flow|part)[\"']?[ \t]*:[ \t]*[\"']?([a-z0-9_-]+)", re.MULTILINE
)


@click.command("check")
@click.argument("paths", metavar="[FILE…|FOLDER]", nargs=-1)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json is for editors and CI.",
)
def command(*, paths: Sequence[str], form: str) -> None:
    """Check call flows: print every fault, most serious first, every warning, and each flow's seconds.

    A FILE is checked together with the others of its folder, and what is found in it and in the
    parts is told. `-` is a file on standard input, known by its flow: or part:. Without any, the
    folder IVR_CALLFLOWS is checked, or callflows. The limits are those of the banks in IVR_CONFIG,
    or config.

    Exits with 0 when the flows can be used, warnings or not, and with 2 when they cannot.
    """
    served = _served()
    findings: list[Fault] = []
    tables: list[Timetable] = []
    elsewhere = 0
    for each in _sets(paths):
        faults = Faults()
        files = {**read_folder(each.folder), **each.changed}
        flows = inspect_files(files, each.folder, served, faults)
        told = [*filter(each.tells, faults.in_order())]
        elsewhere += len(faults) - len(told)
        findings += [*told, *filter(each.tells, faults.warnings())]
        tables += [] if faults else [each for flow in flows for each in timetables(flow, served)]
    write = _write_json if form == "json" else _write_text
    write(findings, tables)
    click.echo(_summary(findings, elsewhere), err=True)
    if any(each.severity is not Severity.WARNING for each in findings):
        sys.exit(_NOT_FIT)


def _summary(findings: list[Fault], elsewhere: int) -> str:
    counts = Counter(each.severity for each in findings)
    told = [f"{_MANY[each]}: {counts[each]}" for each in Severity if counts[each]]
    told += [f"faults in other files of the folder: {elsewhere}"] if elsewhere else []
    return ", ".join(told) or "The call flows are well."


class _Set(msgspec.Struct, kw_only=True):
    """A folder to be checked, with files that stand in for some of it; `told` is empty for all of it."""

    folder: Path
    changed: dict[str, bytes] = {}
    told: set[str] = set()

    def tells(self, found: Fault) -> bool:
        """Tell whether a finding is asked for: parts belong to all of their folder's flows."""
        file = Path(found.mark.file)
        return not self.told or str(file) in self.told or file.parent.name == PARTS


def _sets(paths: Sequence[str]) -> list[_Set]:
    """Sort what was asked for by folder."""
    usual = Path(os.environ.get("IVR_CALLFLOWS", "callflows"))
    found: dict[Path, _Set] = {}
    for path in map(Path, paths or [str(usual)]):
        if str(path) == _STDIN:
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
            name = _name_in(data)
            each = found.setdefault(usual, _Set(folder=usual))
            each.changed[name] = data
            each.told.add(str(usual / name))
        elif path.is_dir():
            found.setdefault(path, _Set(folder=path))
        elif path.is_file():
            if not is_of_flows(path):
                raise click.BadParameter(
                    f"{path} is no call flow, part or recording; those are called .yaml, .mp3 or .wav",
                    param_hint="FILE",
                )
            folder = path.parent.parent if path.parent.name in {PARTS, AUDIO} else path.parent
            found.setdefault(folder, _Set(folder=folder)).told.add(str(path))
        else:
            raise click.BadParameter(f"there is no {path}", param_hint="FILE")
    return list(found.values())


def _name_in(data: bytes) -> str:
    """Return the file for which standard input stands, by what it calls itself."""
    found = _NAME.search(data)
    if found is None:
        return "stdin.yaml"
    name = f"{found[2].decode()}.yaml"
    return f"{PARTS}/{name}" if found[1] == b"part" else name


def _served() -> Served:
    faults: list[str] = []
    files = read_files(Path(os.environ.get("IVR_CONFIG", "config")), faults)
    if not faults:
        return Served(banks=files.banks, wallets=files.wallets)
    click.echo("No bank's limits are looked at, for config/ has faults of its own:", err=True)
    for fault in faults:
        click.echo(f"  {fault}", err=True)
    return NOBODY


def _write_json(findings: list[Fault], tables: list[Timetable]) -> None:
    told = [
        {
            "file": each.mark.file,
            "line": each.mark.line,
            "column": each.mark.column,
            "step": each.step or None,
            "severity": each.severity,
            "kind": each.kind,
            "reason": each.reason,
            "remedy": each.remedy,
        }
        for each in findings
    ]
    content = msgspec.json.encode({"findings": told, "flows": tables})
    click.echo(msgspec.json.format(content, indent=2))


def _write_text(findings: list[Fault], tables: list[Timetable]) -> None:
    for each in findings:
        click.echo(each)
    for table in tables:
        click.echo(f"{table.flow}, at {table.bank}: seconds of speech and waiting")
        click.echo(f"  {'':10}{'can answer':>12}{'passcode':>10}{'not me':>8}{'silent':>8}")
        for way in table.ways:
            click.echo(_line(way))
        longest = table.longest
        click.echo(f"  longest {longest.seconds:.0f} of {table.limit}: {longest.way}")


def _line(way: Way) -> str:
    def cell(seconds: float | None, width: int) -> str:
        return f"{'-' if seconds is None else f'{seconds:.1f}':>{width}}"

    manner = f"{way.language} {way.pace}"
    return (
        f"  {manner:10}{cell(way.until_answer, 12)}{cell(way.until_passcode, 10)}"
        f"{cell(way.not_me, 8)}{cell(way.silent, 8)}"
    )
