"""Which bank, wallet and amount a rehearsed call speaks of: options, and the configuration behind them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from ivr.domain.callflow import CallFlow
from ivr.domain.errors import SettingsFault
from ivr.domain.policy import Bank, Wallet
from ivr.rehearsal.values import AMOUNT, Values, values_for
from ivr.settings import read_files

_Command = TypeVar("_Command", bound=Callable[..., Any])
_Named = TypeVar("_Named", Bank, Wallet)
_bank: Final = click.option("--bank", metavar="ID", help="A bank of config/banks.toml.")
_wallet: Final = click.option("--wallet", metavar="ID", help="A wallet of config/wallets.toml.")
_amount: Final = click.option(
    "--amount", type=click.IntRange(min=1), default=AMOUNT, show_default=True, help="In yen."
)


def value_options(command: _Command) -> _Command:
    """Give a command the options `--bank`, `--wallet` and `--amount`."""
    return _bank(_wallet(_amount(command)))


def choose_values(flow: CallFlow, bank: str | None, wallet: str | None, amount: int) -> Values:
    """Return what the placeholders stand for: those named, or else the first of the configuration.

    Raises:
        SettingsFault: the configuration is not fit for use.
        click.BadParameter: there is no such bank or wallet.

    """
    faults: list[str] = []
    files = read_files(Path(os.environ.get("IVR_CONFIG", "config")), faults)
    if faults:
        raise SettingsFault(tuple(faults))
    chosen = _choose(files.banks, bank, "--bank")
    known = {name: files.wallets[name] for name in files.wallets if name in chosen.wallets}
    return values_for(flow, chosen, _choose(known, wallet, "--wallet"), amount=amount)


def _choose(known: Mapping[str, _Named], name: str | None, option: str) -> _Named:
    if not known:
        raise click.BadParameter("the configuration names none", param_hint=option)
    if name is None:
        return next(iter(known.values()))
    if name not in known:
        raise click.BadParameter(
            f"there is no {name}; choose from {', '.join(known)}", param_hint=option
        )
    return known[name]
