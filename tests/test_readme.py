"""What the README says is so: its picture, its settings, its commands."""

import re
from pathlib import Path

import click

from ivr.cli.main import cli
from ivr.cli.states import picture

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_picture_is_the_one_that_the_table_prints() -> None:
    assert f"```mermaid\n{picture()}\n```" in README


def test_every_variable_that_is_read_is_explained() -> None:
    sources = [*ROOT.glob("ivr/**/*.py"), ROOT / "config" / "gunicorn.py"]
    read = {
        name
        for source in sources
        for name in re.findall(r'"(IVR_[A-Z_]+[A-Z])"', source.read_text(encoding="utf-8"))
    }
    assert read
    assert {name for name in read if f"`{name}`" not in README} == set()


def test_every_command_is_listed() -> None:
    names = cli.list_commands(click.Context(cli))
    assert {name for name in names if f"`ivr {name}" not in README} == set()


def test_every_file_it_names_is_there() -> None:
    named = re.findall(r"\]\(((?!http)[^)]+)\)", README)
    assert {name for name in named if not (ROOT / name).exists()} == set()
