"""The product and its floor under other servers: the same app, unchanged, each against its own floor."""

from __future__ import annotations

from contextlib import ExitStack

from bench.kinds import BY_NAME
from bench.rounds import Answers, Costs, Stage, floor, floored, gunicorn, ours
from bench.world import ROOT

PYTHON = ROOT / "bench" / ".venv-servers" / "bin" / "python"
GRANIAN = (
    str(PYTHON), "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}",
    "--workers", "1", "--blocking-threads", "16", "--no-ws", "--log-level", "warning",
)  # fmt: skip
SERVERS = {
    "gunicorn gthread": (
        gunicorn(str(PYTHON), "wsgi:app", ROOT),
        gunicorn(str(PYTHON), "bench.floor:app", ROOT),
    ),
    "gunicorn gevent": (
        gunicorn(str(PYTHON), "wsgi:app", ROOT, "-k", "gevent"),
        gunicorn(str(PYTHON), "bench.floor:app", ROOT, "-k", "gevent"),
    ),
    "granian": (
        [*GRANIAN, "--working-dir", str(ROOT), "wsgi:app"],
        [*GRANIAN, "--working-dir", str(ROOT), "bench.floor:app"],
    ),
}


def under_other_servers(stage: Stage, answers: Answers, rounds: int, count: int) -> Costs:
    """Measure a hook turn and its floor under each server, round after round."""
    costs, kind = Costs(), BY_NAME["hook"]
    with ExitStack() as stack:
        running = []
        for name, (product, bare) in SERVERS.items():
            short = name.replace(" ", "-")
            running.append((name, ours(stage, product, name=short)))
            stack.callback(running[-1][1].stop)
            running.append((f"{name} floor", floor(stage, answers, bare, name=f"{short}-floor")))
            stack.callback(running[-1][1].stop)
        for number in range(rounds + 1):
            for name, server in running:
                requests = stage.requests.batch(kind, count)
                if name.endswith("floor"):
                    requests = floored(requests[:200], kind.name, kind.trips)
                measured = stage.measure(server, requests, count, kind.status)
                if number:
                    costs.add(name, *measured)
    stage.clear()
    return costs
