"""What an outsider knows of the verifications: what was asked, heard, typed and answered.

It never asks the product whether something is right; it remembers what people could know, and says
what must not have happened.
"""

from dataclasses import dataclass, field

from ivr.domain.callflow import KEY_ONLY, WITH_PASSCODE, Mode
from ivr.domain.policy import DAY, MINUTE, SECOND
from ivr.domain.record import DECIDED, Reason, Record, State
from ivr.domain.verdicts import PASSING

PASSCODE_LIFE = 5 * MINUTE
LIFE = 10 * MINUTE
KEPT = 60 * MINUTE
SLACK = 5 * SECOND
"""How much later than the ledger a real server may have looked at its clock."""

LOOKED_BACK = 4


@dataclass
class CallSeen:
    """One call as seen from outside: the passcode that was heard or shown, when, and the consent."""

    passcode: str = ""
    known_at: int = 0
    consented: bool = False


@dataclass
class Case:
    """One verification as its client and its depositor know it."""

    id: str
    account: str
    mode: Mode
    key: str
    has_callback: bool
    started_at: int
    calls: dict[int, CallSeen] = field(default_factory=lambda: {1: CallSeen()})
    call_keys: dict[int, str] = field(default_factory=dict)
    wrong: int = 0
    answered: list[tuple[str, str, tuple[object, ...]]] = field(default_factory=list)
    verdict: tuple[State, Reason] | None = None
    decided_at: int = 0
    passed_by_right: bool = False
    confirmed: bool = False
    receipt: str | None = None

    @property
    def latest(self) -> int:
        return max(self.calls)

    @property
    def has_passed(self) -> bool:
        return self.passed_by_right or self.confirmed

    @property
    def is_open(self) -> bool:
        return self.verdict is None

    def may_pass(self, guess: str, now: int) -> bool:
        """Tell whether anybody can have known this passcode, and whether it may still be good."""
        call = self.calls[self.latest]
        return (
            self.is_open
            and bool(call.passcode)
            and guess == call.passcode
            and call.consented
            and now < call.known_at + PASSCODE_LIFE + SLACK
            and now < self.started_at + LIFE + SLACK
            and self.wrong < 5
        )

    def passes(self, guess: str, now: int) -> None:
        """Note a pass, which must have been possible."""
        assert self.mode in WITH_PASSCODE, "a passcode passed where there is none"
        assert self.may_pass(guess, now), "a pass without the right passcode in time"
        assert not self.passed_by_right, "a second winner"
        self.passed_by_right = True

    def confirms(self, now: int) -> None:
        """Note a pass by the consent key alone, which must have been possible."""
        assert self.mode in KEY_ONLY, "a key alone passed where there is a passcode"
        assert self.is_open, "a second winner"
        assert self.calls[self.latest].consented
        assert now < self.started_at + LIFE + SLACK, "confirmed after its life"
        self.confirmed = True


@dataclass
class Ledger:
    """All cases, and the failures of each account."""

    cases: list[Case] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    blocked_until: dict[str, int] = field(default_factory=dict)

    def find(self, verification_id: str) -> Case:
        return next(case for case in self.cases if case.id == verification_id)

    def worth_a_look(self) -> list[Case]:
        """Return the open cases, and the latest of the others."""
        return [
            case
            for place, case in enumerate(reversed(self.cases))
            if case.is_open or place < LOOKED_BACK
        ]

    def is_blocked(self, account: str, now: int) -> bool:
        return now + SLACK < self.blocked_until.get(account, 0)

    def fails(self, case: Case, now: int) -> None:
        """Count one failed try."""
        assert case.is_open, "a try counted after the verdict"
        assert not self.is_blocked(case.account, now), "a try counted on a blocked account"
        case.wrong += 1
        assert case.wrong <= 5, "more tries than a verification has"
        failures = self.failures[case.account] = self.failures.get(case.account, 0) + 1
        if failures >= 10:
            self.blocked_until[case.account] = now + DAY

    def tries_left(self, case: Case) -> int:
        """Return what a wrong try must say is left; 0 where it was the last."""
        failures = self.failures[case.account]
        return 0 if failures >= 10 else min(5 - case.wrong, 10 - failures)

    def succeeds(self, case: Case) -> None:
        """Forget the failures of an account that passed."""
        self.unlock(case.account)

    def unlock(self, account: str) -> None:
        """Forget the failures of an account."""
        self.failures[account] = 0
        self.blocked_until.pop(account, None)

    def observe(self, case: Case, record: Record | None, now: int) -> None:
        """Compare with what lies in the store."""
        if record is None:
            assert case.verdict, "a verification is gone without a verdict"
            assert now >= case.decided_at + KEPT - SLACK, "a verdict is gone too early"
            return
        verification = record.verification
        assert verification.tries == case.wrong, "tries were added or lost"
        assert record.account.failures == self.failures.get(case.account, 0)
        if case.verdict:
            assert (verification.state, verification.reason) == case.verdict, "a verdict changed"
            assert verification.decided_at == case.decided_at
        elif verification.state in DECIDED:
            assert verification.reason is not None
            case.verdict = (verification.state, verification.reason)
            case.decided_at = verification.decided_at
            self._judge(case)
        else:
            assert record.account.live == case.id, "two verifications of an account are open"
        assert case.latest == verification.call.number

    def _judge(self, case: Case) -> None:
        assert case.verdict
        state, reason = case.verdict
        assert (state is State.PASSED) == (reason in PASSING)
        assert (reason is Reason.RIGHT_PASSCODE) == case.passed_by_right, (
            "a wrong pass, or one lost"
        )
        assert (reason is Reason.CONFIRMED) == case.confirmed, "a key passed it, or was lost"
        assert (reason is Reason.WRONG_PASSCODE) <= (case.wrong == 5)
        blocked = self.failures.get(case.account, 0) >= 10
        assert (reason is Reason.ACCOUNT_BLOCKED) <= blocked
