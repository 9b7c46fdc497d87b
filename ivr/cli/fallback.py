"""`ivr fallback`: the document that the carrier plays when our web is gone."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ivr.adapters.flows.files import load_book
from ivr.web.apology import fallback_document


@click.command("fallback")
def command() -> None:
    """Print a TwiML document that apologises in every language and hangs up.

    Host it at the carrier and name its address in carrier_fallback_url of config/ivr.toml.
    """
    book = load_book(Path(os.environ.get("IVR_CALLFLOWS", "callflows")))
    click.echo(fallback_document(book.any(), "ja"))
