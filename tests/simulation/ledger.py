"""What outsiders know: what was asked, rung, heard, pressed, typed and answered. It judges the product.

It never asks the product whether something is right. Its rules are the promises; a broken one raises
`AssertionError` with words that name it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Final

from ivr.domain.policy import MINUTE, Limits
from ivr.domain.record import Account, Record, State, Verification

PASSCODE_LIFE: Final = 5 * MINUTE
LIFE: Final = 10 * MINUTE
Verdict = tuple[str, str]
"""Pass or fail, and the reason."""


@dataclass
class CallSeen:
    """One call from outside: the passcode that was heard or shown, since when, and the consent key."""

    passcodes: set[str] = field(default_factory=set)
    known_at: int = 0
    consented: bool = False


@dataclass
class Case:
    """One verification from outside."""

    id: str
    accepted: bool = False
    calls: dict[int, CallSeen] = field(default_factory=dict)
    rung: set[int] = field(default_factory=set)
    handed_in: dict[Hashable, str] = field(default_factory=dict)
    told_wrong: set[Hashable] = field(default_factory=set)
    said_not_me: bool = False
    polled: set[Verdict] = field(default_factory=set)
    posted: set[Verdict] = field(default_factory=set)
    receipts: set[str] = field(default_factory=set)
    has_callback: bool = False
    tries_left_told: int = 99

    def call(self, number: int) -> CallSeen:
        """Return what is known of a call."""
        return self.calls.setdefault(number, CallSeen())


class Ledger:
    """All cases, and what was last saved of each."""

    def __init__(self, limits: Limits) -> None:
        self.cases: dict[str, Case] = {}
        self.saved: dict[str, Verification] = {}
        self.failures: dict[str, int] = {}
        self.passes = 0
        self._limits = limits

    def case(self, verification_id: str) -> Case:
        """Return a case; whoever speaks of it first opens it."""
        return self.cases.setdefault(verification_id, Case(verification_id))

    def rings(self, verification_id: str, call: int) -> None:
        """The carrier was asked to ring."""
        case = self.case(verification_id)
        assert call not in case.rung, "a depositor was rung twice for one wish"
        case.rung.add(call)

    def hears_passcode(self, verification_id: str, call: int, passcode: str, now: int) -> None:
        """A passcode was spoken into a depositor's ear."""
        seen = self.case(verification_id).call(call)
        assert seen.consented, "a passcode was spoken before the consent key"
        seen.passcodes.add(passcode)
        seen.known_at = seen.known_at or now
        assert len(seen.passcodes) == 1, "one call spoke two passcodes"

    def shows(self, verification_id: str, call: int, passcode: str, now: int) -> None:
        """A page shows a passcode that is to be keyed in."""
        seen = self.case(verification_id).call(call)
        seen.passcodes.add(passcode)
        seen.known_at = seen.known_at or now

    def told_to_client(self, verification_id: str, answer: dict[str, Any]) -> None:
        """A poll or an answer told a state."""
        case = self.case(verification_id)
        case.tries_left_told = min(case.tries_left_told, answer["tries_left"])
        if answer.get("verdict"):
            case.polled.add((answer["verdict"], answer["reason"]))
            if answer.get("receipt"):
                case.receipts.add(answer["receipt"])
            assert len(case.polled) == 1, "two verdicts were told"

    def posted(self, data: dict[str, Any]) -> None:
        """A callback arrived. One that tells of a dispute tells the verdict too."""
        case = self.case(data["id"])
        case.posted.add((data["verdict"], data["reason"]))
        case.receipts.add(data["receipt"])

    def save(self, record: Record, now: int) -> None:
        """Something was saved: hold it against what was saved before, and against what people did."""
        after = record.verification
        before = self.saved.get(after.id)
        counted = after.tries - (before.tries if before else 0)
        assert counted in {0, 1}, "tries were taken back, or two counted at once"
        assert after.tries <= len(self.case(after.id).handed_in), "a try was counted twice"
        had_passcode = before is not None and before.code_until > 0
        assert had_passcode or not counted, "a guess was counted before there was a passcode"
        if before and before.decided:
            same = (before.state, before.reason, before.decided_at, before.tries)
            assert same == (after.state, after.reason, after.decided_at, after.tries), (
                "a verdict changed"
            )
        newly_passed = after.passed and not (before and before.passed)
        failures = 0 if newly_passed else self.failures.get(after.account, 0) + counted
        assert record.account.failures == failures, "failures of the account were lost or added"
        self.failures[after.account] = failures
        if newly_passed:
            self._judge_pass(after, now)
        if not after.decided:
            assert record.account.live == after.id, "two verifications of an account are open"
        self.saved[after.id] = after

    def _judge_pass(self, verification: Verification, now: int) -> None:
        self.passes += 1
        case = self.case(verification.id)
        seen = case.call(verification.call.number)
        assert seen.consented, "a pass without the consent key in its call"
        # A page may be told of a passcode late, when the next call that takes it is wished for already.
        calls = range(verification.call.code_number, verification.call.number + 1)
        told = [case.call(number) for number in calls if case.call(number).passcodes]
        right = any(guess in each.passcodes for each in told for guess in case.handed_in.values())
        assert right, "a pass without the right passcode"
        before = self.saved[verification.id]
        assert before.code_until, "a pass before there was a passcode"
        until = min(before.code_until, told[0].known_at + PASSCODE_LIFE)
        assert now < until, "a pass after the passcode's life"
        assert now < verification.created_at + LIFE, "a pass after the verification's life"
        assert before.tries < self._limits.tries, "a pass beyond the tries"

    def fails_over(self) -> None:
        """The store has lost its last moments: nothing of them was shown to anybody."""
        for case in self.cases.values():
            saved = self.saved.get(case.id)
            if saved is None:
                assert not case.accepted, "accepted, and not kept"
                assert not case.rung, "rung, and not kept"
                continue
            verdict = (saved.verdict, str(saved.reason))
            assert case.polled | case.posted <= {verdict}, "a verdict that was told is lost"
            account = Account(failures=self.failures.get(saved.account, 0))
            left = Record(verification=saved, account=account).tries_left(self._limits)
            assert left <= case.tries_left_told, "a try that was told is lost"
            assert len(case.told_wrong) <= saved.tries, "a wrong try that was told is lost"
            is_wished = saved.state is State.WANTED and saved.call.number in case.rung
            assert not is_wished, "a call that was placed is wished for again"

    def close(self, story: dict[str, list[str]], owed: set[str]) -> None:
        """Everything has ended: every verdict is known, once, the same wherever it was told."""
        assert not owed, "something is owed for ever"
        for case in self.cases.values():
            saved = self.saved.get(case.id)
            if saved is None:
                assert not case.accepted, "accepted, and never kept"
                continue
            assert saved.verdict, "accepted, and never decided"
            verdict = (saved.verdict, str(saved.reason))
            if case.accepted:
                assert case.polled == {verdict}, "a verdict was lost, or differs from the poll"
            if case.has_callback:
                assert case.posted == {verdict}, "a callback was lost, or differs"
            if case.said_not_me:
                assert not saved.passed or saved.disputed_at, "not me was not heard"
            assert len(case.told_wrong) <= saved.tries, "a wrong try was told and not counted"
            deciding = [kind for kind in story.get(case.id, []) if kind == saved.verdict]
            assert len(deciding) == 1, "the story does not tell the verdict once"
