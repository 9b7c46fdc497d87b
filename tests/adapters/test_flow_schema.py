import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from ivr.adapters.flows.schema import schema
from ivr.cli.flow import command

ROOT = Path(__file__).parents[2]
SHIPPED = sorted([*ROOT.glob("callflows/*.yaml"), *ROOT.glob("callflows/parts/*.yaml")])
GOOD = sorted(ROOT.glob("tests/callflows/good/*.yaml"))
BROKEN = sorted(ROOT.glob("tests/callflows/broken/*.yaml"))
VALIDATOR = Draft202012Validator(schema())
REFUSED = {
    "another-language-unknown",
    "answer-at-a-key",
    "answer-not-said",
    "ask-without-on",
    "bad-step-name",
    "consent-by-language-key",
    "consent-by-nine",
    "consent-by-silence",
    "empty-text",
    "hash-while-keying-in",
    "inbound-with-a-purpose",
    "include-not-a-list",
    "key-while-keying-in",
    "language-without-words",
    "markup",
    "missing-field",
    "no-is-a-language",
    "no-not-me",
    "no-not-me-while-keying-in",
    "no-way-on",
    "not-a-table",
    "number-for-a-text",
    "on-without-ask",
    "placeholder-with-wrong-reading",
    "placeholder-without-reading",
    "repeat-in-words",
    "repeat-too-often",
    "silence-not-said",
    "step-that-does-nothing",
    "steps-as-a-list",
    "target-without-then",
    "text-as-a-list",
    "two-ways-on",
    "unclosed-brace",
    "unknown-field",
    "unknown-field-of-flow",
    "unknown-key",
    "unknown-keys",
    "unknown-language",
    "unknown-mode",
    "unknown-outcome",
    "unknown-pace",
    "unknown-placeholder",
    "unknown-purpose",
    "unknown-voice",
    "via-without-repeat",
    "voice-of-another-locale",
    "wait-too-long",
    "wait-too-short",
    "wait-without-unit",
    "warning-without-say",
    "yes-for-true",
}
"""What is wrong by its form. The others need the whole flow, its files or its words."""


class _Core(yaml.SafeLoader):
    """YAML as editors read it, by the core schema of YAML 1.2: `on` and `no` are words."""


_Core.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", "true|false", "tf"),
    ("int", "[0-9]+", "0123456789"),
    ("null", "null|~|", ["n", "~", ""]),
):
    _Core.add_implicit_resolver(
        f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first)
    )


def read(file: Path) -> Any:
    return json.loads(json.dumps(yaml.load(file.read_bytes(), _Core)))  # noqa: S506 - a safe loader


def complaints(file: Path) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(read(file))]


def refused() -> set[str]:
    found = set()
    for file in BROKEN:
        try:
            if complaints(file):
                found.add(file.stem)
        except (yaml.YAMLError, ValueError):
            continue
    return found


def test_the_schema_is_one_by_the_metaschema() -> None:
    Draft202012Validator.check_schema(schema())


def test_the_published_schema_is_the_one_that_the_command_prints() -> None:
    printed = CliRunner().invoke(command, ["schema"]).output
    assert (ROOT / "docs" / "call-flow.schema.json").read_text(encoding="utf-8") == printed


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_file_names_the_schema_and_is_accepted(file: Path) -> None:
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", file.read_text(encoding="utf-8"))
    assert named, f"{file.name} begins with the comment that names the schema"
    assert (file.parent / named[1]).resolve() == ROOT / "docs" / "call-flow.schema.json"
    assert complaints(file) == []


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)
def test_an_odd_but_good_flow_is_accepted(file: Path) -> None:
    assert complaints(file) == []


def test_it_refuses_what_the_form_alone_tells() -> None:
    assert refused() >= REFUSED
