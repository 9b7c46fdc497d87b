"""How gunicorn serves the web processes. Addresses, processes and threads come from the environment."""

import os
from pathlib import Path
from typing import Any

bind = [os.environ.get("IVR_BIND") or "127.0.0.1:8000"]
counted = None
if "IVR_METRICS_BIND" in os.environ:
    from ivr.adapters.metrics_folder import MetricsFolder
    from ivr.settings.environment import read_address

    metrics = read_address(os.environ["IVR_METRICS_BIND"].strip())
    if metrics:
        host, port = metrics
        bind.append(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        counted = MetricsFolder(Path(os.environ.get("IVR_DATA") or "data")).path
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counted)  # before the library is loaded
workers = int(os.environ.get("IVR_WEB_PROCESSES", "2"))
worker_class = "ivr.adapters.gunicorn_worker.LeavingWorker"
threads = int(os.environ.get("IVR_WEB_THREADS", "16"))  # more than long_polls in ivr.toml
keepalive = 5
control_socket_disable = True  # leaves a folder in the user's home, and nobody asks it anything
timeout = 60
graceful_timeout = 9  # whoever stops us has given up after 10
drain = int(os.environ.get("IVR_WEB_DRAIN_SECONDS") or "0")
max_requests = 0
limit_request_line = 2048
limit_request_fields = 50
limit_request_field_size = 4096
accesslog = None  # the product logs for itself: addresses of hooks hold tokens
errorlog = "-"
loglevel = "warning"


def post_worker_init(worker: Any) -> None:
    """Say for how long newcomers are still answered by a process that leaves."""
    worker.drain_seconds = drain


def child_exit(_server: Any, worker: Any) -> None:
    """Let go of what a process that has ended held; what it counted stays."""
    for gauge in counted.glob(f"gauge_live*_{worker.pid}.db") if counted else ():
        gauge.unlink(missing_ok=True)
