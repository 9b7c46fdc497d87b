"""Which release is in force: it follows from the list of publications, to which lines are only added.

The rule: for each scope the last decision whose time has come. So whoever decides something now also
takes back what was planned for later, and everybody who reads the list at one time reads the same.
Does not know where the list is kept, nor what a release says.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

NONE = ""
"""In place of a release: none of its own. All banks follow `IVR_CALLFLOWS`; a bank what all follow."""


class Kind(StrEnum):
    """What was decided."""

    PUBLISHED = "published"
    ROLLED_BACK = "rolled back"


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """One decision. `starts_at` is 0 for "at once", which no clock can delay; times are milliseconds."""

    number: int
    scope: str
    release: str
    kind: Kind
    starts_at: int
    by: str
    at: int
    reason: str

    @property
    def since(self) -> int:
        """When it came, or comes, into force."""
        return self.starts_at or self.at


History = Sequence[Publication]
"""Publications in the order of their numbers."""


def in_force(history: History, now: int) -> dict[str, str]:
    """Return the release of each scope that has one of its own."""
    found = {each.scope: each.release for each in history if each.starts_at <= now}
    return {scope: release for scope, release in found.items() if release != NONE}


def waiting(history: History, scope: str, now: int) -> list[Publication]:
    """Return what was planned for a scope, whose time has not come and that was not taken back."""
    own = _of(history, scope)
    return [
        each
        for each in own
        if each.starts_at > now
        and not any(
            later.number > each.number and later.starts_at <= each.starts_at for later in own
        )
    ]


def published_for(history: History, scope: str, now: int) -> set[str]:
    """Return the releases that were published for a scope and came into force."""
    return {each.release for each in _came_into_force(history, scope, now)}


def before(history: History, scope: str, now: int) -> str | None:
    """Return what was in force before the present release of a scope was published.

    Whoever rolls back twice goes back twice, not back and forth. None where nothing is in force.
    """
    present = in_force(history, now).get(scope, NONE)
    if present == NONE:
        return None
    own = _came_into_force(history, scope, now)
    first = max((each for each in own if each.release == present), key=lambda each: each.number)
    earlier = [each for each in history if each.number < first.number]
    return in_force(earlier, first.since).get(scope, NONE)


def _came_into_force(history: History, scope: str, now: int) -> list[Publication]:
    """Return what was published for a scope and came into force: not what was taken back before its time."""
    own = _of(history, scope)
    return [
        each
        for each in own
        if each.kind is Kind.PUBLISHED
        and each.starts_at <= now
        and not any(later.number > each.number and later.since <= each.starts_at for later in own)
    ]


def _of(history: History, scope: str) -> list[Publication]:
    return [each for each in history if each.scope == scope]
