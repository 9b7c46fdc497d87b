"""A change to the call flows: drafted, approved by somebody else, published, rolled back.

Every deed asks whether the role allows it, and whether the content is sound by today's checks. Knows
nothing of files on disk, SQL or Redis. What was decided stands as soon as it is on the list; that the
processes hear of it is `announcing.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ivr.domain.callflow import CallFlow
from ivr.domain.errors import ReleaseFault
from ivr.domain.publication import (
    NONE,
    History,
    Kind,
    Publication,
    before,
    in_force,
    published_for,
    waiting,
)
from ivr.domain.release import ALL_BANKS, Files, name_release
from ivr.domain.staff import Deed, Member
from ivr.service.release_port import Approval, Release, ReleaseStore

Check = Callable[[str, Files], Sequence[CallFlow]]
"""Makes flows of a scope's files. Raises `FlowFault` with every fault."""
_ROUNDS: Final = 50
_LONGEST_REASON: Final = 500


class Releases:
    """The use cases behind `ivr flow draft`, `approve`, `publish` and `rollback`."""

    def __init__(self, store: ReleaseStore, check: Check) -> None:
        """Take the store, and what checks the content."""
        self._store = store
        self._check = check

    def draft(self, by: Member, scope: str, files: Files, reason: str, base: str = NONE) -> Release:
        """Check files and keep them as a release. `base` names what a bank's own files were laid on.

        Raises:
            StaffFault: not allowed.
            FlowFault: the files have faults.
            ReleaseFault: the same release is there already, or no reason is given.

        """
        by.check_may(Deed.DRAFT)
        _check_reason(reason)
        self._check(scope, files)
        now = self._store.now()
        release = Release(
            name=name_release(scope, files),
            scope=scope,
            author=by.name,
            at=now,
            reason=reason,
            based_on=in_force(self._store.publications(), now).get(scope, NONE),
            base=base,
        )
        if not self._store.add_release(release, files):
            there = self.find(release.name)
            raise ReleaseFault(
                f"Release {there.name} holds the very same files; {there.author} drafted it "
                f"({there.reason}). Approve, publish or roll back to that one."
            )
        return release

    def approve(self, by: Member, name: str) -> Release:
        """Stand for a release that somebody else wrote.

        Raises:
            StaffFault: not allowed, or it is one's own.
            FlowFault: by today's checks it has faults.
            ReleaseFault: there is no such release, or one approved it already.

        """
        by.check_may(Deed.APPROVE)
        release = self.find(name)
        if release.author == by.name:
            raise ReleaseFault(f"{by.name} wrote release {name}; somebody else must approve it.")
        self._check(release.scope, self.files(name))
        if not self._store.add_approval(Approval(release=name, by=by.name, at=self._store.now())):
            raise ReleaseFault(f"{by.name} approved release {name} already.")
        return release

    def publish(
        self, by: Member, name: str, reason: str, starts_at: int = 0, *, over: bool = False
    ) -> Publication:
        """Put an approved release in force, at once or from `starts_at`, in milliseconds.

        `over` allows it where another release came into force since the draft was made, or is planned.

        Raises:
            StaffFault: not allowed.
            FlowFault: by today's checks it has faults.
            ReleaseFault: no such release, not approved, a time that is past, or a clash.

        """
        by.check_may(Deed.PUBLISH)
        release = self.find(name)
        if not any(each.release == name for each in self._store.approvals()):
            raise ReleaseFault(f"Nobody approved release {name} yet: ivr flow approve {name}")
        self._check(release.scope, self.files(name))
        _check_reason(reason or release.reason)

        def judge(history: History, now: int) -> str:
            if starts_at and starts_at <= now:
                raise ReleaseFault("The time to publish at is past; leave --at out for now.")
            if in_force(history, now).get(release.scope) == name and not starts_at:
                raise ReleaseFault(f"Release {name} is in force already.")
            if not over:
                _check_clash(release, history, now)
            return name

        return self._decide(
            by, release.scope, Kind.PUBLISHED, reason or release.reason, starts_at, judge
        )

    def roll_back(self, by: Member, scope: str, to: str | None, reason: str) -> Publication:
        """Put an earlier release in force again, at once; what was planned is thereby taken back.

        Without `to`, what was in force before the present release was published. `NONE` is a release
        of its own no more.

        Raises:
            StaffFault: not allowed.
            FlowFault: by today's checks the earlier release has faults.
            ReleaseFault: it was never in force for this scope, or there is nothing to go back from.

        """
        by.check_may(Deed.PUBLISH)
        _check_reason(reason)

        def judge(history: History, now: int) -> str:
            planned = waiting(history, scope, now)
            wanted = before(history, scope, now) if to is None else to
            if wanted is None and planned:
                wanted = NONE
            if wanted is None:
                raise ReleaseFault(f"Nothing is published for {told(scope)}.")
            if wanted == in_force(history, now).get(scope, NONE) and not planned:
                raise ReleaseFault(f"{told_release(wanted)} is in force already.")
            if wanted != NONE:
                if wanted not in published_for(history, scope, now):
                    raise ReleaseFault(
                        f"Release {wanted} was never in force for {told(scope)}; see ivr flow history."
                    )
                self._check(scope, self.files(wanted))
            return wanted

        return self._decide(by, scope, Kind.ROLLED_BACK, reason, 0, judge)

    def find(self, name: str) -> Release:
        """Return a release by its name. Raises `ReleaseFault`."""
        for each in self._store.releases():
            if each.name == name:
                return each
        raise ReleaseFault(f"There is no release {name!r}; see ivr flow history.")

    def files(self, name: str) -> Files:
        """Return a release's files. Raises `ReleaseFault` where they are not those it was named by."""
        release, files = self.find(name), self._store.files(name)
        if files is None or name_release(release.scope, files) != name:
            raise ReleaseFault(f"Release {name} was changed where it is kept; draft it again.")
        return files

    def _decide(
        self,
        by: Member,
        scope: str,
        kind: Kind,
        reason: str,
        starts_at: int,
        judge: Callable[[History, int], str],
    ) -> Publication:
        """Judge by the list as it is, and add to it only where nobody did meanwhile."""
        for _ in range(_ROUNDS):
            history, now = self._store.publications(), self._store.now()
            publication = Publication(
                number=len(history) + 1,
                scope=scope,
                release=judge(history, now),
                kind=kind,
                starts_at=starts_at,
                by=by.name,
                at=now,
                reason=reason,
            )
            if self._store.add_publication(publication):
                return publication
        raise ReleaseFault("Too many publications at once; ask again.")


def _check_clash(release: Release, history: History, now: int) -> None:
    """Refuse to undo, unseen, what somebody else published or planned since the draft was made."""
    present = in_force(history, now).get(release.scope, NONE)
    if present != release.based_on:
        raise ReleaseFault(
            f"{told_release(present)} came into force for {told(release.scope)} since {release.name} was "
            f"drafted from {told_release(release.based_on)}: look at `ivr flow diff`, draft it again, or "
            "say --over."
        )
    shared = in_force(history, now).get(ALL_BANKS, NONE)
    if release.scope != ALL_BANKS and _is_laid_on_another(release, shared, history, now):
        raise ReleaseFault(
            f"{release.name} was laid over {release.base}, and all banks follow {told_release(shared)} "
            f"now, whose words it would take from {told(release.scope)}: draft it again, or say --over."
        )
    for each in waiting(history, release.scope, now):
        raise ReleaseFault(
            f"{told_release(each.release)} is to come into force later, which this would take back or "
            "come before: see ivr flow history, or say --over."
        )


def _is_laid_on_another(release: Release, shared: str, history: History, now: int) -> bool:
    """Tell whether all banks follow other words than a bank's own were laid over."""
    if shared == NONE:  # the folder's own, which has no publication
        return release.base in published_for(history, ALL_BANKS, now)
    return release.base != shared


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > _LONGEST_REASON or not reason.isprintable():
        raise ReleaseFault(
            f"Say why in one line (--reason), in at most {_LONGEST_REASON} characters: it is put on record."
        )


def told(scope: str) -> str:
    """Name a scope to people."""
    return "all banks" if scope == ALL_BANKS else f"bank {scope}"


def told_release(release: str) -> str:
    """Name a release to people, or say that there is none."""
    return f"release {release}" if release != NONE else "no published release"
