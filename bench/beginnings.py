"""How quickly things begin, and how large processes are: the command, a web process, a worker, a call."""

from __future__ import annotations

import json
import os
import secrets
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from bench.kinds import BY_NAME
from bench.load import post
from bench.rounds import Stage, ask, floor, ours
from bench.servers import Server, family_of
from bench.world import ROOT, World, body_of, create_world

COMMAND = str(Path(sys.executable).with_name("ivr"))


def beginnings(
    stage: Stage, answers: Mapping[str, Mapping[str, object]], calls: int
) -> dict[str, float]:
    """Return milliseconds and MiB, by what they are of."""
    found = {"ivr --version, ms": statistics.median(_command() for _ in range(5))}
    stage.client.flushall()  # a store is of one house
    own = create_world(stage.folder / "small", stage.store.url, accounts=max(calls + 1, 100))
    small = Stage(
        folder=stage.folder,
        store=stage.store,
        client=stage.client,
        world=own,
        requests=stage.requests,
    )
    began = time.monotonic()
    web = ours(small, name="small")
    bare = floor(stage, answers, name="bare")
    with Heard() as carrier:
        worker = start_worker(own, carrier.port, stage.folder)
        try:
            found["web process ready, ms"] = (time.monotonic() - began) * 1000
            first = time.monotonic()
            ask(web.port, _start(own, 0))
            found["first request, ms"] = (time.monotonic() - first) * 1000
            for kind in ("hook", "poll"):
                ask(bare.port, b"GET /floor/%s/1 HTTP/1.1\r\nHost: x\r\n\r\n" % kind.encode())
            found["web process, MiB"] = _resident(web)
            found["bare Flask, MiB"] = _resident(bare)
            found["call after the API's answer, ms"] = _call_delay(web, own, carrier, calls)
            found["worker, MiB"] = _resident(worker)
        finally:
            for each in (worker, bare, web):
                each.stop()
            stage.client.flushall()
    return found


def _command() -> float:
    began = time.monotonic()
    subprocess.run([COMMAND, "--version"], check=True, capture_output=True)
    return (time.monotonic() - began) * 1000


def _resident(server: Server) -> float:
    """Return the resident set of its largest process in MiB."""
    sizes = []
    for pid in family_of(server.process.pid):
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        sizes.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
    return max(sizes)


class Heard:
    """A carrier's REST API that takes every call and notes when it was asked."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.times: dict[str, float] = {}
        heard = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                at = time.monotonic()
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                for field in form.split("&"):
                    if field.startswith("Url="):
                        heard.times[field.split("%2F")[4]] = at
                answer = json.dumps(
                    {"sid": f"CA{secrets.token_hex(16)}", "status": "queued"}
                ).encode()
                self.send_response(201)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def start_worker(world: World, carrier: int, folder: Path, name: str = "worker") -> Server:
    """Start a worker; a port that nobody asks stands for its address."""
    environment = {
        **world.environment,
        "IVR_CARRIER_URL": f"http://127.0.0.1:{carrier}",
        "PYTHONPATH": str(ROOT),
    }
    log = folder / f"{name}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "ivr", "worker"],
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    while b"worker_started" not in log.read_bytes():
        if process.poll() is not None:
            raise SystemExit(f"bench: the worker did not start:\n{log.read_text(encoding='utf-8')}")
        time.sleep(0.02)
    return Server(name=name, port=0, process=process)


def _start(world: World, number: int) -> bytes:
    headers = {
        "Authorization": f"Bearer {world.key}",
        "Idempotency-Key": secrets.token_hex(16),
        "Content-Type": "application/json",
    }
    return post("/v1/verifications", headers, body_of(f"101-{number:07d}"))


def _call_delay(web: Server, world: World, carrier: Heard, calls: int) -> float:
    """Return the median time from the API's answer to the carrier's being asked, in ms."""
    delays = []
    for number in range(1, calls + 1):
        status, _, body = ask(web.port, _start(world, number))
        answered = time.monotonic()
        if status != BY_NAME["start"].status:
            raise SystemExit(f"bench: a start was answered with {status}: {body!r}")
        found = json.loads(body)["id"]
        while found not in carrier.times:
            if time.monotonic() > answered + 5:
                raise SystemExit("bench: no call was placed within five seconds")
            time.sleep(0.0005)
        delays.append(max(0.0, carrier.times[found] - answered) * 1000)
        time.sleep(0.05)
    return statistics.median(delays)
