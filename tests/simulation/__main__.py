"""Play runs from their seeds: `python -m tests.simulation --seeds 1-1000`.

A run that breaks a promise is played again, exactly as it was, and told as a story.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

import click

from tests.simulation.mutants import MUTANTS
from tests.simulation.timeline import START
from tests.simulation.world import World

BANKS: Final = 30
_TOLD: Final = 120
_PROGRESS: Final = 20
_SLICE: Final = 50


@dataclass(frozen=True)
class Played:
    """What some runs came to."""

    verifications: int = 0
    passes: int = 0
    steps: int = 0
    cpu: float = 0.0
    broken: tuple[int, str] | None = None

    def __add__(self, other: Played) -> Played:
        return Played(
            self.verifications + other.verifications,
            self.passes + other.passes,
            self.steps + other.steps,
            self.cpu + other.cpu,
            self.broken or other.broken,
        )


def play(seed: int, banks: int = BANKS) -> Played:
    """Play one run to its end, or to where a promise breaks."""
    began = time.process_time()
    world = World(seed, banks)
    broken = None
    try:
        world.run()
    except Exception as error:  # noqa: BLE001 - whatever ends a run is what is looked for
        broken = seed, f"{type(error).__name__}: {error}"
    spent = time.process_time() - began
    saved = len(world.ledger.saved)
    return Played(saved, world.ledger.passes, world.timeline.steps, spent, broken)


def story(seed: int, banks: int = BANKS) -> Iterator[str]:
    """Play a run again and tell it: who did what, and when."""
    world = World(seed, banks)
    yield f"seed {seed}: {world.weather}"
    try:
        world.run()
    except Exception as error:  # noqa: BLE001 - the same again
        ending = f"{type(error).__name__}: {error}"
    else:
        ending = "nothing broke"
    log = world.timeline.log
    for at, who, what in log[-_TOLD:]:
        yield f"{(at - START) / 1000:10.3f}  {who:18} {what}"
    yield ending


def _play_slice(first: int, last: int, banks: int) -> Played:
    logging.disable(logging.WARNING)
    played = Played()
    for seed in range(first, last + 1):
        played += play(seed, banks)
        if played.broken:
            break
    return played


def _play_all(first: int, last: int, banks: int, jobs: int) -> Played:
    played, began, told = Played(), time.monotonic(), time.monotonic()
    starts = range(first, last + 1, _SLICE)
    with ProcessPoolExecutor(jobs) as pool:
        work = [
            pool.submit(_play_slice, start, min(start + _SLICE - 1, last), banks)
            for start in starts
        ]
        for done, each in enumerate(work, 1):
            played += each.result()
            if played.broken:
                pool.shutdown(cancel_futures=True)
                break
            if time.monotonic() - told > _PROGRESS:
                told = time.monotonic()
                left = (told - began) / done * (len(work) - done)
                click.echo(
                    f"{played.verifications:9} verifications, {left / 60:.0f} min left", err=True
                )
    return played


def _find_mutants(seeds: int, banks: int) -> int:
    survivors = 0
    for name, mutant in MUTANTS.items():
        found = "SURVIVED"
        for seed in range(1, seeds + 1):
            with mutant():
                played = play(seed, banks)
            if played.broken:
                found = f"{seed:4} seeds: {played.broken[1]}"
                break
        survivors += found == "SURVIVED"
        click.echo(f"{name:48} {found}")
    click.echo(f"{len(MUTANTS) - survivors} of {len(MUTANTS)} planted faults were found")
    return survivors


@click.command(help=__doc__)
@click.option("--seeds", default="1-200", show_default=True, help="One seed, or FIRST-LAST.")
@click.option("--banks", default=BANKS, show_default=True, help="Verifications asked for in a run.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="Processes.")
@click.option("--tell", is_flag=True, help="Tell the story of the first seed, broken or not.")
@click.option("--mutants", is_flag=True, help="Plant each known fault and look for it.")
def main(*, seeds: str, banks: int, jobs: int, tell: bool, mutants: bool) -> None:
    """Play runs, and exit with 1 where a promise broke or a planted fault was not found."""
    logging.disable(logging.WARNING)
    first, _, last = seeds.partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        raise click.BadParameter("write one seed, or FIRST-LAST: 1-1000", param_hint="--seeds")
    if tell:
        click.echo("\n".join(story(int(first), banks)))
        return
    if mutants:
        raise SystemExit(_find_mutants(int(last or first), banks) > 0)
    played = _play_all(int(first), int(last or first), banks, jobs)
    click.echo(
        f"{played.verifications} verifications, {played.passes} passes, {played.steps} steps, "
        f"{played.cpu:.0f} s of CPU"
    )
    if played.broken:
        click.echo("\n".join(story(played.broken[0], banks)))
        raise SystemExit(1)
    click.echo("No promise was broken.")


if __name__ == "__main__":
    main()
