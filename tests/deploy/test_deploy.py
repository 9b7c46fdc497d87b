"""What deploy/ says is so: metrics, settings, paths and commands that it names exist.

No container engine and no Grafana run here: their files are read, and what they name is looked for. promtool
and systemd-analyze check theirs where they are installed.
"""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ivr.adapters.prometheus_looks import ReleasesInForce, Waiting
from ivr.adapters.prometheus_meter import PrometheusMeter
from ivr.adapters.redis_backlog import Backlog, RedisBacklog

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
RUNNING = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
DASHBOARD = json.loads((DEPLOY / "grafana" / "honnin.json").read_text(encoding="utf-8"))
ALERTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
COMPOSE = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (DEPLOY / "container" / "Dockerfile").read_text(encoding="utf-8")
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
_SERIES = re.compile(r"\b(up|honnin_\w+)(?:\{([^}]*)\})?")
_LABEL = re.compile(r'(\w+)\s*[=!]~?\s*"')
_BY = re.compile(r"\bby \(([^)]*)\)")


class Empty(RedisBacklog):
    def __init__(self) -> None:
        """Look at no store."""

    def read(self) -> Backlog:
        return Backlog(0, 0.0, 0)


@pytest.fixture(scope="module")
def series() -> Mapping[str, set[str]]:
    """Every series that there is, with its labels."""
    looks = ReleasesInForce(lambda: {"*": "0" * 12}), Waiting(Empty())
    meter = PrometheusMeter(*looks)
    found = {"up": {"job", "instance"}}
    for family in meter.registry.collect():
        made = meter._own._names_to_collectors.get(family.name)
        labels = {label for sample in family.samples for label in sample.labels}
        labels |= {"job", "instance", *getattr(made, "_labelnames", ())}
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
        for end in ends.get(family.type, ("",)):
            found[family.name + end] = labels | ({"le"} if end == "_bucket" else set())
    return found


def queries() -> Iterator[str]:
    yield from (rule["expr"] for rule in RULES)
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


def test_every_metric_and_label_that_is_asked_for_exists(series: Mapping[str, set[str]]) -> None:
    for query in queries():
        named = _SERIES.findall(re.sub(r"by \([^)]*\)", "", query))
        assert named, query
        for name, selector in named:
            assert name in series, query
            assert set(_LABEL.findall(selector)) <= series[name], query
        by = {label.strip() for group in _BY.findall(query) for label in group.split(",")}
        assert by <= set().union(*(series[name] for name, _ in named)), query


def test_every_metric_is_on_the_dashboard(series: Mapping[str, set[str]]) -> None:
    asked = {name for panel in DASHBOARD["panels"] for target in panel.get("targets", ())
             for name, _ in _SERIES.findall(target["expr"])}  # fmt: skip
    families = {re.sub("_(bucket|count|sum)$", "", name) for name in series}
    assert {re.sub("_(bucket|count|sum)$", "", name) for name in asked} == families


def test_panels_do_not_overlap_and_each_says_what_it_shows() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert panel["type"] == "row" or panel["description"], panel["title"]
        taken |= cells


def test_every_alert_has_a_chapter_in_the_runbook_and_every_chapter_an_alert() -> None:
    names = {rule["alert"] for rule in RULES}
    assert names == set(re.findall(r"^## (Honnin\w+)$", RUNBOOK, re.MULTILINE))
    for rule in RULES:
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in {"page", "ticket"}


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
def test_promtool_finds_no_fault() -> None:
    for order in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        path = DEPLOY / "prometheus" / order[1]
        done = subprocess.run(
            ["promtool", "check", order[0], path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def settings_in(text: str) -> set[str]:
    return set(re.findall(r"^\s*(?:Environment=|ENV )?(IVR_\w+)\s*[=:]", text, re.MULTILINE))


@pytest.mark.parametrize("path", sorted(DEPLOY.rglob("*")), ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    if path.is_file():
        for name in settings_in(path.read_text(encoding="utf-8")):
            assert f"`{name}`" in RUNNING, name


def unit(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_start_programs_of_ours_and_are_hardened(path: Path) -> None:
    lines = unit(path)
    program, *arguments = shlex.split(lines["ExecStart"][0])
    assert (ROOT / Path(program).relative_to("/opt/honnin")).exists()
    for argument in arguments:
        if argument.startswith("/opt/honnin/"):
            assert (ROOT / Path(argument).relative_to("/opt/honnin")).exists()
    assert lines["User"] == ["honnin"]
    for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices"):
        assert lines[name] == ["yes"], name
    assert lines["ProtectSystem"] == ["strict"]
    assert lines["CapabilityBoundingSet"] == [""]
    assert int(lines["TimeoutStopSec"][0]) > 10  # gunicorn's and the worker's own grace


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_finds_no_fault(tmp_path: Path) -> None:
    for path in [*UNITS, DEPLOY / "systemd" / "honnin.target"]:
        text = path.read_text(encoding="utf-8").replace("/opt/honnin/.venv", str(ROOT / ".venv"))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *tmp_path.iterdir()],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "honnin" in line]
    assert not ours, done.stderr


def test_the_image_copies_what_is_there_and_runs_as_nobody_who_matters() -> None:
    copied = [
        source
        for line in DOCKERFILE.splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    ]
    assert copied
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert re.search(r"^USER [1-9]\d+$", DOCKERFILE, re.MULTILINE)
    command = json.loads(DOCKERFILE.splitlines()[-1].removeprefix("CMD "))
    assert (ROOT / ".venv" / "bin" / command[0]).exists()
    assert (ROOT / command[2]).exists()


def test_compose_shows_metrics_to_nobody_outside() -> None:
    services: Mapping[str, Any] = COMPOSE["services"]
    for name in ("api", "hooks", "worker"):
        service = services[name]
        assert not [port for port in service.get("ports", ()) if "9464" in port]
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert [each.partition(":")[0] for each in service["volumes"]] == [name]
    assert COMPOSE["networks"]["metrics"]["internal"]
    assert {"--appendonly", "--maxmemory-policy", "noeviction"} <= set(
        services["valkey"]["command"]
    )
    assert all(port.startswith("127.0.0.1:") for each in services.values()
               for port in each.get("ports", ()))  # fmt: skip
