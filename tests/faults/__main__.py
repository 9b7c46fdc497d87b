"""Play verifications through real processes while faults are made: `python -m tests.faults --seed 1`.

A ledger kept outside of the product is compared at the end; where a promise broke, the exit code is 1.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from tests.faults.plan import Scheme
from tests.faults.report import found, tell
from tests.faults.round import Round, play
from tests.faults.stores import STORES

_LARGEST: Final = 4_000
"""Verifications of one round: the carrier keeps ten thousand calls."""
_MOST_TOLD: Final = 20


def shares(verifications: int, stores: list[str]) -> list[tuple[str, range]]:
    """Split verifications among stores, and each share into rounds."""
    begin, rounds = 0, []
    for place, store in enumerate(stores):
        until = verifications * (place + 1) // len(stores)
        while begin < until:
            end = min(begin + _LARGEST, until)
            rounds.append((store, range(begin, end)))
            begin = end
    return rounds


@click.command(help=__doc__)
@click.option("--seed", default=1, show_default=True, help="Draws everything but the interleaving.")
@click.option("--verifications", default=10_000, show_default=True, type=click.IntRange(20))
@click.option(
    "--store",
    "stores",
    multiple=True,
    type=click.Choice([*STORES]),
    help="One of them, or several; all when none is named.",
)
@click.option(
    "--logs",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep what the processes write in folders of this one.",
)
def main(*, seed: int, verifications: int, stores: tuple[str, ...], logs: Path | None) -> None:
    """Play every round, print the table, and exit with 1 where a promise broke."""
    logging.disable(logging.WARNING)
    began = time.monotonic()
    rounds: list[Round] = []

    def say(what: str) -> None:
        click.echo(f"{time.monotonic() - began:6.0f} s  {what}", err=True)

    for name, numbers in shares(verifications, [*(stores or STORES)]):
        with _folder(logs, f"{name}-{numbers.start}") as folder:
            rounds.append(play(name, Scheme(seed=seed, numbers=numbers), folder, say))
        broken = sum(map(len, found(rounds[-1:]).values()))
        say(f"{name}: over after {rounds[-1].seconds:.0f} s, {broken} promises broken")
    click.echo("\n".join(tell(rounds)))
    findings = [each for promise in found(rounds).values() for each in promise]
    for finding in findings[:_MOST_TOLD]:
        click.echo(finding, err=True)
    click.echo(f"{time.monotonic() - began:.0f} s", err=True)
    if findings:
        raise SystemExit(1)
    click.echo("No promise was broken.")


@contextmanager
def _folder(logs: Path | None, name: str) -> Iterator[Path]:
    """Make a folder for a round, which goes with it where nobody wants to keep it."""
    if logs:
        folder = logs.absolute() / name
        folder.mkdir(parents=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="ivr-faults-") as temporary:
        yield Path(temporary)


if __name__ == "__main__":
    main()
