"""What those do who call our number: depositors, and strangers who forge a depositor's."""

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import rule
from msgspec.structs import replace

from ivr.domain.callflow import Mode
from ivr.domain.record import State, Verification
from tests.service.bank_rules import ACCOUNTS, WHICH
from tests.service.ledger import CallSeen, Case
from tests.service.machine import Machine, at_once
from tests.service.world import NUMBERS

CALLABLE = {State.HEARD, State.RESTING}


class CallingBack(Machine):
    """The rules of calls to us. They bring a call at most: no verdict, no try, no state but `wanted`."""

    inbound = 0

    @rule(
        account=st.sampled_from([*ACCOUNTS, "001-0000003"]),
        is_new=st.booleans(),
        times=st.integers(1, 3),
    )
    def somebody_asks_to_be_called_back(self, account: str, times: int, *, is_new: bool) -> None:
        self.ask_back(account, times, is_new=is_new)

    @rule(which=WHICH, times=st.integers(1, 3))
    def a_depositor_who_missed_the_call_asks(self, which: int, times: int) -> None:
        if self.ledger.cases:
            self.house.work()
            self.ask_back(self.case(which).account, times, is_new=True)
            self.house.wait(30)

    def ask_back(self, account: str, times: int, *, is_new: bool) -> None:
        """Press the key in one call to us, perhaps several times at once."""
        self.inbound += is_new
        sid = f"CA-inbound-{self.inbound}"
        before = {case.id: self._look_with_time_applied(case) for case in self.ledger.cases}
        number = NUMBERS[account].number
        at_once(*[lambda: self.house.call_backs.ask("honnin", number, sid)] * times)
        called = 0
        for case in self.ledger.cases:
            was, now = before[case.id], self.look(case)
            if was is None or now is None:
                continue
            if now.call.number == was.call.number or was.call.number < case.latest:
                continue
            assert case.account == account, "somebody else is called"
            assert was.state in CALLABLE, "a call while another was on"
            assert now.call.number == was.call.number + 1 <= 3, "a fourth call"
            assert now.state is State.WANTED
            assert replace(now, state=was.state, since=was.since, call=was.call, code_until=0) == (
                replace(was, code_until=0)
            ), "an inbound call changed something else"
            self._carry_over(case)
            called += 1
        assert called <= 1, "several calls for one key"
        event(f"called back: {called}")

    def _look_with_time_applied(self, case: Case) -> Verification | None:
        """Look as whoever asks does: a call that rang for too long is over, though nobody noted it."""
        record = self.house.records.find(case.id)
        return record.verification if record else None

    def _carry_over(self, case: Case) -> None:
        """Note the call; in keyin the page goes on to show the same passcode."""
        earlier = case.calls[case.latest]
        key = case.call_keys.get(case.latest)
        shown = case.mode is Mode.KEYIN
        case.calls[case.latest + 1] = (
            CallSeen(earlier.passcode, earlier.known_at) if shown else CallSeen()
        )
        if key:
            case.call_keys[case.latest] = key
