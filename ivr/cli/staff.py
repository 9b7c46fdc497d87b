"""`ivr staff`: who may draft, approve and publish call flows. A credential is printed once."""

from __future__ import annotations

import click

from ivr.cli.releases_office import open_office
from ivr.cli.told_time import told_time
from ivr.domain.staff import Role

_role = click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    help="viewer reads; editor drafts too; approver approves, publishes and rolls back too; admin "
    "keeps staff too.",
)


@click.group("staff")
def command() -> None:
    """Add, list and revoke the staff who change call flows."""


@command.command("add")
@click.argument("name")
@_role
def add(name: str, role: str | None) -> None:
    """Add NAME and print the credential: once.

    The very first must be an admin and needs no credential; every other is added by an admin.
    """
    if role is None:
        raise click.UsageError("Say what NAME is trusted with: --role.")
    with open_office() as office:
        by = None if office.staffing.is_empty() else office.member()
        _tell_key(name, office.staffing.add(by, name, Role(role)))


@command.command("renew")
@click.argument("name")
@_role
def renew(name: str, role: str | None) -> None:
    """Give NAME another credential in place of the old one, and another role where one is named."""
    with open_office() as office:
        _tell_key(name, office.staffing.renew(office.member(), name, Role(role) if role else None))


@command.command("list")
def list_staff() -> None:
    """List the staff with their roles, and who was revoked."""
    with open_office() as office:
        for entry in office.staffing.list_staff(office.member()):
            state = entry.role or "revoked"
            click.echo(f"{entry.name:32}  {state:8}  {told_time(entry.at)} by {entry.by}")


@command.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Revoke NAME: at once, and for good. What NAME approved stays approved."""
    with open_office() as office:
        office.staffing.revoke(office.member(), name)
    click.echo(f"{name} is revoked.")


def _tell_key(name: str, key: str) -> None:
    click.echo(f"Credential of {name} (shown once): {key}")
    click.echo("Keep it where only you can read it; commands take it from IVR_STAFF_KEY, or ask.")
