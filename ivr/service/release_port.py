"""What staff, releases and their publications need of the world: a store that lasts, and a board.

The store is the truth. The board is where every process looks, and whatever is wrong on it is put
right from the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from ivr.domain.publication import Publication
from ivr.domain.release import Files
from ivr.domain.staff import StaffEntry


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A release without its files. It never changes.

    `based_on` is the release of the same scope that was in force when it was drafted; `base`, of a
    bank's own, names the set of all banks on which the bank's files were laid. Times are milliseconds.
    """

    name: str
    scope: str
    author: str
    at: int
    reason: str
    based_on: str
    base: str


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody stands for a release that somebody else wrote."""

    release: str
    by: str
    at: int


class StaffStore(Protocol):
    """The list of what became of staff."""

    def now(self) -> int:
        """Return the store's time."""

    def staff(self) -> list[StaffEntry]:
        """Return the whole list, in order."""

    def add_staff(self, entry: StaffEntry) -> bool:
        """Add a line; False where its number was taken meanwhile."""


class ReleaseStore(Protocol):
    """Releases, approvals and publications."""

    def now(self) -> int:
        """Return the store's time, by which publications come into force."""

    def add_release(self, release: Release, files: Files) -> bool:
        """Keep a release; False where one of this name is kept already."""

    def releases(self) -> list[Release]:
        """Return all releases, the oldest first."""

    def files(self, release: str) -> Files | None:
        """Return the files of a release; None where there is none of this name."""

    def add_approval(self, approval: Approval) -> bool:
        """Keep an approval; False where this person gave it already."""

    def approvals(self) -> list[Approval]:
        """Return all approvals, the oldest first."""

    def publications(self) -> Sequence[Publication]:
        """Return all publications, in order."""

    def add_publication(self, publication: Publication) -> bool:
        """Add a publication; False where its number was taken meanwhile."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What hangs on the board: the release of each scope. `scopes` is None where it cannot be read.

    `mark` tells this notice from every other one; it is empty where there is none.
    """

    mark: bytes
    scopes: Mapping[str, str] | None


class Board(Protocol):
    """Where processes learn which releases are in force, and get their files."""

    def notice(self) -> Notice:
        """Return what hangs there."""

    def post(self, seen: bytes, scopes: Mapping[str, str]) -> bool:
        """Put another notice in place of the one with the mark `seen` and ring; False where that is gone."""

    def keep(self, release: str) -> bool:
        """Keep a release's files for a day more; False where they are not there."""

    def put(self, scope: str, files: Files) -> None:
        """Put a release's files there, for a day."""
