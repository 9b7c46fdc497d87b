"""`ivr flow publish`: put an approved release in force, now or at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import click

from ivr.cli.releases_office import Office, open_office
from ivr.cli.told_time import told_time
from ivr.domain.publication import Publication, in_force
from ivr.domain.release import ALL_BANKS
from ivr.service.releases import told, told_release

STORED: Final = "Redis does not answer now. The decision is kept, and the workers announce it as soon as it does."
_FURTHEST: Final = 366


@click.command("publish")
@click.argument("release")
@click.option(
    "--at", "at", metavar="TIME", help="When, such as 2026-12-01T09:00+09:00; now by default."
)
@click.option("--reason", default="", help="Why, in one line; by default why it was drafted.")
@click.option(
    "--over",
    is_flag=True,
    help="Even though another release came into force since it was drafted, or is planned.",
)
def command(release: str, at: str | None, reason: str, *, over: bool) -> None:
    """Put RELEASE in force. Calls in progress keep the one that they began with."""
    with open_office() as office:
        member = office.member()
        starts_at = _milliseconds(at, office.store.now()) if at else 0
        publication = office.releases().publish(member, release, reason, starts_at, over=over)
        tell(office, publication)
        if publication.scope == ALL_BANKS:
            _name_others(office, release)


def tell(office: Office, publication: Publication) -> None:
    """Announce a decision, and say what follows from it."""
    announced = office.announce()
    what = told_release(publication.release)
    if publication.starts_at:
        when = told_time(publication.starts_at)
        click.echo(f"From {when} on, {told(publication.scope)}: {what}. The workers see to it.")
        return
    click.echo(
        f"In force for {told(publication.scope)}: {what}. Every process follows within two seconds."
        if announced
        else f"For {told(publication.scope)}: {what}. {STORED}"
    )


def _name_others(office: Office, release: str) -> None:
    """Say which banks do not get the new words, because they follow a release of their own."""
    releases = office.releases()
    for scope, own in in_force(office.store.publications(), office.store.now()).items():
        if scope == ALL_BANKS:
            continue
        base = releases.find(own).base
        if base != release:
            click.echo(
                f"Bank {scope} stays on its own release {own}, made on {base}: to give it these words "
                f"too, draft it again with --bank {scope}."
            )


def _milliseconds(text: str, now: int) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            "must be a date and time, such as 2026-12-01T09:00+09:00", param_hint="--at"
        ) from error
    if at.tzinfo is None:
        raise click.BadParameter("name the time zone too, such as +09:00", param_hint="--at")
    ms = round(at.timestamp() * 1000)
    if ms - now > _FURTHEST * 86_400_000:
        raise click.BadParameter("is more than a year from now", param_hint="--at")
    return ms
