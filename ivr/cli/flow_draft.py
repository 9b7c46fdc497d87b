"""`ivr flow draft`: check a folder of call flows and keep it as a release, to be approved by somebody else."""

from __future__ import annotations

from pathlib import Path

import click

from ivr.adapters.flows.files import read_folder
from ivr.cli.releases_desk import Desk, open_desk
from ivr.domain.publication import NONE, in_force
from ivr.domain.release import ALL_BANKS, name_release


@click.command("draft")
@click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--reason", required=True, help="Why, in one line: it is put on record.")
@click.option(
    "--bank", help="Only for this bank: FOLDER holds its own files, laid over those of all banks."
)
def command(folder: Path | None, reason: str, bank: str | None) -> None:
    """Check the call flows of FOLDER (by default IVR_CALLFLOWS) and keep them as a release.

    Nobody hears it yet: somebody else approves it, and then it is published.
    """
    if bank and folder is None:
        raise click.UsageError("With --bank, name the FOLDER that holds the bank's own files.")
    with open_desk() as desk:
        scope = desk.scope(bank)
        member = desk.member()
        folder = folder or desk.settings.callflows_dir
        files, base = read_folder(folder), NONE
        if scope != ALL_BANKS:
            shared, base = _shared(desk)
            files = {**shared, **files}
        release = desk.releases(folder).draft(member, scope, files, reason, base)
    click.echo(f"Release {release.name} is drafted by {member.name}.")
    click.echo(f"What would be heard:  ivr flow diff {release.name}")
    click.echo(f"Somebody else:        ivr flow approve {release.name}")


def _shared(desk: Desk) -> tuple[dict[str, bytes], str]:
    """Return the files that all banks follow now, and their release's name."""
    present = in_force(desk.store.publications(), desk.store.now()).get(ALL_BANKS)
    if present:
        return dict(desk.releases().files(present)), present
    files = read_folder(desk.settings.callflows_dir)
    return files, name_release(ALL_BANKS, files)
