"""`ivr config check`: every missing or wrong value, before anything starts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ivr.adapters.client_book import read_clients
from ivr.adapters.csv_registry import CsvRegistry, japanese_today
from ivr.adapters.flows.files import FlowFiles, load_book
from ivr.adapters.flows.times import NOBODY, Served
from ivr.adapters.redis_client import check_form
from ivr.domain.errors import FlowFault, SettingsFault
from ivr.domain.policy import Bank
from ivr.settings import Files, read_files, read_settings
from ivr.settings.carriers import check_carriers


@click.group("config")
def command() -> None:
    """Check the configuration before anything starts."""


@command.command("check")
@click.option(
    "--files-only", is_flag=True, help="Check config/ and callflows/, and not the environment."
)
def check(*, files_only: bool) -> None:
    """Check the environment, config/, the registry of numbers and the call flows; print every fault.

    Exits with 0 when all is well, with 2 when anything is not. No secret and no number is printed.
    """
    config_dir = Path(os.environ.get("IVR_CONFIG", "config"))
    callflows_dir = Path(os.environ.get("IVR_CALLFLOWS", "callflows"))
    faults: list[str] = []
    files = read_files(config_dir, faults)
    check_carriers(config_dir, faults)
    served = NOBODY if faults else Served(banks=files.banks, wallets=files.wallets)
    _collect(faults, lambda: read_clients(config_dir / "clients.toml"))
    _collect(faults, lambda: _check_accounts(config_dir / files.house.accounts, files.banks))
    notes: list[str] = []
    _collect(faults, lambda: notes.extend(_missing_names(files, load_book(callflows_dir, served))))
    if not files_only:
        _collect(faults, _check_environment)
    if faults:
        raise SettingsFault(tuple(dict.fromkeys(faults)))
    for note in notes:
        click.echo(note)
    click.echo("config/ and callflows/ are well." if files_only else "All is well.")


def _missing_names(files: Files, book: FlowFiles) -> Iterator[str]:
    """Tell of names that a call would have to say in another language; that is poor, not wrong."""
    spoken = {language for flow in book.flows for language in flow.voices}
    called = {wallet for bank in files.banks.values() for wallet in bank.wallets}
    names = [
        *(("bank", bank.id, bank.name) for bank in files.banks.values()),
        *(("wallet", wallet.id, wallet.name) for wallet in files.wallets.values()),
    ]
    for kind, own_id, name in names:
        lacking = sorted(spoken - name.keys())
        if lacking and (kind == "bank" or own_id in called):
            yield (
                f"The {kind} {own_id} has no name in {', '.join(lacking)}: no request can ask for that, "
                "and a call that a key changes to it says the name in another language."
            )


def _check_accounts(path: Path, banks: Mapping[str, Bank]) -> None:
    complaints = CsvRegistry(path, japanese_today).complaints(banks)
    if complaints:
        raise SettingsFault(tuple(complaints))


def _check_environment() -> None:
    settings = read_settings()
    faults: list[str] = []
    if settings.redis_url:
        _collect(faults, lambda: check_form(settings.redis_url))
    try:
        make_url(settings.database_url)
    except ArgumentError:
        faults.append(
            "IVR_DATABASE_URL: must be a SQLAlchemy URL, such as postgresql+psycopg://host/name"
        )
    if faults:
        raise SettingsFault(tuple(faults))


def _collect(faults: list[str], read: Callable[[], Any]) -> None:
    try:
        read()
    except (SettingsFault, FlowFault) as fault:
        faults.extend(fault.faults)
