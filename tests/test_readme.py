"""What the README and the pages under docs/ say is so: the picture, the settings, the commands, the links."""

import re
from pathlib import Path

import click
import pytest

from ivr.cli.main import cli
from ivr.cli.states import picture

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
RUNNING = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/*.md"))]


def test_the_picture_is_the_one_that_the_table_prints() -> None:
    assert f"```mermaid\n{picture()}\n```" in API


def test_every_variable_that_is_read_is_explained() -> None:
    sources = [*ROOT.glob("ivr/**/*.py"), ROOT / "config" / "gunicorn.py"]
    read = {
        name
        for source in sources
        for name in re.findall(r'"(IVR_[A-Z_]+[A-Z])"', source.read_text(encoding="utf-8"))
    }
    assert read
    assert {name for name in read if f"`{name}`" not in RUNNING} == set()


def test_every_command_is_listed() -> None:
    names = cli.list_commands(click.Context(cli))
    assert {name for name in names if f"`ivr {name}" not in RUNNING} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"\]\(((?!http)[^)#]+)", page.read_text(encoding="utf-8"))
    assert {name for name in named if not (page.parent / name).exists()} == set()


def test_every_module_of_the_walks_is_there() -> None:
    walks = re.findall(r"`((?:\w+/)+\w+\.py)`", README)
    assert walks
    roots = (ROOT, ROOT / "ivr")
    assert {name for name in walks if not any((root / name).exists() for root in roots)} == set()


def test_every_page_is_in_the_readmes_list() -> None:
    assert {page.name for page in PAGES if f"]({page.relative_to(ROOT)})" not in README} == {
        "README.md"
    }
