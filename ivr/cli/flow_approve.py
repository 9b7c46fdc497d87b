"""`ivr flow approve`: stand for a release that somebody else wrote."""

from __future__ import annotations

import click

from ivr.cli.releases_office import open_office


@click.command("approve")
@click.argument("release")
def command(release: str) -> None:
    """Approve RELEASE, which somebody else drafted. Look at `ivr flow diff RELEASE` first."""
    with open_office() as office:
        member = office.member()
        found = office.releases().approve(member, release)
    click.echo(f"Release {found.name}, drafted by {found.author}, is approved by {member.name}.")
    click.echo(f"Put it in force:  ivr flow publish {found.name}")
