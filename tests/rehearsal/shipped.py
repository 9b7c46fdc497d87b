"""The flows that ship, and the values that rehearsals of them are told."""

from pathlib import Path
from typing import Final

from ivr.adapters.flows.files import load_book
from ivr.domain.callflow import CallFlow
from ivr.rehearsal.values import Values, values_for
from ivr.settings import read_files

FLOWS: Final = {flow.name: flow for flow in load_book(Path("callflows")).flows}
FILES: Final = read_files(Path("config"), [])


def values_of(flow: CallFlow) -> Values:
    return values_for(flow, FILES.banks["honnin"], FILES.wallets["kumopay"])
