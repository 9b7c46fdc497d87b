"""The product's own processes, as a family starts them: gunicorn and the worker.

Knows their command lines and environments; secrets travel in the environment, never in arguments.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ivr.cli.processes import Child

ROOT: Final = Path(__file__).resolve().parents[2]
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "PYTHONPATH")


def kept(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what children keep of our own environment: ways and manners, no settings."""
    return {name: environment[name] for name in _KEPT if name in environment}


def web(bind: str, environment: Mapping[str, str], log: Path | None = None) -> Child:
    """Return gunicorn with our app, listening on `bind` (host:port)."""
    return Child(
        name="web",
        arguments=[
            sys.executable, "-m", "gunicorn", "--chdir", str(ROOT),
            "--config", str(ROOT / "config" / "gunicorn.py"), "wsgi:app",
        ],
        environment={**environment, "IVR_BIND": bind},
        ready=f"http://{bind}/readyz",
        log=log,
    )  # fmt: skip


def worker(
    environment: Mapping[str, str], log: Path | None = None, *, name: str = "worker"
) -> Child:
    """Return one worker."""
    return Child(
        name=name,
        arguments=[sys.executable, "-m", "ivr", "worker"],
        environment=environment,
        log=log,
    )
