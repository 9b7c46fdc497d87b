"""Who may do what to the call flows: staff, their roles and what each role allows.

Knows roles and the list of what became of staff, from which follows who is live. Does not know how a
credential looks or where staff are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from ivr.domain.errors import StaffFault


class Role(StrEnum):
    """What somebody is trusted with; each may do what the one before may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    APPROVER = "approver"
    ADMIN = "admin"


class Deed(StrEnum):
    """What staff do, in words that complete "may not"."""

    READ = "read releases"
    DRAFT = "draft a release"
    APPROVE = "approve a release"
    PUBLISH = "publish a release or roll one back"
    KEEP_STAFF = "add or revoke staff"


_LEAST: Final = {
    Deed.READ: Role.VIEWER,
    Deed.DRAFT: Role.EDITOR,
    Deed.APPROVE: Role.APPROVER,
    Deed.PUBLISH: Role.APPROVER,
    Deed.KEEP_STAFF: Role.ADMIN,
}
_RANKS: Final = {role: rank for rank, role in enumerate(Role)}


class StaffEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list: somebody was added, given another credential or role, or revoked.

    `role` is None for a revocation. `digest` is that of the credential; times are milliseconds.
    """

    number: int
    name: str
    role: Role | None
    digest: str
    by: str
    at: int

    def __repr__(self) -> str:
        """Show no digest."""
        return f"StaffEntry({self.number}, {self.name}, {self.role})"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is live and showed the right credential."""

    name: str
    role: Role

    def check_may(self, deed: Deed) -> None:
        """Refuse what the role does not allow. Raises `StaffFault`."""
        if not may(self.role, deed):
            raise StaffFault(
                f"{self.name} is {self.role} and may not {deed}; that takes {_LEAST[deed]} or more."
            )


def may(role: Role, deed: Deed) -> bool:
    """Tell whether a role allows something."""
    return _RANKS[role] >= _RANKS[_LEAST[deed]]


def latest(entries: Iterable[StaffEntry]) -> Mapping[str, StaffEntry]:
    """Return the last entry of everybody who ever was on the list, by name."""
    return {entry.name: entry for entry in sorted(entries, key=lambda entry: entry.number)}


def live_admins(entries: Iterable[StaffEntry]) -> set[str]:
    """Return the names of those who may change the list."""
    return {name for name, entry in latest(entries).items() if entry.role is Role.ADMIN}
