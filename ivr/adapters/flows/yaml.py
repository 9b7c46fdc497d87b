"""YAML read with its places kept, in the small part of the language that call flows use.

Knows bytes, encodings and YAML's traps; refuses anchors, aliases, tags, duplicate keys, deep nesting
and control characters, and never builds an object from a tag. Does not know what a flow is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import yaml

from ivr.adapters.flows.characters import decode
from ivr.adapters.flows.faults import Faults, Mark

_DEPTH: Final = 8
_NODES: Final = 50_000
_READER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where the library was built with it, ten times as fast."""
_RESOLVER: Final[Any] = yaml.resolver.Resolver()
_COMMENT: Final = re.compile(r" +#")
_LOST: Final = re.compile(r"[|>][-+0-9]*#")
_TAG: Final = "tag:yaml.org,2002:"
# What the reader of YAML says, and what a person does about it; the first that fits is told.
_REMEDIES: Final = {
    "alias": 'put "*" in quotes',
    "found character '\\t'": "indent with spaces, not with a tab",
    "expected ',' or": "put a text that holds { } or a comma in quotes, or on a line of its own",
    "mapping values are not allowed": "put a text that holds a colon in quotes",
    "could not find expected ':'": "end the name before this place with a half-width colon",
    "found unexpected end of stream": "close the quotes or brackets that are open",
    "expected <block end>": "align this line, or put a text that begins with { in quotes",
    "character escape code": "write the character itself",
    "found unknown escape": "write the character itself instead of the backslash",
    "cannot start any token": "put the text in quotes",
}


class Scalar(msgspec.Struct, frozen=True, kw_only=True):
    """A word or text. `kind` is what YAML takes it for: str, bool, int, float, null, timestamp.

    `is_cut` says that it is not in quotes and a comment follows it: a "#" that may have been meant.
    """

    mark: Mark
    text: str
    kind: str = "str"
    quoted: bool = False
    is_cut: bool = False


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A list."""

    mark: Mark
    items: tuple[Node, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping, in the order in which it was written."""

    mark: Mark
    entries: tuple[tuple[Scalar, Node], ...]


Node = Scalar | Listing | Table


class _UnreadableError(Exception):
    """A fault after which nothing more can be read from the file."""

    def __init__(self, mark: Mark, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.mark = mark
        self.reason = reason
        self.remedy = remedy


def read_yaml(file: str, data: bytes, faults: Faults) -> Table | None:
    """Read a file's one document; None, with the faults noted, where there is no table to read."""
    text = decode(file, data, faults)
    if text is None:
        return None
    start = Mark(file)
    try:
        node = _Reading(file, text, faults, _READER).document()
    except _UnreadableError as error:
        faults.add(error.mark, error.reason, error.remedy)
        return None
    except yaml.YAMLError as error:
        _note_yaml_error(file, text, error, faults)
        return None
    if not isinstance(node, Table):
        faults.add(start, "the file is not a table of fields", 'begin with "flow:" and its name')
        return None
    return node


def _note_yaml_error(file: str, text: str, error: yaml.YAMLError, faults: Faults) -> None:
    error = _in_plain_words(file, text, error)
    mark, problem = Mark(file), str(error).splitlines()[0]
    if isinstance(error, yaml.MarkedYAMLError):
        place = error.problem_mark or error.context_mark
        mark = Mark(file, place.line + 1, place.column + 1) if place else mark
        problem = " ".join(filter(None, (error.context, error.problem)))
    remedy = next((cure for sign, cure in _REMEDIES.items() if sign in problem), "")
    faults.add(mark, f"this is not YAML: {problem}", remedy or "check indentation and quotes here")


def _in_plain_words(file: str, text: str, error: yaml.YAMLError) -> yaml.YAMLError:
    """Return what the library's own reader says of a fault: better than libyaml what is wrong, and where."""
    try:
        _Reading(file, text, Faults(), yaml.SafeLoader).document()
    except yaml.YAMLError as plain:
        return plain if _line_of(plain) <= _line_of(error) else error
    except (_UnreadableError, ValueError, OverflowError):  # the last two: an escape beyond Unicode
        return error
    return error


def _line_of(error: yaml.YAMLError) -> int:
    place = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    return place.line if place else 0


class _Reading:
    """One file's events, made into nodes."""

    def __init__(self, file: str, text: str, faults: Faults, reader: Any) -> None:
        self._file = file
        self._text = text
        self._faults = faults
        self._nodes = 0
        self._events: Iterator[Any] = yaml.parse(text, Loader=reader)

    def document(self) -> Node | None:
        """Read the only document; None where there is none."""
        node = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if node is not None:
                    raise self._unreadable(event, "a second document", "write one flow in one file")
                node = self._node(next(self._events), 0)
        return node

    def _node(self, event: Any, depth: int) -> Node:
        self._refuse_tricks(event, depth)
        mark = self._mark(event)
        match event:
            case yaml.ScalarEvent():
                self._refuse_lost_words(event)
                quoted = bool(event.style)
                kind = "str" if quoted else _kind_of(event.value)
                is_cut = not quoted and self._is_cut(event)
                return Scalar(mark=mark, text=event.value, kind=kind, quoted=quoted, is_cut=is_cut)
            case yaml.SequenceStartEvent():
                return Listing(mark=mark, items=tuple(self._items(depth)))
            case _:
                return Table(mark=mark, entries=tuple(self._entries(depth)))

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth + 1)

    def _entries(self, depth: int) -> Iterator[tuple[Scalar, Node]]:
        seen: dict[str, int] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                self._faults.add(
                    key.mark, "a field's name is not a word", "write a word and a colon"
                )
            elif key.text in seen:
                reason = f"{key.text} stands here twice, first in line {seen[key.text]}"
                self._faults.add(key.mark, reason, "keep one of them")
            else:
                seen[key.text] = key.mark.line
                yield key, value

    def _refuse_tricks(self, event: Any, depth: int) -> None:
        self._nodes += 1
        if isinstance(event, yaml.AliasEvent):
            what, remedy = f"an alias (*{event.anchor})", 'write the text out; put "*" in quotes'
        elif event.anchor is not None:
            what, remedy = f"an anchor (&{event.anchor})", "write the text out, or include a part"
        elif event.tag is not None:
            what, remedy = f"a tag ({event.tag})", "leave the tag out"
        elif depth > _DEPTH:
            what, remedy = "such deep nesting", "a flow needs no more than a few levels"
        elif self._nodes > _NODES:
            what, remedy = f"more than {_NODES} words and tables", "split the file"
        else:
            return
        raise self._unreadable(event, f"{what} is not part of the language of flows", remedy)

    def _refuse_lost_words(self, event: Any) -> None:
        if _LOST.match(self._text, event.start_mark.index):
            remedy = 'begin the text in the next line, or put it in quotes without "|"'
            raise self._unreadable(event, 'the text after "|" or ">" would be lost', remedy)

    def _is_cut(self, event: Any) -> bool:
        return _COMMENT.match(self._text, event.end_mark.index) is not None

    def _unreadable(self, event: Any, reason: str, remedy: str) -> _UnreadableError:
        return _UnreadableError(self._mark(event), reason, remedy)

    def _mark(self, event: Any) -> Mark:
        return Mark(self._file, event.start_mark.line + 1, event.start_mark.column + 1)


def _kind_of(text: str) -> str:
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))
    return tag.removeprefix(_TAG)
