"""Who may import whom."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ivr.simulator

ROOM = Path(ivr.simulator.__file__).parent
PRODUCT = ROOM.parent
ALLOWED_IN_THE_NETWORK = {"miniaudio", "ivr", "msgspec"}


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=module, level=0) if module:
                yield from (f"{module}.{name.name}" for name in node.names)
            case _:
                pass


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def test_the_simulator_imports_nothing_of_the_rest() -> None:
    for file in files(ROOM):
        ours = [name for name in imported(file) if name.split(".")[0] == "ivr"]
        assert all(name.startswith("ivr.simulator") for name in ours), file.name


def test_the_rest_imports_nothing_of_the_simulator() -> None:
    for file in files(PRODUCT):
        if not file.is_relative_to(ROOM):
            assert not [n for n in imported(file) if n.startswith("ivr.simulator")], file


@pytest.mark.parametrize("file", files(ROOM / "network"), ids=lambda file: file.stem)
def test_the_network_knows_no_web_framework(file: Path) -> None:
    names = {name.split(".")[0] for name in imported(file)}
    standard = {
        "base64", "collections", "concurrent", "contextlib", "dataclasses", "email", "enum",
        "functools", "heapq", "hmac", "http", "io", "itertools", "json", "logging", "pathlib",
        "random", "re", "threading", "time", "typing", "unicodedata", "urllib", "uuid", "wave",
        "xml",
    }  # fmt: skip
    assert names <= standard | ALLOWED_IN_THE_NETWORK
