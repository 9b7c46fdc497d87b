"""A bank's office: staff with their credentials, flows to change, and the list of what was decided."""

from collections.abc import Sequence
from pathlib import Path

from ivr.adapters.flows.files import compile_release
from ivr.adapters.sql_releases import SqlReleases
from ivr.domain.callflow import CallFlow
from ivr.domain.publication import NONE, in_force
from ivr.domain.release import ALL_BANKS, Files
from ivr.domain.staff import Member, Role
from ivr.service.release_port import Release
from ivr.service.releases import Releases
from ivr.service.staffing import Staffing

GOOD = Path("tests/callflows/good/plain.yaml").read_bytes()
OLD = "止めました".encode()
SATO = Member(name="sato", role=Role.EDITOR)
KATO = Member(name="kato", role=Role.APPROVER)


def flow_files(words: str) -> Files:
    """A whole set of files, in which one step says something else."""
    return {"plain.yaml": GOOD.replace(OLD, words.encode())}


def check(scope: str, files: Files) -> Sequence[CallFlow]:
    return compile_release(scope, files).flows


class ShiftedReleases(SqlReleases):
    """The list in a house in which it is later than on its database."""

    shift = 0

    def now(self) -> int:
        return super().now() + self.shift


class Office:
    """Everything over one database."""

    def __init__(self, url: str) -> None:
        self.store = ShiftedReleases(url)
        self.staffing = Staffing(self.store)
        self.releases = Releases(self.store, check)

    def approved(self, words: str, scope: str = ALL_BANKS) -> Release:
        """Draft a release and have it approved."""
        base = "" if scope == ALL_BANKS else self.shared()
        release = self.releases.draft(SATO, scope, flow_files(words), "words", base)
        return self.releases.approve(KATO, release.name)

    def published(self, words: str, scope: str = ALL_BANKS, *, over: bool = False) -> Release:
        """Draft, approve and publish at once."""
        release = self.approved(words, scope)
        self.releases.publish(KATO, release.name, "", over=over)
        return release

    def shared(self) -> str:
        """What all banks follow, as far as it was published."""
        return in_force(self.store.publications(), self.store.now()).get(ALL_BANKS, NONE)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.store.shift += round(seconds * 1000)
