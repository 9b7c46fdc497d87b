"""`ivr flow schema`: the JSON Schema of call flows, for editors."""

from __future__ import annotations

import json

import click

from ivr.adapters.flows.schema import schema


@click.command("schema")
def command() -> None:
    """Print the JSON Schema (2020-12) of call flows and their parts.

    It ships as docs/call-flow.schema.json, and the shipped flows name it for editors in a comment.
    """
    click.echo(json.dumps(schema(), ensure_ascii=False, indent=2))
