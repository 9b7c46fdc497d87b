"""The web processes as wired: what each role serves, how errors leave, and what is never loaded."""

import subprocess
import sys
from pathlib import Path

import pytest
import redis
from flask import Flask

from ivr.app import create_app
from ivr.service.ports import Claim
from ivr.settings import Role
from tests.web.small_house import RingingStore, SmallHouse, small_house

START = "/v1/verifications"


def prefixes(app: Flask) -> set[str]:
    return {"/" + rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}


@pytest.mark.parametrize(
    ("role", "served", "not_served"),
    [
        (
            Role.API,
            {"/v1", "/docs", "/openapi.json", "/problems", "/.well-known"},
            {"/hooks", "/audio"},
        ),
        (
            Role.HOOKS,
            {"/hooks", "/audio"},
            {"/v1", "/docs", "/openapi.json", "/problems", "/.well-known"},
        ),
        (Role.BOTH, {"/v1", "/docs", "/hooks", "/.well-known"}, set()),
    ],
)
def test_a_role_serves_what_it_should_and_nothing_else(
    tmp_path: Path, role: Role, served: set[str], not_served: set[str]
) -> None:
    found = prefixes(small_house(tmp_path, role=role).app)
    assert served | {"/healthz", "/readyz"} <= found
    assert not found & not_served


@pytest.mark.parametrize("is_ready", [True, False])
def test_a_process_lives_whether_or_not_it_can_work(tmp_path: Path, is_ready: bool) -> None:  # noqa: FBT001 - a case
    client = create_app(small_house(tmp_path).parts, lambda: is_ready).test_client()
    assert client.get("/healthz").get_json() == {"status": "alive"}
    answer = client.get("/readyz")
    assert answer.status_code == (200 if is_ready else 503)
    assert answer.get_json() == {"status": "ready" if is_ready else "store_unavailable"}


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v2/verifications", f"{START}/", f"{START}/a/b", "//", "/favicon.ico"]
)
def test_an_unknown_address_is_a_problem(house: SmallHouse, path: str) -> None:
    answer = house.client.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.get_json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", START, "OPTIONS, POST"),
        ("PUT", f"{START}/v1", "DELETE, GET, HEAD, OPTIONS"),
        ("POST", "/healthz", "GET, HEAD, OPTIONS"),
        ("GET", "/hooks/v/1/t/ja/0", "OPTIONS, POST"),
    ],
)
def test_a_method_that_is_not_offered_is_a_problem_that_names_the_others(
    house: SmallHouse, method: str, path: str, allowed: str
) -> None:
    answer = house.client.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert answer.get_json()["code"] == "method_not_allowed"
    assert answer.headers["Allow"] == allowed


class BrokenStore(RingingStore):
    """A store with a defect, and one that is away."""

    error: Exception = RuntimeError("the secret 012345")

    def claim(self, name: bytes, verification_id: str) -> Claim:  # noqa: ARG002 - whatever is asked
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RuntimeError("the secret 012345"), 500, "internal_error"),
        (redis.ConnectionError("the secret 012345"), 503, "store_unavailable"),
        (redis.TimeoutError("the secret 012345"), 503, "store_unavailable"),
        (redis.ResponseError("the secret 012345"), 503, "store_unavailable"),
    ],
)
def test_a_failure_is_a_problem_that_says_nothing_of_itself(
    tmp_path: Path, error: Exception, status: int, code: str
) -> None:
    store = BrokenStore()
    store.error = error
    house = small_house(tmp_path, store=store)
    body = {"mode": "readout", "purpose": "link", "bank": "honnin", "wallet": "kumopay"}
    answer = house.ask("POST", START, {**body, "account": "101-1234567"})
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert "secret" not in answer.text


def loaded_by(code: str) -> set[str]:
    """The modules that are loaded once `code` has run in an interpreter of its own."""
    listing = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", listing],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    return set(done.stdout.split())


def test_the_web_processes_load_nothing_that_they_do_not_need() -> None:
    loaded = loaded_by("import ivr.app")
    assert "ivr.web.client_api" in loaded
    heavy = {
        "twilio",
        "sqlalchemy",
        "tomlkit",
        "requests",
        "miniaudio",
        "holidays",
        "numpy",
        "prometheus_client",
        "opentelemetry.exporter",
        "ivr.adapters.otel_traces",
        "ivr.worker",
        "ivr.cli",
        "ivr.simulator",
    }
    assert not {name for name in loaded if name.startswith(tuple(f"{each}." for each in heavy))}
    assert not loaded & heavy


def test_the_domain_loads_without_anything_of_the_world() -> None:
    loaded = loaded_by("import ivr.domain.verification, ivr.domain.conversation")
    assert not loaded & {"flask", "redis", "urllib3", "logging", "ivr.service", "ivr.adapters"}


def test_gunicorn_finds_the_app_in_few_lines() -> None:
    lines = (Path(__file__).parents[2] / "wsgi.py").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= 3
