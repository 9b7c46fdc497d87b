"""`ivr flow draft`: check a folder of call flows and keep it as a release, to be approved by somebody else."""

from __future__ import annotations

from pathlib import Path

import click

from ivr.adapters.flows.files import read_folder
from ivr.cli.releases_office import Office, open_office
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
    with open_office() as office:
        scope = office.scope(bank)
        member = office.member()
        folder = folder or office.settings.callflows_dir
        files, base = read_folder(folder), NONE
        if scope != ALL_BANKS:
            shared, base = _shared(office)
            files = {**shared, **files}
        release = office.releases(folder).draft(member, scope, files, reason, base)
    click.echo(f"Release {release.name} is drafted by {member.name}.")
    click.echo(f"What would be heard:  ivr flow diff {release.name}")
    click.echo(f"Somebody else:        ivr flow approve {release.name}")


def _shared(office: Office) -> tuple[dict[str, bytes], str]:
    """Return the files that all banks follow now, and their release's name."""
    present = in_force(office.store.publications(), office.store.now()).get(ALL_BANKS)
    if present:
        return dict(office.releases().files(present)), present
    files = read_folder(office.settings.callflows_dir)
    return files, name_release(ALL_BANKS, files)
