"""`ivr verification show`: a verification's story as a timeline, masked."""

from __future__ import annotations

import click

from ivr.cli.open_archive import open_archive
from ivr.cli.open_store import open_store
from ivr.cli.told_time import told_time
from ivr.domain.account_tail import tail_of
from ivr.domain.case_number import case_number, id_ending
from ivr.domain.phone import mask
from ivr.domain.record import Record
from ivr.service.ports import Entry
from ivr.settings import read_settings


@click.group("verification")
def command() -> None:
    """Tell a verification's story."""


@command.command("show")
@click.argument("verification_id", metavar="ID")
def show(verification_id: str) -> None:
    """Show where verification ID stands and what happened, in order. Numbers are masked."""
    settings = read_settings()
    loaded = open_store(settings).load(verification_id)
    with open_archive(settings) as archive:
        story = archive.story(verification_id)
    if not story and not (loaded and loaded.record):
        raise click.ClickException(
            "There is no such verification, here or in the archive; check the id."
        )
    if loaded and loaded.record:
        click.echo("\n".join(_present(loaded.record)))
    for line in _timeline(story):
        click.echo(line)


@command.command("find")
@click.argument("number")
def find(number: str) -> None:
    """Find verifications by the case NUMBER that the desk's staff heard, such as 0123-4567; newest first."""
    ending = id_ending(number)
    if ending is None:
        raise click.ClickException("A case number is eight digits, such as 0123-4567.")
    with open_archive(read_settings()) as archive:
        found = archive.find(ending)
    if not found:
        raise click.ClickException("No verification in the archive has this case number.")
    for name, at in found:
        click.echo(f"{told_time(at, 'seconds')}  {name}")


def _present(record: Record) -> list[str]:
    verification = record.verification
    verdict = (
        f"{'pass' if verification.passed else 'fail'}/{verification.reason}"
        if verification.decided
        else "open"
    )
    return [
        f"{verification.id}: {verdict} ({verification.state})",
        f"  case number {case_number(verification.id)}",
        f"  {verification.bank} <- {verification.wallet}, {verification.purpose}, {verification.mode}",
        f"  account ••••{tail_of(verification.account)}, registered number {mask(verification.number)}",
        f"  call {verification.call.number}, wrong tries {verification.tries}, client {verification.client}",
    ]


def _timeline(story: list[Entry]) -> list[str]:
    lines = []
    for entry in story:
        detail = "  ".join(f"{name}={value}" for name, value in entry.detail.items())
        call = f"call {entry.call}" if entry.call else ""
        moment = told_time(entry.at, "milliseconds")
        lines.append(f"{moment}  {call:7} {entry.kind:24} {detail}")
    return lines
