"""`ivr flow diff`: what a depositor would hear differently, in words."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ivr.adapters.flows.files import compile_release, load_book
from ivr.cli.releases_office import Office, open_office
from ivr.domain.callflow import CallFlow
from ivr.domain.flow_changes import changes
from ivr.domain.publication import in_force
from ivr.domain.release import ALL_BANKS
from ivr.domain.staff import Deed
from ivr.service.release_port import Release


@click.command("diff")
@click.argument("release")
@click.argument("other", required=False)
def command(release: str, other: str | None) -> None:
    """Tell what would be heard differently if RELEASE were in force; or in OTHER compared with RELEASE."""
    with open_office() as office:
        office.member().check_may(Deed.READ)
        found = office.releases().find(release)
        if other:
            old, new = found.name, _flows(office, office.releases().find(other))
            lines = changes(_flows(office, found), new)
            click.echo(f"From {old} to {other}:")
        else:
            name, flows = _in_force(office, found.scope)
            lines = changes(flows, _flows(office, found))
            click.echo(f"From {name}, in force now, to {release}:")
    for line in lines:
        click.echo(line)


def _in_force(office: Office, scope: str) -> tuple[str, Sequence[CallFlow]]:
    """Return what a scope follows now: its own, or what all banks follow, or the folder."""
    present = in_force(office.store.publications(), office.store.now())
    name = present.get(scope) or present.get(ALL_BANKS)
    if name:
        return name, _flows(office, office.releases().find(name))
    book = load_book(office.settings.callflows_dir)
    return f"{book.release} ({office.settings.callflows_dir})", book.flows


def _flows(office: Office, release: Release) -> Sequence[CallFlow]:
    return compile_release(release.scope, office.releases().files(release.name)).flows
