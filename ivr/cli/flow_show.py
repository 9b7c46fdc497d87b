"""`ivr flow show`: a call flow's ways with their seconds, or as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from ivr.cli.flow_choice import choose_flow, choose_language, flow_choice
from ivr.cli.flow_values import choose_values, value_options
from ivr.domain.callflow import CallFlow
from ivr.domain.conversation import Happening
from ivr.rehearsal.dot import dot
from ivr.rehearsal.graph import Graph, graph_of
from ivr.rehearsal.mermaid import mermaid
from ivr.rehearsal.paths import MOST, beginning_of, paths_of
from ivr.rehearsal.pictures import draw_png, draw_svg
from ivr.rehearsal.values import Values


@click.command("show")
@flow_choice
@value_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "mermaid", "svg", "png"]),
    default="table",
    show_default=True,
    help="svg and png need the extra honnin[pictures].",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; png always needs one.",
)
def command(
    *,
    name: str,
    folder: Path,
    language: str | None,
    bank: str | None,
    wallet: str | None,
    amount: int,
    form: str,
    output: Path | None,
) -> None:
    """Show what FLOW says and where it leads: its ways with their spoken seconds, or its picture."""
    flow = choose_flow(folder, name)
    spoken = choose_language(flow, language)
    values = choose_values(flow, bank, wallet, amount)
    if form == "png" and output is None:
        raise click.UsageError("A PNG is no text for a terminal: name a file with -o.")
    drawn = _draw(flow, spoken, values, form)
    if output is None:
        click.echo(drawn.decode().rstrip("\n"))
    else:
        output.write_bytes(drawn)
        click.echo(f"{output} is written.", err=True)


def _draw(flow: CallFlow, language: str, values: Values, form: str) -> bytes:
    graph = graph_of(flow, language, values)
    match form:
        case "mermaid":
            drawn = mermaid(graph)
        case "svg":
            drawn = draw_svg(_dot(flow, graph, language))
        case "png":
            return draw_png(draw_svg(_dot(flow, graph, language)))
        case _:
            drawn = "\n".join(_table(flow, language, values))
    return f"{drawn}\n".encode()


def _dot(flow: CallFlow, graph: Graph, language: str) -> str:
    return dot(graph, f"{flow.name}  {flow.title.get(language, '')}".strip(), language)


def _table(flow: CallFlow, language: str, values: Values) -> Iterator[str]:
    """Write a flow's times and ways, in spoken seconds."""
    yield f"{flow.name} in {language}: {flow.title.get(language, '')}"
    yield ""
    yield "spoken seconds, for somebody who agrees as soon as he is asked"
    beginning = beginning_of(flow, language, values)
    told = {
        "who calls and why": beginning.who_and_why,
        "to the key of consent": beginning.asked,
        "to the first digit": beginning.first_digit,
    }
    for what, passed in told.items():
        if passed is not None:
            yield f"  {passed:6.1f}  {what}"
    yield ""
    yield "every way to the end, all of it heard; the same answer is given until it leads on"
    paths = paths_of(flow, language, values)
    width = max(len(", ".join(path.answers)) for path in paths)
    for path in paths:
        answers = ", ".join(path.answers).ljust(width)
        reported = "  (not me)" if Happening.NOT_ME_REPORTED in path.happened else ""
        yield f"  {path.seconds:6.1f}  {answers}  {' → '.join(path.steps)}{reported}"
    if len(paths) == MOST:
        yield f"  … only the first {MOST} are shown"
