"""The fields of a table, taken one by one, each with its type; what is wrong is noted with its place.

Knows types, YAML's traps of types, and how to suggest a field's right name. Does not know which
fields there are: its callers say so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Final

from ivr.adapters.flows.characters import unseen_in
from ivr.adapters.flows.faults import Faults, Mark, did_you_mean
from ivr.adapters.flows.yaml import Listing, Node, Scalar, Table

_SECONDS: Final = re.compile(r"([1-9]\d{0,2})s", re.ASCII)
_COUNT: Final = re.compile(r"([1-9]\d{0,2})", re.ASCII)
_KINDS: Final = {
    "bool": "true or false",
    "int": "a number",
    "float": "a number",
    "null": "nothing",
    "timestamp": "a date",
}


class Report:
    """Notes faults of one step, or (with `step` empty) of the flow around the steps."""

    def __init__(self, faults: Faults, step: str = "") -> None:
        self._faults = faults
        self.step = step

    def add(self, mark: Mark, reason: str, remedy: str, *, unsafe: bool = False) -> None:
        """Note a fault."""
        self._faults.add(mark, reason, remedy, step=self.step, unsafe=unsafe)

    def on(self, step: str) -> Report:
        """Return a report on a step."""
        return Report(self._faults, step)


def scalar_text(node: Node, what: str, report: Report) -> str | None:
    """Take a text or a word."""
    if not isinstance(node, Scalar):
        remedy = "write words after the colon; where they begin with { or [, in quotes"
        report.add(node.mark, f"{what} is not a text", remedy)
    elif node.kind != "str":
        if node.text in ("", "~"):
            report.add(
                node.mark, f"{what} is empty", "write words after the colon, or leave it out"
            )
        else:
            meant = _KINDS.get(node.kind, "something else")
            reason = f"{what} is {node.text}, which YAML takes for {meant}"
            report.add(node.mark, reason, f'put it in quotes: "{node.text}"')
    elif unseen := unseen_in(node.text.replace("\n", "")):
        report.add(node.mark, f"{what} holds the unseen character {unseen}", "leave it out")
    elif not node.text.strip():
        report.add(node.mark, f"{what} is empty", "write words between the quotes")
    else:
        # A letter and its accents are one sign, however the editor wrote them: Vietnamese, Hangul.
        return unicodedata.normalize("NFC", node.text)
    return None


def table_of(node: Node, what: str, report: Report) -> Table | None:
    """Take a table."""
    if isinstance(node, Table):
        return node
    report.add(node.mark, f"{what} is not a table", "write name: value, one a line, indented")
    return None


class Fields:
    """A table whose fields are known; an unknown one is noted when the table is opened."""

    def __init__(self, table: Table, what: str, known: Collection[str], report: Report) -> None:
        self.mark = table.mark
        self._what = what
        self._report = report
        self._nodes: dict[str, Node] = {}
        for key, node in table.entries:
            if key.text in known:
                self._nodes[key.text] = node
            else:
                reason = f"{what} has no field {key.text!r}"
                report.add(key.mark, reason, did_you_mean(key.text, known))

    def has(self, name: str) -> bool:
        """Tell whether the field was written."""
        return name in self._nodes

    def node(self, name: str) -> Node | None:
        """Return the field as it was read."""
        return self._nodes.get(name)

    def mark_of(self, name: str) -> Mark:
        """Return where the field's value is; where there is none, where the table is."""
        node = self._nodes.get(name)
        return node.mark if node else self.mark

    def must(self, name: str) -> Node | None:
        """Return the field; note it where it is missing."""
        if name not in self._nodes:
            self._report.add(self.mark, f"{self._what} lacks the field {name}", f"add {name}:")
        return self._nodes.get(name)

    def text(self, name: str) -> str | None:
        """Take a text that must be there."""
        node = self.must(name)
        return None if node is None else scalar_text(node, name, self._report)

    def choice(self, name: str, words: Collection[str]) -> str | None:
        """Take one of several words, which must be there."""
        word = self.text(name)
        if word is None or word in words:
            return word
        remedy = did_you_mean(word, words)
        self._report.add(self.mark_of(name), f"{name} cannot be {word!r}", remedy)
        return None

    def choices(self, name: str, words: Collection[str]) -> list[str] | None:
        """Take one of several words or a list of them, which must be there, each once."""
        node = self.must(name)
        if node is None:
            return None
        items = node.items if isinstance(node, Listing) else [node]
        taken: list[str] = []
        for item in items:
            word = scalar_text(item, name, self._report)
            if word is None:
                return None
            if word not in words:
                self._report.add(item.mark, f"{name} cannot be {word!r}", did_you_mean(word, words))
                return None
            if word in taken:
                self._report.add(item.mark, f"{name} names {word} twice", "name it once")
                return None
            taken.append(word)
        if not taken:
            self._report.add(node.mark, f"{name} is empty", "name at least one")
        return taken or None

    def flag(self, name: str) -> bool:
        """Take `true`, or nothing at all."""
        node = self._nodes.get(name)
        if node is None:
            return False
        if isinstance(node, Scalar) and not node.quoted and node.text == "true":
            return True
        self._report.add(
            node.mark, f"{name} can only be true", f"write {name}: true or leave it out"
        )
        return False

    def count(self, name: str, low: int, high: int) -> int | None:
        """Take a whole number within bounds, if there is one."""
        return self._number(name, _COUNT, (low, high), "2")

    def seconds(self, name: str, low: int, high: int) -> int | None:
        """Take a time such as `10s` within bounds, if there is one."""
        return self._number(name, _SECONDS, (low, high), "10s")

    def _number(
        self, name: str, pattern: re.Pattern[str], bounds: tuple[int, int], example: str
    ) -> int | None:
        node = self._nodes.get(name)
        if node is None:
            return None
        found = pattern.fullmatch(node.text) if isinstance(node, Scalar) else None
        if not found:
            self._report.add(node.mark, f"{name} cannot be read", f"write it as {name}: {example}")
            return None
        low, high = bounds
        if not low <= int(found[1]) <= high:
            reason = f"{name} is {found[0]}, out of bounds"
            self._report.add(node.mark, reason, f"choose from {low} to {high}")
            return None
        return int(found[1])

    def items(self, name: str) -> Iterator[Node]:
        """Take a list's items, if there is a list."""
        node = self._nodes.get(name)
        if isinstance(node, Listing):
            yield from node.items
        elif node is not None:
            self._report.add(node.mark, f"{name} is not a list", f"write {name}: [one, another]")
