"""`ivr account`: what staff need when a depositor calls: failures, block, unlock."""

from __future__ import annotations

import getpass

import click

from ivr.adapters.csv_registry import CsvRegistry, japanese_today
from ivr.cli.open_store import open_store
from ivr.cli.told_time import told_time
from ivr.domain.account_tail import tail_of
from ivr.domain.record import Account
from ivr.domain.verdicts import NEVER
from ivr.service.accounts import Accounts
from ivr.settings import Settings, read_settings

_BANK = click.option("--bank", required=True, help="The bank's id.")
_PROMPT = "Account (not shown)"


@click.group("account")
def command() -> None:
    """Look at an account's failures, and unlock it. The account is asked for, so that no history keeps it."""


@command.command("show")
@_BANK
@click.option(
    "--account", prompt=_PROMPT, hide_input=True, help="Better left out: then it is asked for."
)
def show(bank: str, account: str) -> None:
    """Show failures in a row, the block and the open verification of an account."""
    settings = read_settings()
    _check_account(settings, bank, account.strip())
    found, now = Accounts(open_store(settings)).show(bank, account.strip())
    click.echo(_describe(settings, bank, account.strip(), found, now))


@command.command("unlock")
@_BANK
@click.option(
    "--account", prompt=_PROMPT, hide_input=True, help="Better left out: then it is asked for."
)
@click.option(
    "--reason",
    required=True,
    help="Why; it is put on record. No account or telephone number in it.",
)
@click.option(
    "--person", default=getpass.getuser, show_default="your user name", help="Who unlocks."
)
def unlock(bank: str, account: str, reason: str, person: str) -> None:
    """Lift the block of an account and begin counting anew. Check who is asking first."""
    settings = read_settings()
    _check_account(settings, bank, account.strip())
    if not reason.strip():
        raise click.BadParameter("say why: it is put on record", param_hint="--reason")
    before = Accounts(open_store(settings)).unlock(
        bank, account.strip(), person=person, reason=reason.strip()
    )
    was = "Unlocked" if before.blocked_until else "It was not blocked"
    click.echo(f"{was}; it had {before.failures} failure(s) in a row. On record for {person}.")


def _check_account(settings: Settings, bank: str, account: str) -> None:
    if bank not in settings.banks:
        known = ", ".join(sorted(settings.banks))
        raise click.BadParameter(f"there is no such bank; there are {known}", param_hint="--bank")
    if CsvRegistry(settings.accounts_file, japanese_today).find(bank, account) is None:
        raise click.BadParameter(
            "the bank's registry has no such account; write it as the registry does, "
            "branch and number with a hyphen",
            param_hint="--account",
        )


def _describe(settings: Settings, bank: str, account: str, found: Account, now: int) -> str:
    limits = settings.banks[bank].limits
    if found.blocked_until >= NEVER:
        block = "blocked until staff unlock it"
    elif found.blocked_until > now:
        block = f"blocked until {told_time(found.blocked_until)}"
    else:
        block = "not blocked"
    live = f"open verification {found.live}" if found.live else "no open verification"
    failures = f"{found.failures} of {limits.account_failures} failures in a row"
    return f"••••{tail_of(account)} of {bank}: {failures}, {block}, {live}"
