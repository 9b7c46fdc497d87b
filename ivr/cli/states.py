"""`ivr states`: the life of a verification as a picture, printed from the table that decides it."""

from __future__ import annotations

import click

from ivr.domain.record import DECIDED, State
from ivr.domain.transitions import TABLE
from ivr.service.records import snake


def picture() -> str:
    """Return the transition table as a Mermaid state diagram: one arrow for each pair of states."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for state, row in TABLE.items():
        for event, cell in row.items():
            if isinstance(cell, frozenset):
                for target in sorted(cell - {state}):
                    arrows.setdefault((state, target), []).append(snake(event.__name__))
    lines = ["stateDiagram-v2", f"    [*] --> {State.WANTED}"]
    for (state, target), events in arrows.items():
        lines.append(f"    {state} --> {target}: {', '.join(sorted(events))}")
    lines.extend(f"    {state} --> [*]" for state in sorted(DECIDED))
    return "\n".join(lines)


@click.command("states")
def command() -> None:
    """Print the life of a verification as a Mermaid state diagram."""
    click.echo(picture())
