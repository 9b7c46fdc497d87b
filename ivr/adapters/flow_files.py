"""The call flows of a folder: read, checked and proven, or refused with every fault at once.

    callflows/*.yaml          the flows, one a file
    callflows/parts/*.yaml    steps that several flows include

Knows where flows lie and how they fulfil `FlowBook`. Does not know grammar or rules: the other
`flow_` modules do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from ivr.adapters.flow_assembly import Assembled, Part, assemble
from ivr.adapters.flow_characters import MAX_BYTES
from ivr.adapters.flow_checks import check
from ivr.adapters.flow_draft import Draft, read_flow, read_part
from ivr.adapters.flow_faults import Faults, Mark
from ivr.adapters.flow_yaml import read_yaml
from ivr.domain.callflow import CallFlow, Mode, Purpose
from ivr.domain.errors import FlowFault

PARTS: Final = "parts"
_SUFFIX: Final = ".yaml"
_MANY_FILES: Final = 200


class FlowFiles:
    """The flows of a folder; fulfils `FlowBook`."""

    def __init__(self, flows: Iterable[CallFlow]) -> None:
        self.flows = tuple(flows)
        self._by_use = {(flow.mode, flow.purpose): flow for flow in self.flows}
        self._by_release = {flow.release: flow for flow in self.flows}

    def find(self, mode: Mode, purpose: Purpose) -> CallFlow | None:
        """Return the flow that new calls follow."""
        return self._by_use.get((mode, purpose))

    def get(self, release: str) -> CallFlow | None:
        """Return a flow by its release; None where it is not of this folder."""
        return self._by_release.get(release)


def load_book(folder: Path) -> FlowFiles:
    """Read and check all flows of a folder.

    Raises:
        FlowFault: with every fault of every file, as `file:line:column: step: reason; remedy`.

    """
    faults = Faults()
    sources = _read_folder(folder, faults)
    flows = compile_flows(sources, faults)
    if not flows and not faults:
        faults.add(Mark(str(folder)), "no call flow is here", f"put a flow into NAME{_SUFFIX}")
    if faults:
        raise FlowFault(faults.written())
    return FlowFiles(flows)


def compile_flows(sources: Mapping[str, bytes], faults: Faults) -> list[CallFlow]:
    """Compile flows from the contents of their files, by path; those in a folder `parts` are parts."""
    drafts: list[Draft] = []
    parts: dict[str, Part] = {}
    broken: set[str] = set()
    for file, data in sources.items():
        table = read_yaml(file, data, faults)
        if Path(file).parent.name != PARTS:
            draft = read_flow(file, table, faults) if table else None
            drafts += [draft] if draft else []
        elif part := read_part(file, table, faults) if table else None:
            parts[file] = part
        else:
            broken.add(file)
    assembled = [each for draft in drafts if (each := _assemble(draft, parts, broken, faults))]
    for each in assembled:
        check(each, faults)
    return [each.flow for each in assembled]
