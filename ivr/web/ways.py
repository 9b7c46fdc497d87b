"""By which rule a request goes, and all that is called for it: known since the start, found by one expression.

Knows how Flask keeps rules, views and what runs before and after them. Does not know what is served.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple

from flask import Flask, Response
from werkzeug.routing import Rule

_ARGUMENT: Final = re.compile(r"<(?:(int):)?([a-z_]+)>")
_PATTERNS: Final = {None: "[^/]+", "int": "[0-9]{1,9}"}


class Way(NamedTuple):
    """A rule with all that is called for its requests, in order. `numbers` are the arguments that are whole numbers."""

    rule: Rule
    names: tuple[str, ...]
    numbers: frozenset[str]
    before: tuple[Callable[[], Any], ...]
    view: Callable[..., Any]
    after: tuple[Callable[[Response], Response], ...]
    teardown: tuple[Callable[[BaseException | None], None], ...]

    def arguments(self, values: Iterable[str]) -> dict[str, Any]:
        """Return the view's arguments, by name."""
        pairs = zip(self.names, values, strict=True)
        return {name: int(value) if name in self.numbers else value for name, value in pairs}


class Ways:
    """All ways of an app, found by method and path."""

    def __init__(self, app: Flask) -> None:
        """Take every rule of the app; none may be added afterwards."""
        self._by_method: dict[str, tuple[re.Pattern[str], list[Way | None]]] = {}
        found: dict[str, list[tuple[str, Way]]] = {}
        for rule in sorted(app.url_map.iter_rules(), key=_precedence):
            pattern, way = _pattern_of(rule), _way_of(app, rule)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                if pattern:
                    found.setdefault(method, []).append((pattern, way))
        for method, each in found.items():
            whole = "|".join(f"({pattern})" for pattern, _ in each)
            places: list[Way | None] = [None]
            for _, way in each:
                places += [way, *[None] * len(way.names)]
            self._by_method[method] = re.compile(whole), places

    def find(self, method: str, path: str) -> tuple[Way, dict[str, Any]] | None:
        """Return the way of a request with the view's arguments; None where none fits."""
        known = self._by_method.get(method)
        match = known[0].fullmatch(path) if known and path.isascii() else None
        if known is None or match is None or match.lastindex is None:
            return None
        place = match.lastindex  # of the group that holds the whole path
        way = known[1][place]
        assert way is not None  # noqa: S101 - each pattern's outermost group has its way
        return way, way.arguments(match.groups()[place : place + len(way.names)])


def _precedence(rule: Rule) -> list[bool]:
    """Sort what stands in a rule as it is before what may be anything, as Werkzeug does."""
    return ["<" in part for part in rule.rule.split("/")]


def _pattern_of(rule: Rule) -> str | None:
    """Return the expression of the paths that a rule is for; None where it has what no way knows."""
    parts = rule.rule.split("/")
    arguments = [_ARGUMENT.fullmatch(part) for part in parts if "<" in part]
    if rule.defaults or rule.redirect_to or rule.websocket or not all(arguments):
        return None
    return "/".join(
        f"({_PATTERNS[each[1]]})" if (each := _ARGUMENT.fullmatch(part)) else re.escape(part)
        for part in parts
    )


def _way_of(app: Flask, rule: Rule) -> Way:
    arguments = list(_ARGUMENT.finditer(rule.rule))
    outwards = [*_blueprints_of(rule.endpoint), None]
    return Way(
        rule=rule,
        names=tuple(each[2] for each in arguments),
        numbers=frozenset(each[2] for each in arguments if each[1]),
        before=tuple(
            chain.from_iterable(app.before_request_funcs.get(each, ()) for each in outwards[::-1])
        ),
        view=app.view_functions[rule.endpoint],
        after=_backwards(app.after_request_funcs, outwards),
        teardown=_backwards(app.teardown_request_funcs, outwards),
    )


def _blueprints_of(endpoint: str) -> list[str]:
    """Return the names of the blueprints that an endpoint is in, the innermost first."""
    found = []
    while "." in endpoint:
        endpoint = endpoint.rpartition(".")[0]
        found.append(endpoint)
    return found


def _backwards(
    functions: Mapping[str | None, list[Any]], outwards: list[str | None]
) -> tuple[Any, ...]:
    return tuple(chain.from_iterable(reversed(functions.get(each, [])) for each in outwards))
