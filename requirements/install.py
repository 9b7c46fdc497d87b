"""Fill a virtual environment from a hashed lock file, so that it is either whole or not there.

Knows: the order of the steps, and how to tell a whole environment from a half-made one.
Does not know: what is in the lock files, nor who made them. Needs only the standard library.

Usage: install.py ENVIRONMENT LOCK [PROJECT]

With PROJECT, the project in that folder is added as an editable install, from what is
already there and without a download. Nothing is done when nothing has changed.
"""

import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

UNFINISHED = ".unfinished"
PLACE = ".place"  # holds the path: an environment that was moved does not run
FOUND = ("Collecting ", "Processing ", "Requirement already satisfied: ")  # pip's words


def main(arguments: list[str]) -> int:
    """Make ENVIRONMENT hold what LOCK names; give the exit code."""
    environment, lock = Path(arguments[0]).absolute(), Path(arguments[1]).absolute()
    project = Path(arguments[2]).absolute() if arguments[2:] else None
    if not _can_make_environments():
        return 1
    with Path(f"{environment}.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        wanted = _digest(lock, project)
        if _is_whole(environment) and wanted == _read(_stamp(environment, lock)):
            return 0
        try:
            _fill(environment, lock, project)
        except subprocess.CalledProcessError as failed:
            say(f"Installing stopped: {failed.cmd[-1]} could not be installed (see above).")
            return 1
        _stamp(environment, lock).write_text(wanted, encoding="utf-8")
        (environment / UNFINISHED).unlink()
    return 0


def say(line: str) -> None:
    """Tell the person at the terminal, at once."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _can_make_environments() -> bool:
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return True
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    say(f"{sys.executable} cannot make virtual environments: its venv or ensurepip is missing.")
    say(f"On Debian and Ubuntu: apt-get install python{version}-venv")
    say("Or name another Python: make demo PYTHON=/path/to/python3")
    return False


def _is_whole(environment: Path) -> bool:
    """Tell whether it was finished, in this place, with a Python that is still there."""
    return (
        _read(environment / PLACE) == str(environment)
        and not (environment / UNFINISHED).exists()
        and (environment / "bin" / "python").exists()
    )


def _digest(lock: Path, project: Path | None) -> str:
    facts = hashlib.sha256(lock.read_bytes())
    facts.update(repr(sys.version_info[:2]).encode())
    if project:
        described = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
        facts.update(repr(described["project"]).encode())
    return facts.hexdigest()


def _stamp(environment: Path, lock: Path) -> Path:
    return environment / f".{lock.name}.stamp"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _fill(environment: Path, lock: Path, project: Path | None) -> None:
    if not _is_whole(environment) or not _is_of_this_python(environment):
        say(f"Making {environment.name} with Python {sys.version.split()[0]}.")
        shutil.rmtree(environment, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(environment))
        (environment / UNFINISHED).touch()
        (environment / PLACE).write_text(str(environment), encoding="utf-8")
    (environment / UNFINISHED).touch()
    say(f"Installing what {lock.name} names, each file checked by its hash.")
    pip = (str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check")
    install = (*pip, "install", "--no-input", "--no-deps")
    _run_counting(*install, "--require-hashes", "--only-binary=:all:", "--requirement", str(lock))
    if project:
        quietly = (*install, "--quiet", "--no-index", "--no-build-isolation")
        _run(*quietly, "--editable", str(project))


def _is_of_this_python(environment: Path) -> bool:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return (environment / "lib" / version).is_dir()


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def _run_counting(*command: str) -> None:
    """Run pip, and show on a terminal how far it is."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        count = 0
        for line in process.stdout or ():
            count += line.startswith(FOUND)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\033[K{count:4}  {line.rstrip()[:70]}")
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    say(f"{count} packages are in place.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
