"""Staff: added by an admin, known by a credential of their own, revoked for good.

A credential is 256 random bits, told once; of it only a SHA-256 is kept, which can be neither guessed
nor reversed. Somebody who was revoked never comes back under the same name: approvals stay clear.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from typing import Final

from ivr.domain.errors import StaffFault
from ivr.domain.staff import Deed, Member, Role, StaffEntry, latest, live_admins
from ivr.service.release_port import StaffStore

_Judge = Callable[[list[StaffEntry]], None]
_ROUNDS: Final = 50
_NAME: Final = re.compile(r"[a-z][a-z0-9.-]{0,31}", re.ASCII)
_PREFIX: Final = "staff_"
_WHO: Final = (
    "The credential is that of nobody who is live here; ask an admin for `ivr staff list`."
)


class Staffing:
    """The use cases behind `ivr staff`, and the check behind every other deed of staff."""

    def __init__(self, store: StaffStore) -> None:
        """Take the list."""
        self._store = store

    def is_empty(self) -> bool:
        """Tell whether nobody was ever added, so that the first admin needs no credential."""
        return not self._store.staff()

    def admit(self, key: str) -> Member:
        """Return whose credential this is. Raises `StaffFault`.

        It is compared with everybody's, each time in constant time.
        """
        digest = _digest_of(key)
        found: Member | None = None
        for entry in latest(self._store.staff()).values():
            same = hmac.compare_digest(entry.digest, digest)
            if same and entry.role is not None:
                found = Member(name=entry.name, role=entry.role)
        if found is None:
            raise StaffFault(_WHO)
        return found

    def list_staff(self, by: Member) -> list[StaffEntry]:
        """Return everybody's last entry, by name. Raises `StaffFault`."""
        by.check_may(Deed.READ)
        return sorted(latest(self._store.staff()).values(), key=lambda entry: entry.name)

    def add(self, by: Member | None, name: str, role: Role) -> str:
        """Add somebody and return the credential. `by` is None for the very first, an admin.

        Raises:
            StaffFault: not allowed, or the name cannot be taken.

        """
        if not _NAME.fullmatch(name):
            raise StaffFault(
                f"{name!r} is no name for staff; use up to 32 lower-case letters, digits, dots and "
                "hyphens, a letter first."
            )

        def judge(entries: list[StaffEntry]) -> None:
            if by is None:
                _check_first(entries, role)
            else:
                by.check_may(Deed.KEEP_STAFF)
            if name in latest(entries):
                raise StaffFault(
                    f"{name} is or was on the list, and a name is never given twice; use another one, "
                    "or `ivr staff renew` for another credential or role."
                )

        return self._append(by, name, role, judge)

    def renew(self, by: Member, name: str, role: Role | None) -> str:
        """Give somebody another credential, and another role where one is named. Raises `StaffFault`."""
        by.check_may(Deed.KEEP_STAFF)
        present = self._live(name)
        wanted = role or present

        def judge(entries: list[StaffEntry]) -> None:
            _check_live(entries, name)
            if wanted is not Role.ADMIN:
                _check_last_admin(entries, name)

        return self._append(by, name, wanted, judge)

    def revoke(self, by: Member, name: str) -> None:
        """Revoke somebody, for good and at once. Raises `StaffFault`."""
        by.check_may(Deed.KEEP_STAFF)

        def judge(entries: list[StaffEntry]) -> None:
            _check_live(entries, name)
            _check_last_admin(entries, name)

        self._append(by, name, None, judge)

    def _live(self, name: str) -> Role:
        return _check_live(self._store.staff(), name)

    def _append(self, by: Member | None, name: str, role: Role | None, judge: _Judge) -> str:
        """Judge by the list as it is, and add to it only where nobody did meanwhile."""
        key = _PREFIX + secrets.token_urlsafe(32)
        for _ in range(_ROUNDS):
            entries = self._store.staff()
            judge(entries)
            entry = StaffEntry(
                number=len(entries) + 1,
                name=name,
                role=role,
                digest=_digest_of(key) if role else "",
                by=by.name if by else name,
                at=self._store.now(),
            )
            if self._store.add_staff(entry):
                return key
        raise StaffFault("Too many changes to staff at once; ask again.")


def _check_first(entries: list[StaffEntry], role: Role) -> None:
    if entries:
        raise StaffFault("There are staff already; this takes an admin's credential.")
    if role is not Role.ADMIN:
        raise StaffFault("Nobody is on the list yet: the first must be an admin (--role admin).")


def _check_live(entries: list[StaffEntry], name: str) -> Role:
    found = latest(entries).get(name)
    if found is None or found.role is None:
        raise StaffFault(f"There is no live {name}; see `ivr staff list`.")
    return found.role


def _check_last_admin(entries: list[StaffEntry], name: str) -> None:
    if live_admins(entries) == {name}:
        raise StaffFault(f"{name} is the only admin; add another one first.")


def _digest_of(key: str) -> str:
    return hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()
