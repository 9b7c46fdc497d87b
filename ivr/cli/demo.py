"""`ivr demo`: the whole product on this machine, with a telephone in the browser.

Everything is on loopback, every secret is made for this run, and nothing is left behind: the
processes end with this one, `kill -9` included.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click
import tomlkit

from ivr.adapters.client_file import add_client
from ivr.adapters.embedded_server import EmbeddedServer
from ivr.adapters.kept_process import Command, KeptProcess
from ivr.cli.children import ROOT, kept, web, worker
from ivr.cli.client import webhook_text
from ivr.cli.keys import new_key, new_master_key
from ivr.cli.main import read_env_file
from ivr.cli.played_desks import open_desks
from ivr.cli.processes import Child, Family
from ivr.service.tokens import webhook_secrets
from ivr.settings import Settings, read_settings

_BANK: Final = "honnin"
_CLIENT: Final = "honnin-linking"
_SPEED: Final = 20.0
SECRETS: Final = "secrets.env"
_LOOK_SECONDS: Final = 0.1
_PLAYED_LIMITS: Final = {"calls_to_number_per_hour": 60, "calls_to_number_per_day": 200}


@click.command("demo")
@click.option(
    "--port",
    default=8600,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Where the page is.",
)
@click.option(
    "--auto",
    is_flag=True,
    help="No browser: play the scenes by themselves, in scaled time, and check every verdict.",
)
@click.option(
    "--speed",
    type=click.FloatRange(1, 50),
    help=f"How many times faster than real time the telephone network runs; 1, and {_SPEED:g} with --auto.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the state in this folder, so that a demo that was killed goes on.",
)
def command(port: int, speed: float | None, data: Path | None, *, auto: bool) -> None:
    """Show the product on this machine: wallet, bank, telephone, and the thief who has all but the phone.

    Nothing leaves this machine: the telephone network is simulated, on loopback.
    """
    check_port(port)
    fast = speed or (_SPEED if auto else 1.0)
    with _folder(data) as folder, Family() as family:
        stage = set_up(family, folder, port=port, speed=fast)
        if auto:
            sys.exit(_play(family, stage, fast))
        click.echo(f"\n  Open {stage.page} in your browser. Ctrl-C ends everything.\n")
        click.echo(f"  The API for banks: {stage.api}/docs; README.md has a walk by curl, with:")
        click.echo(f"  . {folder / SECRETS}")
        click.echo(f"  A story: .venv/bin/ivr --env-file {folder / SECRETS} verification show ID\n")
        try:
            family.wait()
        except KeyboardInterrupt:
            click.echo("Ending.")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A running demo: the product's address and settings, the page, and the sample bank's API key."""

    api: str
    page: str
    environment: Mapping[str, str] = field(repr=False)
    key: str = field(repr=False)


def check_port(port: int) -> None:
    """Refuse a port that somebody else listens on, and say what to do."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} is taken by another program. Choose another: make demo PORT={port + 1}"
            ) from error


def set_up(family: Family, folder: Path, *, port: int, speed: float) -> Stage:
    """Start server, web, worker and simulator in `folder`; return when all are ready."""
    copy_configuration(folder)
    open_desks(folder / "config")
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    server = EmbeddedServer(folder / "valkey")
    server.start()
    family.adopt("valkey", server)
    api, page = f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{port}"
    environment = _environment(folder, api, page, server.url)
    settings = read_settings(environment)
    key = _add_client(settings, page)
    with (folder / SECRETS).open("a", encoding="utf-8") as file:
        file.write(f"HONNIN_API={api}\nHONNIN_API_KEY={key}\n")
    product = {**kept(os.environ), **environment}
    stage = Stage(api=api, page=page, environment=product, key=key)
    family.start(
        web(urlsplit(api).netloc, product, logs / "web.log"),
        worker(product, logs / "worker.log"),
        _simulator(settings, stage, speed, logs / "simulator.log"),
    )
    return stage


def copy_configuration(folder: Path) -> None:
    """Copy the configuration that ships, so that a run changes nothing in it; a copy that is there stays.

    The clients begin anew: each run makes its own key. Whoever plays may be called more often.
    """
    if not (folder / "config").exists():
        shutil.copytree(ROOT / "config", folder / "config")
        limits = folder / "config" / "limits.toml"
        document = tomlkit.parse(limits.read_text(encoding="utf-8"))
        document["default"].update(_PLAYED_LIMITS)
        limits.write_text(tomlkit.dumps(document), encoding="utf-8")
    shutil.copy(ROOT / "config" / "clients.toml", folder / "config")


def _environment(folder: Path, api: str, page: str, redis_url: str) -> dict[str, str]:
    """Return the product's settings; secrets are made once for a folder and kept in it."""
    path = folder / SECRETS
    made = read_env_file(path) if path.exists() else {}
    secret = {
        "IVR_MASTER_KEYS": new_master_key(),
        "IVR_LASTING_KEY": new_key(),
        "IVR_CARRIER_ACCOUNT": f"AC{secrets.token_hex(16)}",
        "IVR_CARRIER_TOKENS": secrets.token_hex(16),
    }
    environment = {
        **secret,
        **{name: made[name] for name in secret if name in made},
        "IVR_ALLOW_HTTP": "yes",
        "IVR_PUBLIC_URL": api,
        "IVR_CARRIER_URL": page,
        "IVR_REDIS_URL": redis_url,
        "IVR_CONFIG": str(folder / "config"),
        "IVR_CALLFLOWS": str(ROOT / "callflows"),
        "IVR_DATA": str(folder),
        "IVR_WEB_PROCESSES": "2",
    }
    path.touch(mode=0o600)
    path.write_text(
        "".join(f"{name}={value}\n" for name, value in environment.items()), encoding="utf-8"
    )
    return environment


def _add_client(settings: Settings, page: str) -> str:
    """Add the sample bank's linking backend to this run's own copy of the configuration; return its key."""
    wanted = {
        "bank": _BANK,
        "scopes": ["read", "verify"],
        "callback_prefixes": [page],
        "source_addresses": [],
        "private_callbacks": True,
    }
    return add_client(settings.clients_file, _CLIENT, wanted)


def _simulator(settings: Settings, stage: Stage, speed: float, log: Path) -> Child:
    numbers = [bank.caller_number for bank in settings.banks.values()]
    callback = " ".join(webhook_text(each) for each in webhook_secrets(settings.keyring, _CLIENT))
    environment = {
        "SIM_PORT": str(urlsplit(stage.page).port),
        "SIM_ACCOUNT_SID": settings.carrier.account,
        "SIM_AUTH_TOKEN": settings.carrier.tokens[0],
        "SIM_SPEED": str(speed),
        "SIM_VOICE_URLS": " ".join(f"{number}={stage.api}/hooks/inbound" for number in numbers),
        "SIM_API_URL": stage.api,
        "SIM_API_KEY": stage.key,
        "SIM_CALLBACK_SECRETS": callback,
        "SIM_PUBLIC_URL": stage.page,
    }
    return Child(
        name="simulator",
        arguments=[sys.executable, "-m", "ivr.simulator"],
        environment={**kept(os.environ), **environment},
        ready=f"{stage.page}/sim/phones",
        log=log,
    )


def _play(family: Family, stage: Stage, speed: float) -> int:
    """Play the scenes and return their exit code; they end with us, and we with them."""
    settings = {"SIM_API_URL": stage.api, "SIM_PUBLIC_URL": stage.page, "SIM_SPEED": str(speed)}
    story = KeptProcess(
        Command(
            arguments=[sys.executable, "-m", "ivr.simulator.story"],
            environment={**kept(os.environ), **settings},
            output=sys.stdout.fileno(),
        )
    )
    try:
        while (code := story.poll()) is None:
            family.wait(_LOOK_SECONDS)
    finally:
        story.stop()
    return code


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """Yield a private folder; one of our own goes at the end."""
    folder = data.absolute() if data else Path(tempfile.mkdtemp(prefix="honnin-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    try:
        yield folder
    finally:
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
