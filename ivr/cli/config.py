"""`ivr config check`: every missing or wrong value, before anything starts."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import click

from ivr.adapters.client_book import read_clients
from ivr.adapters.csv_registry import CsvRegistry
from ivr.adapters.flow_files import load_book
from ivr.domain.errors import FlowFault, SettingsFault
from ivr.settings import read_files, read_settings


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
    house = read_files(config_dir, faults).house
    _collect(faults, lambda: read_clients(config_dir / "clients.toml"))
    _collect(faults, lambda: CsvRegistry(config_dir / house.accounts, _today))
    _collect(faults, lambda: load_book(callflows_dir))
    if not files_only:
        _collect(faults, read_settings)
    if faults:
        raise SettingsFault(tuple(dict.fromkeys(faults)))
    click.echo("config/ and callflows/ are well." if files_only else "All is well.")


def _collect(faults: list[str], read: Callable[[], Any]) -> None:
    try:
        read()
    except (SettingsFault, FlowFault) as fault:
        faults.extend(fault.faults)


def _today() -> Any:
    return datetime.now(tz=timezone(timedelta(hours=9))).date()
