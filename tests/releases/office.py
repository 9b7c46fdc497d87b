"""A bank's office: staff with their credentials, flows to change, and the list of what was decided."""

from collections.abc import Sequence
from pathlib import Path

from ivr.adapters.flows.files import compile_release
from ivr.adapters.sql_releases import SqlReleases
from ivr.domain.callflow import CallFlow
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
        release = self.releases.draft(SATO, scope, flow_files(words), "words")
        return self.releases.approve(KATO, release.name)

    def published(self, words: str, scope: str = ALL_BANKS) -> Release:
        """Draft, approve and publish at once."""
        release = self.approved(words, scope)
        self.releases.publish(KATO, release.name, "")
        return release

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.store.shift += round(seconds * 1000)
