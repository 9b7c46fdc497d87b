"""`ivr flow history`: every release and what became of it, and what is in force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from ivr.cli.releases_office import open_office
from ivr.cli.told_time import told_time
from ivr.domain.publication import Publication, in_force, waiting
from ivr.domain.staff import Deed
from ivr.service.release_port import Approval, Release
from ivr.service.releases import told, told_release


@click.command("history")
def command() -> None:
    """List releases and decisions, the oldest first, and what is in force now."""
    with open_office() as office:
        office.member().check_may(Deed.READ)
        store = office.store
        history, now = store.publications(), store.now()
        lines = [*_told_releases(store.releases(), store.approvals()), *map(_decision, history)]
        for _, line in sorted(lines):
            click.echo(line)
        for scope, release in in_force(history, now).items():
            click.echo(f"In force for {told(scope)}: {told_release(release)}.")
        for scope in {each.scope for each in history}:
            for each in waiting(history, scope, now):
                when = told_time(each.starts_at)
                click.echo(f"Planned for {told(scope)} from {when} on: {each.release or 'none'}.")
        if not in_force(history, now):
            click.echo(
                f"In force: no published release, so the folder {office.settings.callflows_dir}."
            )


def _told_releases(
    releases: Sequence[Release], approvals: Sequence[Approval]
) -> Iterator[tuple[int, str]]:
    for each in releases:
        made = f", based on {each.based_on}" if each.based_on else ""
        made += f", laid over {each.base}" if each.base else ""
        line = f"{each.name}  drafted by {each.author} for {told(each.scope)}{made}: {each.reason}"
        yield each.at, f"{told_time(each.at)}  {line}"
    for approval in approvals:
        line = f"{approval.release}  approved by {approval.by}"
        yield approval.at, f"{told_time(approval.at)}  {line}"


def _decision(each: Publication) -> tuple[int, str]:
    planned = f", from {told_time(each.starts_at)} on" if each.starts_at else ""
    what = f"{each.release or 'none':12}  {each.kind} by {each.by} for {told(each.scope)}{planned}"
    return each.at, f"{told_time(each.at)}  {what}: {each.reason}"
