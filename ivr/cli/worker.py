"""`ivr worker`: one worker, until it is told to stop."""

from __future__ import annotations

import click

from ivr.worker import run_worker


@click.command("worker")
def command() -> None:
    """Run one worker: place calls, deliver callbacks, apply deadlines, archive stories.

    Needs IVR_REDIS_URL. Run as many as you like; SIGTERM lets it finish what it has begun.
    """
    run_worker()
