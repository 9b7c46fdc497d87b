"""What banks' clients do: start, ask for another call, cancel, check; once, again and at once."""

from collections.abc import Sequence
from typing import Any

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import rule

from ivr.domain.callflow import Mode
from ivr.domain.errors import Code, Refused
from ivr.domain.policy import ASKED_MODES, DAY
from ivr.domain.record import Reason
from tests.service.house import CALLBACK, WEB, id_of
from tests.service.ledger import CallSeen, Case
from tests.service.machine import Machine, at_once, met

ACCOUNTS = ("001-0000001", "001-0000002")
WHICH = st.integers(0, 5)
GUESSES = st.sampled_from(["right", "right", "wrong", "wrong", "old", "derived"])
SOME_GUESSES = st.one_of(st.lists(GUESSES, min_size=1, max_size=5), st.just(["wrong"] * 5))
NOT_COUNTED = {
    Code.NOT_SPOKEN_YET,
    Code.PASSCODE_EXPIRED,
    Code.ALREADY_DECIDED,
    Code.WRONG_MODE,
    Code.NOT_FOUND,
}


class Banks(Machine):
    """The rules of the API for banks."""

    def _start(self, account: str, mode: Mode, key: str, *, has_callback: bool) -> Any:
        return self.house.start(
            account, key=key, mode=mode, callback_url=CALLBACK if has_callback else None
        )

    def _accept(self, view: Any, case: Case) -> None:
        """Note a verification that was accepted, and the passcode that the page shows."""
        if not any(each.id == case.id for each in self.ledger.cases):
            self.ledger.cases.append(case)
        self._show(self.ledger.find(case.id), view.passcode)

    def _show(self, case: Case, passcode: str | None) -> None:
        assert passcode is None or case.mode is Mode.KEYIN
        call = case.calls[case.latest]
        if passcode is not None and not call.passcode:
            call.passcode, call.known_at = passcode, self.now
        assert passcode in {None, call.passcode}

    @rule(
        account=st.sampled_from(ACCOUNTS),
        mode=st.sampled_from(ASKED_MODES),
        has_callback=st.booleans(),
        times=st.integers(1, 3),
    )
    def start(self, account: str, mode: Mode, times: int, *, has_callback: bool) -> None:
        self.begin(account, mode, times, has_callback=has_callback)

    def begin(self, account: str, mode: Mode, times: int, *, has_callback: bool) -> None:
        """Start a verification by one request, which may be sent several times at once."""
        key, before = self.new_key(), self.now
        results = at_once(
            *[lambda: self._start(account, mode, key, has_callback=has_callback)] * times
        )
        refusals = {each.code for each in results if isinstance(each, Refused)}
        if refusals:
            assert len(refusals) == 1
            assert all(isinstance(each, Refused) for each in results), f"met, and {refusals}"
            is_open = any(each.account == account and each.is_open for each in self.ledger.cases)
            assert refusals == {Code.ACCOUNT_IN_USE if is_open else Code.ACCOUNT_BLOCKED}
            event(f"start refused: {refusals}")
            return
        assert not self.ledger.is_blocked(account, before), "a blocked account was called"
        assert len({id_of(view) for view in results}) == 1, "one request started two"
        own = id_of(results[0])
        self._accept(results[0], Case(own, account, mode, key, has_callback, self.now))
        event(f"started in {mode}")

    @rule(
        account=st.sampled_from(ACCOUNTS),
        modes=st.lists(st.sampled_from(ASKED_MODES), min_size=2, max_size=4),
    )
    def several_start(self, account: str, modes: Sequence[Mode]) -> None:
        asked = [(mode, self.new_key()) for mode in modes]
        before = self.now
        results = at_once(
            *[
                lambda mode=mode, key=key: self._start(account, mode, key, has_callback=True)
                for mode, key in asked
            ]
        )
        accepted = [
            (view, mode, key)
            for view, (mode, key) in zip(results, asked, strict=True)
            if not isinstance(view, Refused)
        ]
        assert len(accepted) <= 1, "two verifications of an account are open"
        for view, mode, key in accepted:
            assert not self.ledger.is_blocked(account, before), "a blocked account was called"
            self._accept(view, Case(id_of(view), account, mode, key, True, self.now))  # noqa: FBT003 - it has a callback

    @rule(which=WHICH)
    def start_again(self, which: int) -> None:
        if not self.ledger.cases:
            return
        case = self.case(which)
        view = met(
            lambda: self._start(case.account, case.mode, case.key, has_callback=case.has_callback),
            Code.IDEMPOTENCY_KEY_SPENT,
            Code.ACCOUNT_IN_USE,
            Code.ACCOUNT_BLOCKED,
        )
        if view is None or id_of(view) != case.id:
            assert not (self.now < case.started_at + DAY and case.is_open), "not the same again"
        if view is not None:
            own = id_of(view)
            repeated = Case(own, case.account, case.mode, case.key, case.has_callback, self.now)
            self._accept(view, repeated)

    @rule(which=WHICH, is_new=st.booleans(), times=st.integers(1, 2))
    def call_again(self, which: int, times: int, *, is_new: bool) -> None:
        if not self.ledger.cases:
            return
        case = self.case(which)
        earlier = case.call_keys.get(case.latest)
        self.ask_again(case, earlier if earlier and not is_new else self.new_key(), times)

    def ask_again(self, case: Case, key: str, times: int = 1) -> None:
        """Ask for another call by one request, which may be sent several times at once."""
        earlier = case.call_keys.get(case.latest)
        results = at_once(*[lambda: self.house.verifications.call_again(WEB, case.id, key)] * times)
        refusals = {each.code for each in results if isinstance(each, Refused)}
        allowed = {Code.CALL_IN_PROGRESS, Code.NO_CALLS_LEFT, Code.ALREADY_DECIDED, Code.NOT_FOUND}
        assert refusals <= ({Code.NOT_FOUND} if key == earlier else allowed)
        if refusals:
            assert all(isinstance(each, Refused) for each in results), "met, and refused"
            return
        if key != earlier:
            case.calls[case.latest + 1] = CallSeen()
            case.call_keys[case.latest] = key
            assert case.latest <= 3, "a fourth call"
            event(f"call {case.latest}")
        for view in results:
            self._show(case, view.passcode)

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        if not self.ledger.cases:
            return
        case = self.case(which)
        view = met(
            lambda: self.house.verifications.cancel(WEB, case.id),
            Code.ALREADY_DECIDED,
            Code.NOT_FOUND,
        )
        assert view is None or view.record.verification.reason is Reason.CANCELLED

    @rule(which=WHICH, kinds=SOME_GUESSES, has_key=st.booleans())
    def check(self, which: int, kinds: Sequence[str], *, has_key: bool) -> None:
        if not self.ledger.cases:
            return
        self.hand_in(self.case(which), kinds, has_key=has_key)

    def hand_in(self, case: Case, kinds: Sequence[str], *, has_key: bool) -> None:
        """Check passcodes, all at once."""
        guesses = [self.guess(case, kind) for kind in kinds]
        keys = [self.new_key() if has_key else None for _ in kinds]
        before = self.now
        results = at_once(
            *[
                lambda guess=guess, key=key: self.house.verifications.check(
                    WEB, case.id, guess, key
                )
                for guess, key in zip(guesses, keys, strict=True)
            ]
        )
        wrongs = [each for each in results if is_refused(each, Code.WRONG_PASSCODE)]
        self._count(case, [each.extra["tries_left"] for each in wrongs], before)
        for guess, key, result in zip(guesses, keys, results, strict=True):
            if key and (result in wrongs or not isinstance(result, Refused)):
                case.answered.append((key, guess, outcome(result)))
            if isinstance(result, Refused):
                assert result.code in {Code.WRONG_PASSCODE, *NOT_COUNTED}
                event(f"refused: {result.code}")
            else:
                case.passes(guess, before)
                self.ledger.unlock(case.account)
                event("passed by check")

    def _count(self, case: Case, said: list[int], before: int) -> None:
        """Count wrong tries; what each said is left must be told apart and come out even."""
        for _ in said:
            self.ledger.fails(case, before)
        assert len(set(said)) == len(said), "two tries were counted as one"
        assert not said or min(said) == self.ledger.tries_left(case)
        event(f"wrong: {len(said)} at once")

    @rule(which=WHICH)
    def check_again(self, which: int) -> None:
        if not any(case.answered for case in self.ledger.cases):
            return
        case = [case for case in self.ledger.cases if case.answered][-1]
        key, guess, answer = case.answered[which % len(case.answered)]
        results = at_once(*[lambda: self.house.verifications.check(WEB, case.id, guess, key)] * 2)
        for result in results:
            assert outcome(result) == answer or is_refused(result, Code.NOT_FOUND)


def is_refused(result: Any, code: Code) -> bool:
    """Tell whether something was refused with this code."""
    return isinstance(result, Refused) and result.code is code


def outcome(result: Any) -> tuple[object, ...]:
    """Return what a client sees of an answer to a check."""
    if isinstance(result, Refused):
        return (result.code, result.extra.get("tries_left"), result.extra.get("verdict"))
    return ("pass", result.receipt)
