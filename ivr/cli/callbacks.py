"""`ivr callbacks`: what could not be delivered to a bank within a day, and trying it once more."""

from __future__ import annotations

import getpass

import click

from ivr.cli.open_archive import open_archive
from ivr.cli.open_store import open_parts
from ivr.cli.told_time import told_time
from ivr.domain.errors import Refused
from ivr.domain.record import Record
from ivr.service.callbacks import Callbacks
from ivr.service.records import Records
from ivr.settings import Settings, read_settings


@click.group("callbacks")
def command() -> None:
    """List callbacks that could not be delivered within a day, and try them again."""


@command.command("list")
def list_parked() -> None:
    """List parked callbacks, oldest first. Each is kept with its verification for a week."""
    settings = read_settings()
    parked = _parked(settings, open_parts(settings).records)
    for since, record in parked:
        verification = record.verification
        click.echo(
            f"{verification.id}  {verification.client:16}  {verification.verdict:4}  "
            f"parked {told_time(since)}"
        )
    click.echo(f"{len(parked)} parked" if parked else "No callback is parked.", err=True)


@command.command("retry")
@click.argument("verification_ids", nargs=-1, metavar="[ID]...")
@click.option("--client", help="All parked callbacks of this client.")
@click.option(
    "--person",
    default=getpass.getuser,
    show_default="your user name",
    help="Who asks; put on record.",
)
def retry(verification_ids: tuple[str, ...], client: str | None, person: str) -> None:
    """Have parked callbacks tried now: those of the verifications ID, or all of a client."""
    if bool(verification_ids) == bool(client):
        raise click.UsageError("Name verifications, or --client, and not both.")
    settings = read_settings()
    records = open_parts(settings).records
    if client:
        parked = [record.verification for _, record in _parked(settings, records)]
        verification_ids = tuple(each.id for each in parked if each.client == client)
    callbacks, failed = Callbacks(records), 0
    for verification_id in verification_ids:
        try:
            callbacks.retry(verification_id, person=person)
        except Refused as error:
            failed += 1
            click.echo(f"{verification_id}: {error.detail}", err=True)
        else:
            click.echo(f"{verification_id}: will be tried now")
    if failed or not verification_ids:
        raise click.ClickException(
            f"{failed} not tried" if failed else "nothing is parked for this client"
        )


def _parked(settings: Settings, records: Records) -> list[tuple[int, Record]]:
    """Return what is parked and still kept, with the time since when."""
    with open_archive(settings) as archive:
        noted = archive.parked_callbacks()
    found = [(since, records.find(verification)) for verification, since in noted.items()]
    return [(since, record) for since, record in found if record is not None]
