"""`ivr call test`: one harmless call through the whole chain, to a number of the bank's own."""

from __future__ import annotations

import secrets
import time
from typing import Final

import click

from ivr.cli.open_store import open_parts
from ivr.domain.callflow import Mode, Purpose
from ivr.domain.errors import Refused
from ivr.domain.policy import Bank, Request
from ivr.domain.record import AT_CARRIER, State
from ivr.service.ports import Client, RegisteredNumber
from ivr.service.starting import Starting
from ivr.service.verifications import Verifications
from ivr.settings import Settings, read_settings

_ACCOUNT: Final = "TEST-0000"
_TESTER: Final = "ivr-call-test"
_LOOK_SECONDS: Final = 0.3
_RUNNING: Final = AT_CARRIER | {State.WANTED}


class _OneNumber:
    """A registry that knows the test account alone."""

    def __init__(self, number: str) -> None:
        self._number = number

    def find(self, bank: str, account: str) -> RegisteredNumber | None:  # noqa: ARG002 - the port's signature
        """Return the number under test, for the test account."""
        return RegisteredNumber(number=self._number, days=None) if account == _ACCOUNT else None


@click.group("call")
def command() -> None:
    """Make a test call to a number of the bank's own."""


@command.command("test")
@click.argument("number")
@click.option(
    "--bank",
    "bank_id",
    required=True,
    help="The bank whose test_numbers (config/banks.toml) hold NUMBER.",
)
@click.option("--language", help="The language of the call; the bank's own by default.")
def test(number: str, bank_id: str, language: str | None) -> None:
    """Call NUMBER with the readout flow for a test account, and tell how the call goes.

    Needs a running web process and worker. No bank account is touched: the account is called
    TEST-0000, belongs to nobody, and its verdict goes to no client.
    """
    settings = read_settings()
    bank = _find_bank(settings, bank_id, number)
    parts = open_parts(settings)
    starting = Starting(
        records=parts.records,
        views=parts.views,
        keyring=settings.keyring,
        registry=_OneNumber(number),
        flows=parts.flows,
        banks=settings.banks,
        wallets=settings.wallets,
    )
    verifications = Verifications(
        records=parts.records, views=parts.views, keyring=settings.keyring
    )
    tester = _tester(bank)
    asked = Request(
        mode=Mode.READOUT,
        purpose=Purpose.LINK,
        bank=bank_id,
        wallet=min(bank.wallets),
        account=_ACCOUNT,
        language=language,
    )
    try:
        view = starting.start(tester, asked, bytes(32), secrets.token_hex(16))
        _follow(verifications, tester, view.record.verification.id)
    except Refused as error:
        raise click.ClickException(error.detail) from error


def _tester(bank: Bank) -> Client:
    return Client(
        id=_TESTER,
        bank=bank.id,
        scopes=frozenset(),
        callback_prefixes=(),
        source_addresses=(),
        private_callbacks=False,
    )


def _find_bank(settings: Settings, bank_id: str, number: str) -> Bank:
    bank = settings.banks.get(bank_id)
    if bank is None:
        raise click.BadParameter(
            f"there is no such bank; there are {', '.join(sorted(settings.banks))}",
            param_hint="--bank",
        )
    if number not in bank.test_numbers:
        raise click.BadParameter(
            "is not among the bank's test_numbers in config/banks.toml", param_hint="NUMBER"
        )
    return bank


def _follow(verifications: Verifications, tester: Client, verification_id: str) -> None:
    """Tell how the call goes, and leave nothing open behind, however it ends."""
    try:
        state = _watch(verifications, tester, verification_id)
        typed = ""
        if state is State.HEARD:
            asked = "The passcode that you heard (Enter to skip)"
            typed = click.prompt(asked, default="", show_default=False)
        if typed:
            verifications.check(tester, verification_id, typed, None)
            click.echo("That is right: the whole chain works.")
    finally:
        verification = verifications.read(tester, verification_id).record.verification
        if not verification.decided:
            verifications.cancel(tester, verification_id)
        click.echo(f"The call ended: {verification.last_call or verification.reason}.")
        click.echo(f"`ivr verification show {verification_id}` tells more.")


def _watch(verifications: Verifications, tester: Client, verification_id: str) -> State:
    """Tell each state as it comes; return the one in which the call is over."""
    told = None
    while True:
        state = verifications.read(tester, verification_id).record.verification.state
        if state is not told:
            click.echo(f"  {state}")
            told = state
        if state not in _RUNNING:
            return state
        time.sleep(_LOOK_SECONDS)
