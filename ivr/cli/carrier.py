"""`ivr carrier`: how the carriers do, and which of them places calls."""

from __future__ import annotations

import getpass

import click

from ivr.cli.open_store import open_store
from ivr.domain.policy import SECOND
from ivr.service.ports import Note
from ivr.settings import read_settings


@click.group("carrier")
def command() -> None:
    """See how the carriers do, and choose who places calls."""


@command.command("list")
def list_carriers() -> None:
    """List the carriers, the preferred one first, with their faults in a row."""
    settings = read_settings()
    names = [each.id for each in settings.carriers]
    for state, carrier in zip(
        open_store(settings).carrier_states(names), settings.carriers, strict=True
    ):
        said = "chosen by staff" if state.by_hand else ""
        if state.shut_for:
            said = f"left alone for {-(-state.shut_for // SECOND)} s more  {said}"
        click.echo(
            f"{state.carrier:16}  {carrier.url}  {state.faults} faults in a row  {said}".rstrip()
        )


@command.command("use")
@click.argument("carrier", required=False)
@click.option("--by-rule", is_flag=True, help="Choose by rule again.")
@click.option(
    "--person",
    default=getpass.getuser,
    show_default="your user name",
    help="Who asks; put on record.",
)
def use(*, carrier: str | None, by_rule: bool, person: str) -> None:
    """Have all calls that begin from now on placed by CARRIER, whatever happens to it."""
    if bool(carrier) == by_rule:
        raise click.UsageError("Name a carrier, or --by-rule, and not both.")
    settings = read_settings()
    names = [each.id for each in settings.carriers]
    if carrier and carrier not in names:
        raise click.BadParameter(f"there are {', '.join(names)}", param_hint="CARRIER")
    store = open_store(settings)
    store.use_carrier(carrier or "")
    now = store.load_account("", "").now
    detail = {"carrier": carrier or "by rule", "person": person}
    store.note(None, [Note(kind="carrier_chosen", at=now, detail=detail)])
    click.echo(
        f"{carrier} places all calls." if carrier else "Who places calls is chosen by rule again."
    )
