"""`ivr flow show`: a call flow's steps and ways, as a picture."""

from __future__ import annotations

from pathlib import Path

import click

from ivr.cli.flow_choice import choose_flow, choose_language, flow_choice
from ivr.cli.flow_values import choose_values, value_options
from ivr.rehearsal.graph import graph_of
from ivr.rehearsal.mermaid import mermaid


@click.command("show")
@flow_choice
@value_options
def command(
    *,
    name: str,
    folder: Path,
    language: str | None,
    bank: str | None,
    wallet: str | None,
    amount: int,
) -> None:
    """Show the steps and ways of FLOW as a Mermaid flowchart."""
    flow = choose_flow(folder, name)
    spoken = choose_language(flow, language)
    graph = graph_of(flow, spoken, choose_values(flow, bank, wallet, amount))
    click.echo(mermaid(graph))
