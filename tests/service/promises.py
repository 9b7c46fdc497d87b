"""A machine that does what banks, carriers, depositors, forgers and workers do, in any order."""

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from ivr.domain.callflow import KEY_ONLY, Mode
from ivr.domain.policy import ASKED_MODES
from ivr.domain.record import State
from tests.service.bank_rules import ACCOUNTS, SOME_GUESSES, WHICH, Banks
from tests.service.call_back_rules import CallingBack
from tests.service.call_rules import Calling
from tests.service.house import WEB
from tests.service.ledger import Case

TIMES = (1, 1, 2, 5, 7, 21, 65, 150, 290, 301, 335)
LONG_TIMES = (601, 3700, 90_000)
LET_ALL_END = (5, 60, 60, 500, *[130] * 5, *[600] * 7, 1, 1)
"""Longer than any verification lives, and any callback is tried."""


class Promises(Banks, Calling, CallingBack):
    """Drives a house, and lets the ledger look after each step."""

    holds = True

    @initialize(account=st.sampled_from(ACCOUNTS), mode=st.sampled_from(ASKED_MODES))
    def somebody_started(self, account: str, mode: Mode) -> None:
        self.begin(account, mode, 1, has_callback=True)

    @rule(
        account=st.sampled_from(ACCOUNTS),
        kinds=SOME_GUESSES,
        has_callback=st.booleans(),
        hangs_up=st.booleans(),
    )
    def a_readout_goes_as_it_should(
        self, account: str, kinds: list[str], *, has_callback: bool, hangs_up: bool
    ) -> None:
        self.begin(account, Mode.READOUT, 1, has_callback=has_callback)
        if self.ledger.cases:
            self.call(self.ledger.cases[-1], [], hangs_up=hangs_up)
            self.nothing_is_lost_or_won_twice()
            self.hand_in(self.ledger.cases[-1], kinds, has_key=has_callback)

    @rule(
        account=st.sampled_from(ACCOUNTS),
        keys=SOME_GUESSES,
        has_callback=st.booleans(),
        hangs_up=st.booleans(),
    )
    def a_keyin_goes_as_it_should(
        self, account: str, keys: list[str], *, has_callback: bool, hangs_up: bool
    ) -> None:
        self.begin(account, Mode.KEYIN, 1, has_callback=has_callback)
        if self.ledger.cases:
            self.call(self.ledger.cases[-1], keys, hangs_up=hangs_up)

    @rule(
        account=st.sampled_from(ACCOUNTS),
        mode=st.sampled_from(sorted(KEY_ONLY)),
        key=st.sampled_from(["", "1", "2", "9"]),
    )
    def a_notice_goes_as_it_should(self, account: str, mode: Mode, key: str) -> None:
        self.begin(account, mode, 1, has_callback=True)
        if self.ledger.cases:
            self.call(self.ledger.cases[-1], [], hangs_up=False, first=key)

    @rule(
        account=st.sampled_from(ACCOUNTS),
        mode=st.sampled_from(ASKED_MODES),
        key=st.sampled_from(["", "1"]),
    )
    def two_calls_are_on_at_once(self, account: str, mode: Mode, key: str) -> None:
        self.begin(account, mode, 1, has_callback=True)
        case = self.ledger.cases[-1]
        self.call(case, [key], hangs_up=True)
        self.ask_again(case, self.new_key())
        self.call(case, [], hangs_up=False)

    @rule(which=WHICH, kinds=SOME_GUESSES, hangs_up=st.booleans())
    def another_call_goes_as_it_should(
        self, which: int, kinds: list[str], *, hangs_up: bool
    ) -> None:
        if not self.ledger.cases:
            return
        case = self.case(which)
        self.ask_again(case, self.new_key())
        self.call(case, kinds if case.mode is Mode.KEYIN else [], hangs_up=hangs_up)
        self.nothing_is_lost_or_won_twice()
        if case.mode is Mode.READOUT:
            self.hand_in(case, kinds, has_key=hangs_up)

    @rule(seconds=st.sampled_from(TIMES))
    def time_passes(self, seconds: int) -> None:
        self.house.wait(seconds)

    @rule(seconds=st.sampled_from(LONG_TIMES))
    def a_long_time_passes(self, seconds: int) -> None:
        self.house.wait(seconds)

    @rule()
    def everything_restarts(self) -> None:
        self.house = self.house.restart()
        for phone in self.phones:
            phone.move_to(self.house.calls)

    @rule(answers=st.lists(st.sampled_from([0, 302, 500]), min_size=1, max_size=2))
    def the_banks_server_fails(self, answers: list[int]) -> None:
        self.house.courier.answers[:] = answers

    @rule(account=st.sampled_from(ACCOUNTS))
    def staff_unlock(self, account: str) -> None:
        self.house.accounts.unlock("honnin", account, person="suzuki", reason="asked")
        self.ledger.unlock(account)

    @invariant()
    def nothing_is_lost_or_won_twice(self) -> None:
        self.holds = False
        self.carrier.check()
        now = self.now
        for case in self.ledger.worth_a_look():
            loaded = self.house.store.load(case.id)
            self.ledger.observe(case, loaded.record if loaded else None, now)
            if case.verdict and not case.receipt and loaded:
                case.receipt = self.house.verifications.read(WEB, case.id).receipt
                event(f"verdict: {case.verdict[1]}")
        self.holds = True

    def teardown(self) -> None:
        """Let everything end, with only a worker awake; then everything has ended well."""
        self.house.courier.answers.clear()
        self.carrier.answers.clear()
        for seconds in LET_ALL_END if self.holds else ():
            self.house.work()
            self.house.wait(seconds)
            self.nothing_is_lost_or_won_twice()
        for case in self.ledger.cases if self.holds else ():
            self._ended_well(case)
        self.house.close()

    def _ended_well(self, case: Case) -> None:
        """One verdict, and poll, callback and receipt say the same."""
        assert case.verdict, "accepted, and never decided"
        assert case.receipt, "decided, and nobody could read it"
        word = "pass" if case.verdict[0] is State.PASSED else "fail"
        claims = self.house.claims_of(case.receipt)
        assert (claims["sub"], claims["verdict"]) == (case.id, word)
        assert claims["reason"] == case.verdict[1].value
        told = set(self.house.verdicts_posted(case.id))
        expected = {(word, case.verdict[1].value, case.receipt)} if case.has_callback else set()
        assert told == expected, "the client was told something else, or nothing"
