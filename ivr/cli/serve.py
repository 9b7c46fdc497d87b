"""`ivr serve`: everything but the simulator, against the real carrier, on one machine."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import click

from ivr.adapters.embedded_server import EmbeddedServer
from ivr.cli.children import kept, web, worker
from ivr.cli.open_store import ADDRESS_FILE
from ivr.cli.processes import Family
from ivr.settings import Settings, read_settings


@click.command("serve")
@click.option(
    "--bind",
    default="127.0.0.1:8000",
    show_default=True,
    metavar="HOST:PORT",
    help="Where to listen; a proxy with TLS stands before it.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 16),
    help="How many workers place calls.",
)
def command(bind: str, workers: int) -> None:
    """Serve the API and the carrier's hooks, and place calls, until Ctrl-C.

    Without IVR_REDIS_URL an embedded server is started on the folder IVR_DATA. The simulator cannot
    be started from here. In production run web processes and workers by themselves: see docs/running.md.
    """
    settings = read_settings()
    with ExitStack() as stack:
        family = stack.enter_context(Family())
        environment = _environment(settings, _redis_url(settings, family, stack))
        family.start(
            web(bind, environment),
            *(
                worker({**environment, **_metrics_of(settings, number)}, name=f"worker {number}")
                for number in range(1, workers + 1)
            ),
        )
        click.echo(
            f"Serving on http://{bind}, public address {settings.public_url}. Ctrl-C ends it."
        )
        try:
            family.wait()
        except KeyboardInterrupt:
            click.echo("Ending.")


def _redis_url(settings: Settings, family: Family, stack: ExitStack) -> str:
    if settings.redis_url:
        return settings.redis_url
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    server = EmbeddedServer(settings.data_dir / "valkey")
    server.start()
    family.adopt("valkey", server)
    address = settings.data_dir / ADDRESS_FILE
    address.touch(mode=0o600)
    address.write_text(server.url, encoding="utf-8")
    stack.callback(_forget, address)
    return server.url


def _forget(address: Path) -> None:
    address.unlink(missing_ok=True)


def _metrics_of(settings: Settings, number: int) -> dict[str, str]:
    """Give each worker a metrics port of its own, upward from the one that is set."""
    if not settings.worker_metrics:
        return {}
    host, port = settings.worker_metrics
    return {"IVR_WORKER_METRICS_BIND": f"{host}:{port + number - 1}"}


def _is_ours(name: str) -> bool:
    """Tell whether a variable is for the processes; the credential of whoever starts them is not."""
    return name.startswith("IVR_") and not name.startswith("IVR_STAFF_KEY")


def _environment(settings: Settings, redis_url: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if _is_ours(name)}
    paths = {
        "IVR_CONFIG": str(settings.config_dir.resolve()),
        "IVR_CALLFLOWS": str(settings.callflows_dir.resolve()),
        "IVR_DATA": str(settings.data_dir.resolve()),
    }
    return {**kept(os.environ), **own, **paths, "IVR_REDIS_URL": redis_url}
