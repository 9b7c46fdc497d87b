"""The call flows of a folder: read, checked and proven, or refused with every fault at once.

    callflows/*.yaml          the flows, one a file
    callflows/parts/*.yaml    steps that several flows include
    callflows/audio/*         recordings, which some steps play

Knows where flows lie and how they fulfil `FlowBook`. Does not know grammar or rules: the other
modules here do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePath
from typing import Final

import msgspec

from ivr.adapters.flows.characters import MAX_BYTES
from ivr.adapters.flows.compiler import PARTS, compile_flows
from ivr.adapters.flows.faults import Faults, Mark
from ivr.adapters.flows.recordings import AUDIO, MEDIA_TYPES, is_recording, recordings_in
from ivr.adapters.flows.recordings import MAX_BYTES as MAX_RECORDING
from ivr.adapters.flows.times import NOBODY, Served
from ivr.domain.callflow import CallFlow, Mode, Purpose
from ivr.domain.errors import FlowFault
from ivr.domain.release import ALL_BANKS, Files, name_release
from ivr.service.ports import Recording

_SUFFIXES: Final = (".yaml", ".yml")
_MANY_FILES: Final = 200
_MANY_BYTES: Final = 32 * 1024 * 1024
"""All files of a set together: each process holds them, and Redis each release that is in use."""
_REMEDY: Final = "check its name and who may read it"


class FlowFiles:
    """The flows of one release; fulfils `FlowBook` where nothing else is in force."""

    def __init__(
        self, release: str, flows: Iterable[CallFlow], recordings: Mapping[str, Recording] = {}
    ) -> None:
        self.release = release
        self.flows = tuple(msgspec.structs.replace(flow, release=release) for flow in flows)
        self._recordings = recordings
        self._by_use = {
            (flow.mode, purpose): flow
            for flow in self.flows
            for purpose in flow.purposes or (None,)
        }

    def find(self, mode: Mode, purpose: Purpose | None, bank: str = ALL_BANKS) -> CallFlow | None:  # noqa: ARG002 - the same for every bank
        """Return the flow that new calls follow."""
        return self._by_use.get((mode, purpose))

    def recording(self, name: str) -> Recording | None:
        """Return a recording of this release; None where there is none of that name."""
        return self._recordings.get(name)

    def any(self) -> CallFlow:
        """Return one of the flows, for what is the same in all of them."""
        return self.flows[0]

    def get(self, release: str, mode: Mode, purpose: Purpose | None) -> CallFlow | None:
        """Return a flow of this release; None where another is asked for."""
        return self.find(mode, purpose) if release == self.release else None


def load_book(folder: Path, served: Served = NOBODY) -> FlowFiles:
    """Read and check all flows of a folder; `served` are those whose limits they must keep.

    Raises:
        FlowFault: with every fault of every file, as `file:line:column: step: reason; remedy`.

    """
    return compile_release(ALL_BANKS, read_folder(folder), folder, served)


def compile_release(
    scope: str, files: Files, folder: PurePath | None = None, served: Served = NOBODY
) -> FlowFiles:
    """Check the files of a release and make flows of them; `folder` is where faults say they lie.

    Before a release is put in force, `served` are those who will hear it, whose limits it must keep.

    Raises:
        FlowFault: with every fault of every file, as `file:line:column: step: reason; remedy`.

    """
    faults = Faults(hears_warnings=False)
    flows = inspect_files(files, folder or PurePath(), served, faults)
    if faults:
        raise FlowFault(faults.written())
    return FlowFiles(name_release(scope, files), flows, recordings_in(files))


def inspect_files(files: Files, folder: PurePath, served: Served, faults: Faults) -> list[CallFlow]:
    """Check a whole set of files, and note faults and warnings; with a fault, no flow is fit for use."""
    flows = compile_flows(
        {str(folder / path): data for path, data in files.items()}, faults, served
    )
    if not flows and not faults:
        faults.add(Mark(str(folder)), "no call flow is here", "put a flow into NAME.yaml")
    return flows


def is_of_flows(path: PurePath) -> bool:
    """Tell whether a file is read as a call flow, a part or a recording, by where it is and its name."""
    return is_recording(str(path)) or path.suffix in _SUFFIXES


def read_folder(folder: Path) -> dict[str, bytes]:
    """Read the files of a folder and of its `parts`, by path within it.

    Raises:
        FlowFault: some of it cannot be read.

    """
    faults = Faults()
    files = _read_folder(folder, faults)
    if faults:
        raise FlowFault(faults.written())
    return files


def _read_folder(folder: Path, faults: Faults) -> dict[str, bytes]:
    try:
        files = [
            *_files_in(folder, _SUFFIXES),
            *_files_in(folder / PARTS, _SUFFIXES),
            *_files_in(folder / AUDIO, MEDIA_TYPES),
        ]
    except OSError as error:
        faults.add(Mark(str(folder)), f"the folder cannot be read: {error.strerror}", _REMEDY)
        return {}
    if len(files) > _MANY_FILES:
        reason = f"{len(files)} files are more than {_MANY_FILES}"
        faults.add(Mark(str(folder)), reason, "keep other things elsewhere")
        return {}
    sources: dict[str, bytes] = {}
    for file in files:
        try:
            with file.open("rb") as opened:
                path = str(file.relative_to(folder))
                most = MAX_RECORDING if is_recording(path) else MAX_BYTES
                sources[path] = opened.read(most + 1)
        except OSError as error:
            faults.add(Mark(str(file)), f"the file cannot be read: {error.strerror}", _REMEDY)
    if (size := sum(map(len, sources.values()))) > _MANY_BYTES:
        reason = f"the files have {size} bytes together, more than {_MANY_BYTES}"
        faults.add(
            Mark(str(folder)), reason, "save recordings for the telephone, or leave some out"
        )
    return sources


def _files_in(folder: Path, suffixes: Collection[str]) -> list[Path]:
    if folder.name in {PARTS, AUDIO} and not folder.is_dir():
        return []
    return sorted(file for file in folder.iterdir() if file.suffix in suffixes and file.is_file())
