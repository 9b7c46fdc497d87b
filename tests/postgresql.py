"""A PostgreSQL server of the tests' own, on a private socket, as the user it may run as."""

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def why_no_postgresql() -> str:
    if not PROGRAMS:
        return "no PostgreSQL under /usr/lib/postgresql"
    if importlib.util.find_spec("psycopg") is None:
        return "psycopg is not installed"
    if os.geteuid() == 0 and "postgres" not in {each.pw_name for each in pwd.getpwall()}:
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


OWNER = "postgres" if os.geteuid() == 0 else None  # PostgreSQL does not run as root


@contextlib.contextmanager
def running_postgresql() -> Iterator[str]:
    """A server of our own on a private socket; the URL of its database."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    data, control = folder / "data", [str(PROGRAMS[-1] / "pg_ctl")]
    if OWNER:
        shutil.chown(folder, "postgres")
    initdb = "-A trust -U postgres -E UTF8 --no-sync --locale=C"
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    try:
        run([*control, "initdb", "-s", "-D", str(data), "-o", initdb])
        run([*control, "start", "-s", "-w", "-D", str(data), "-o", options, "-l", f"{folder}/log"])
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        run([*control, "stop", "-s", "-m", "immediate", "-D", str(data)])
    finally:
        shutil.rmtree(folder)


def run(command: list[str]) -> None:
    """Run a command as the user that PostgreSQL may run as, and show what it said if it fails."""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        timeout=60,
        user=OWNER,
        group=OWNER,
    )
    assert not done.returncode, f"{command[0]}: {done.stdout}{done.stderr}"
