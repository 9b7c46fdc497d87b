"""`ivr flow export`: the files of a release, to be read, heard, rehearsed or changed."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import click

from ivr.cli.releases_office import open_office
from ivr.domain.errors import ReleaseFault
from ivr.domain.staff import Deed


@click.command("export")
@click.argument("release")
@click.argument("folder", type=click.Path(path_type=Path))
def command(release: str, folder: Path) -> None:
    """Write the files of RELEASE into FOLDER, which must be new or empty."""
    with open_office() as office:
        office.member().check_may(Deed.READ)
        files = office.releases().files(release)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise click.BadParameter("must be new or empty", param_hint="FOLDER")
    for path in files:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ReleaseFault(f"Release {release} holds {path!r}, which is outside of its folder.")
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    click.echo(f"{len(files)} files of release {release} are in {folder}.")
    click.echo(f"Rehearse it, for example:  ivr flow rehearse --folder {folder} FLOW")
