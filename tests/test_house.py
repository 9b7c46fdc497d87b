"""The rules of the house: which way imports point, how large a room may be, and what nothing is called."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "ivr").rglob("*.py"))
STANDARD = frozenset(sys.stdlib_module_names)
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
LONGEST_MODULE = 250
LONGEST_FUNCTION = 40
ROOMS: Mapping[str, tuple[set[str], set[str] | None]] = {
    "domain": ({"domain"}, {"msgspec", "phonenumbers", "pyotp"}),
    "service": ({"domain", "service"}, {"msgspec"}),
    "rehearsal": ({"domain", "rehearsal"}, None),
    "settings": ({"domain", "settings"}, {"holidays", "msgspec"}),
    "web": ({"domain", "service", "web"}, {"flask", "msgspec", "werkzeug"}),
    "adapters": (
        {
            "domain",
            "service.ports",
            "service.carrier_port",
            "service.gate_port",
            "service.switch_port",
            "service.release_port",
            "service.meter_port",
            "service.trace_port",
            "service.attending",
            "service.store_faults",
            "settings",
            "adapters",
        },
        None,
    ),
    "simulator": ({"simulator"}, None),
}
"""For each room: the rooms it may import, and the third-party packages (None: any)."""

UNWORLDLY = {
    "asyncio",
    "datetime.now",
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "threading",
    "time",
    "urllib.request",
}
"""What the domain does not even take from the standard library: clock, chance, files, sockets, logs."""


def name_of(path: Path) -> str:
    """The module's name: `ivr.web.twiml`, and `ivr.web` for a package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path): path for path in MODULES}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_in(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, as `package.module` or `package.module.name`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield from (f"{node.module}.{each.name}" for each in node.names)


def module_of(imported: str) -> str:
    """The module in which an imported name stands: the name itself, where it is one."""
    return imported if imported in NAMES else imported.rpartition(".")[0]


def room_of(name: str) -> str:
    return name.removeprefix("ivr").removeprefix(".").partition(".")[0]


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_inward(room: str) -> None:
    rooms, packages = ROOMS[room]
    allowed = {f"ivr.{each}" for each in rooms}
    for name, path in NAMES.items():
        if room_of(name) != room:
            continue
        for imported in imports_in(tree_of(path)):
            top = imported.partition(".")[0]
            if imported in {"ivr.__version__", "__future__.annotations"}:
                continue
            if top == "ivr":
                module = module_of(imported)
                ok = any(module == each or module.startswith(f"{each}.") for each in allowed)
                assert ok, f"{name} imports {imported}"
            elif packages is not None:
                assert top in STANDARD | packages, f"{name} imports {imported}"


def test_the_domain_takes_neither_clock_nor_chance_nor_the_world() -> None:
    for name, path in NAMES.items():
        if room_of(name) == "domain":
            for imported in imports_in(tree_of(path)):
                module = imported.rpartition(".")[0] or imported
                assert not {imported, module} & UNWORLDLY, f"{name} imports {imported}"


def test_a_process_whose_clock_is_off_decides_nothing_by_it() -> None:
    told = {
        "ivr.web.samples",  # when forged hooks were counted, for the story of the house
        "ivr.web.observation",  # how long a request took
        "ivr.logs",  # when a line was written
        "ivr.worker",  # how long work took
        "ivr.adapters.otel_traces",
        "ivr.adapters.traced",
        "ivr.adapters.sql_database",  # when staff did something, and when a release begins
        "ivr.adapters.csv_registry",  # for how many days a number has been registered
        "ivr.adapters.client_file",  # the day on which a key was made
        "ivr.cli.keys",
    }
    reads = {
        name
        for name, path in NAMES.items()
        if not name.startswith("ivr.simulator")
        and re.search(r"time\.time(_ns)?\(|datetime\.now\(|date\.today\(", path.read_text())
    }
    assert reads <= told


def test_nobody_imports_the_simulator() -> None:
    for name, path in NAMES.items():
        if room_of(name) != "simulator":
            found = [each for each in imports_in(tree_of(path)) if "ivr.simulator" in each]
            assert not found, f"{name} imports {found}"


def test_only_the_worker_loads_the_carriers_client() -> None:
    users = {
        name: set(imports_in(tree_of(path)))
        for name, path in NAMES.items()
        if room_of(name) != "simulator"
    }
    carrier = "ivr.adapters.twilio_carrier"
    assert {name for name, used in users.items() if any(carrier in each for each in used)} == {
        "ivr.worker"
    }
    assert {name for name, used in users.items() if any(e.startswith("twilio") for e in used)} == {
        carrier
    }


def test_only_the_composition_root_knows_web_and_adapters() -> None:
    root = {"ivr.app", "ivr.assembly", "ivr.instruments", "ivr.worker"}
    for name, path in NAMES.items():
        if name in root or room_of(name) in {"adapters", "simulator", "cli"}:
            continue
        assert not [each for each in imports_in(tree_of(path)) if "ivr.adapters" in each], name


def test_no_import_stands_in_a_function() -> None:
    for name, path in NAMES.items():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                assert not list(imports_in(node)), f"{name}:{node.lineno}"


def test_no_imports_go_round() -> None:
    graph = {
        name: {module_of(each) for each in imports_in(tree_of(path))} & set(NAMES) - {name}
        for name, path in NAMES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_rooms_are_small() -> None:
    for name, path in NAMES.items():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= LONGEST_MODULE, f"{name} has {lines} lines"


def test_functions_are_small() -> None:
    for name, path in NAMES.items():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                assert lines <= LONGEST_FUNCTION or holds_functions(node), (
                    f"{name}:{node.name}: {lines}"
                )


def holds_functions(node: ast.AST) -> bool:
    """Whether a function is there to hold others: a blueprint with its handlers, each counted alone."""
    inner = [each for each in ast.walk(node) if isinstance(each, ast.FunctionDef)]
    return len(inner) > 3


def test_nothing_is_called_by_a_name_that_names_nothing() -> None:
    for path in [*MODULES, *(ROOT / "tests").rglob("*.py")]:
        words = set(path.stem.split("_")) | set(path.relative_to(ROOT).parts[:-1])
        assert not words & NAMELESS, path


def test_every_module_says_what_it_knows() -> None:
    for name, path in NAMES.items():
        assert ast.get_docstring(tree_of(path)), name


def test_the_way_in_for_gunicorn_is_short() -> None:
    tree = ast.parse((ROOT / "wsgi.py").read_text(encoding="utf-8"))
    assert [type(node) for node in tree.body] == [ast.Expr, ast.ImportFrom, ast.Assign]
