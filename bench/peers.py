"""What a user would pick instead, doing the nearest thing that it can, on the same core in the same run.

Knows how each peer is started and asked. Each is as its documentation installs it, on the product's
own gunicorn settings where it is Python, with a store of its own and without log lines.
"""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp

from bench.load import post, post_form, replay
from bench.rounds import CONNECTIONS, MICRO, ask, gunicorn_environment
from bench.servers import Server, start
from bench.world import ROOT
from ivr.cli.demo import free_port

BENCH = ROOT / "bench"
_TOKENS = 25
_SECRET = base64.b32encode(b"12345678901234567890").decode()
_NUMBERS = itertools.count(10_000_000)
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One peer: what it does, and what the product does besides."""

    name: str
    title: str
    does: str
    lacks: str
    steps: tuple[str, ...]
    run: Callable[[Server, Path], Callable[[int], dict[str, float]]]
    serve: Callable[[Path], Server]


def _django(name: str) -> Callable[[Path], Server]:
    def serve(folder: Path) -> Server:
        port = free_port()
        environment = {
            **gunicorn_environment(port),
            "PEER": name,
            "PEER_DATABASE": str(folder / f"{name}.sqlite"),
        }
        command = [
            str(BENCH / ".venv-django" / "bin" / "python"), "-m", "gunicorn",
            "--chdir", str(BENCH / "peers"), "--config", str(ROOT / "config" / "gunicorn.py"),
            "django_peer:app",
        ]  # fmt: skip
        return start(name, port, command, environment, ready="/ready", folder=folder)

    return serve


def _node(folder: Path) -> Server:
    port = free_port()
    node = shutil.which("node")
    if not node or not (BENCH / "better-auth" / "node_modules").exists():
        raise FileNotFoundError("node, or what npm installs")
    command = [node, str(BENCH / "better-auth" / "server.mjs")]
    environment = {"PORT": str(port), "NODE_ENV": "production"}
    return start("better-auth", port, command, environment, ready="/ready", folder=folder)


def _cost(server: Server, requests: list[bytes], status: int) -> float:
    before = server.cpu()
    replay(server.port, requests, len(requests), status, connections=CONNECTIONS)
    return (server.cpu() - before) / len(requests) * MICRO


def _numbers(count: int) -> list[str]:
    return [f"+8190{next(_NUMBERS):08d}" for _ in range(count)]


def _rows(folder: Path, name: str, query: str) -> dict[str, Any]:
    with closing(sqlite3.connect(folder / f"{name}.sqlite")) as found:
        return {row[0]: row[1:] for row in found.execute(query)}


def _phone_verify(server: Server, folder: Path) -> Callable[[int], dict[str, float]]:
    def once(count: int) -> dict[str, float]:
        numbers = _numbers(count)
        asked = [
            post("/api/phone/register", JSON, _json(phone_number=number)) for number in numbers
        ]
        first = _cost(server, asked, 200)
        codes = _rows(
            folder,
            "phone_verify",
            "SELECT phone_number, security_code, session_token FROM sms_verification",
        )
        typed = [
            post(
                "/api/phone/verify",
                JSON,
                _json(
                    phone_number=each, security_code=codes[each][0], session_token=codes[each][1]
                ),
            )
            for each in numbers
        ]
        return {"register": first, "verify": _cost(server, typed, 200)}

    return once


def _passwordless(server: Server, folder: Path) -> Callable[[int], dict[str, float]]:
    def once(count: int) -> dict[str, float]:
        numbers = _numbers(count)
        first = _cost(
            server, [post("/auth/mobile/", JSON, _json(mobile=number)) for number in numbers], 200
        )
        codes = _rows(
            folder,
            "passwordless",
            'SELECT to_alias, "key" FROM drfpasswordless_callbacktoken WHERE is_active',
        )
        typed = [
            post("/auth/token/", JSON, _json(mobile=each, token=codes[each][0])) for each in numbers
        ]
        return {"mobile": first, "token": _cost(server, typed, 200)}

    return once


def _two_factor(server: Server, _: Path) -> Callable[[int], dict[str, float]]:
    def once(count: int) -> dict[str, float]:
        form = {"CallSid": "CA" + "5" * 32, "Digits": "1", "From": "+81345678900"}
        said = [
            post_form("/twilio/inbound/two_factor/123456/?locale=en", {}, form)
            for _ in range(count)
        ]
        return {"call view": _cost(server, said, 200)}

    return once


def _better_auth(server: Server, _: Path) -> Callable[[int], dict[str, float]]:
    def once(count: int) -> dict[str, float]:
        numbers = _numbers(count)
        asked = [
            post("/api/auth/phone-number/send-otp", JSON, _json(phoneNumber=number))
            for number in numbers
        ]
        first = _cost(server, asked, 200)
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/codes") as answer:
            codes: dict[str, str] = json.load(answer)
        typed = [
            post("/api/auth/phone-number/verify", JSON, _json(phoneNumber=each, code=codes[each]))
            for each in numbers
        ]
        return {"send-otp": first, "verify": _cost(server, typed, 200)}

    return once


def _privacyidea_serve(folder: Path) -> Server:
    port, own = free_port(), folder / "privacyidea"
    own.mkdir()
    python = BENCH / ".venv-privacyidea" / "bin" / "python"
    environment = {**gunicorn_environment(port), "PEER_FOLDER": str(own), "HOME": str(own)}
    command = [
        str(python), "-m", "gunicorn", "--chdir", str(BENCH / "peers"),
        "--config", str(ROOT / "config" / "gunicorn.py"), "privacyidea_peer:app",
    ]  # fmt: skip
    return start("privacyidea", port, command, environment, ready="/ready", folder=folder)


def _privacyidea(server: Server, _: Path) -> Callable[[int], dict[str, float]]:
    counter = itertools.count()

    def once(count: int) -> dict[str, float]:
        most, at = min(count, _TOKENS), next(counter)
        serials = [f"PEER{number:04d}" for number in range(most)]
        asked = [
            post_form("/validate/check", {}, {"serial": each, "pass": "1234"}) for each in serials
        ]
        first = _cost(server, asked, 200)
        answers = {each: _validate(server, {"serial": each, "pass": "1234"}) for each in serials}
        password = pyotp.HOTP(_SECRET).at(at)
        typed = [
            post_form(
                "/validate/check",
                {},
                {"serial": each, "transaction_id": answers[each], "pass": password},
            )
            for each in serials
        ]
        return {"challenge": first, "check": _cost(server, typed, 200)}

    return once


def _validate(server: Server, form: Mapping[str, str]) -> str:
    _, _, body = ask(server.port, post_form("/validate/check", {}, form))
    return str(json.loads(body)["detail"]["transaction_id"])


def _json(**members: str) -> bytes:
    return json.dumps(members).encode()


PEERS = (
    Peer(
        name="phone_verify", title="django-phone-verify", steps=("register", "verify"),
        does="makes a code, keeps it in SQL, takes it back; failed attempts are counted",
        lacks="no call, no signature, no idempotency, the code in clear in the database",
        run=_phone_verify, serve=_django("phone_verify"),
    ),
    Peer(
        name="passwordless", title="drfpasswordless", steps=("mobile", "token"),
        does="makes a code for a number, and a login token for the code",
        lacks="no call, no limit of tries, no idempotency, the code in clear in the database",
        run=_passwordless, serve=_django("passwordless"),
    ),
    Peer(
        name="better_auth", title="better-auth phoneNumber (node)", steps=("send-otp", "verify"),
        does="makes a code, kept in the process's memory; on verify a user and a session",
        lacks="no call, no shared store, nothing on disk",
        run=_better_auth, serve=_node,
    ),
    Peer(
        name="two_factor", title="django-two-factor-auth, call view", steps=("call view",),
        does="renders TwiML with the code, which is in the URL",
        lacks="no state, no signature check, no consent, nothing is counted",
        run=_two_factor, serve=_django("two_factor"),
    ),
    Peer(
        name="privacyidea", title="privacyIDEA, leanest", steps=("challenge", "check"),
        does="a HOTP token by challenge and response, its key encrypted; policies, failures counted",
        lacks="audit and signed answers are switched off here; no voice",
        run=_privacyidea, serve=_privacyidea_serve,
    ),
)  # fmt: skip


@dataclass
class PeerCosts:
    """CPU in us per request, round by round, by peer and step; what could not be started says why."""

    found: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    stumbled: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, costs: Mapping[str, float]) -> None:
        """Note one round of one peer."""
        for step, cost in costs.items():
            self.found.setdefault(name, {}).setdefault(step, []).append(cost)


def served(folder: Path, absent: dict[str, str]) -> Iterator[tuple[Peer, Server]]:
    """Start each peer that can be."""
    for peer in PEERS:
        try:
            yield peer, peer.serve(folder)
        except (FileNotFoundError, SystemExit, subprocess.SubprocessError) as error:
            absent[peer.name] = str(error)


def compare_peers(folder: Path, rounds: int, count: int) -> PeerCosts:
    """Measure every peer, round after round; the first round warms up."""
    costs = PeerCosts()
    running = list(served(folder, costs.absent))
    try:
        steps = [(peer, peer.run(server, folder)) for peer, server in running]
        for number in range(rounds + 1):
            for peer, once in steps:
                try:
                    found = once(count)
                except (SystemExit, KeyError) as error:  # a peer that stumbles stops nobody else
                    costs.stumbled[peer.name] = costs.stumbled.get(peer.name, 0) + 1
                    print(f"bench: {peer.title}: {error}", file=sys.stderr)
                    continue
                if number:
                    costs.add(peer.name, found)
    finally:
        for _, server in running:
            server.stop()
    return costs
