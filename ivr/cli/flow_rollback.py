"""`ivr flow rollback`: put an earlier release in force again, at once."""

from __future__ import annotations

import click

from ivr.cli.flow_publish import tell
from ivr.cli.releases_office import open_office
from ivr.domain.publication import NONE, waiting
from ivr.service.releases import told_release

_NONE_WORD = "none"


@click.command("rollback")
@click.option(
    "--to",
    "to",
    metavar="RELEASE",
    help="By default what was in force before the present release. `none`: all banks follow "
    "IVR_CALLFLOWS again, or the bank what all banks follow.",
)
@click.option("--bank", help="Only this bank's own release.")
@click.option("--reason", required=True, help="Why, in one line: it is put on record.")
def command(to: str | None, bank: str | None, reason: str) -> None:
    """Put an earlier release in force again, at once; what was planned for later is taken back."""
    with open_office() as office:
        scope = office.scope(bank)
        member = office.member()
        planned = waiting(office.store.publications(), scope, office.store.now())
        wanted = NONE if to == _NONE_WORD else to
        tell(office, office.releases().roll_back(member, scope, wanted, reason))
        for each in planned:
            click.echo(f"What was planned is taken back: {told_release(each.release)}.")
