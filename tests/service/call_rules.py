"""What workers, the carrier, depositors and forgers do with calls: in order, again, late, at once."""

from collections.abc import Sequence

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import rule
from msgspec.structs import replace

from ivr.domain.callflow import Mode
from ivr.domain.errors import Code, Forged
from ivr.domain.events import CallEnd
from ivr.service.carrier_port import (
    Accepted,
    CallOrder,
    CallProgress,
    NotPlaced,
    Placing,
    Postponed,
    Unsure,
)
from ivr.service.replies import Reply
from tests.service.bank_rules import WHICH
from tests.service.ledger import Case
from tests.service.machine import Machine, at_once, met
from tests.service.phone import Phone, spoken_passcode

PLACINGS: list[Placing] = [
    Unsure("timeout"),
    Postponed(1.0, "20429"),
    Postponed(9.0, "20429"),
    NotPlaced(CallEnd.UNREACHABLE, "21211"),
    NotPlaced(CallEnd.CARRIER_BUSY, "21210"),
]
GUESSED = ("right", "wrong", "old", "derived")
KEYS = st.sampled_from(["", "1", "1", "2", "9", "*", *GUESSED])


class WorkerDiedError(Exception):
    """A worker is gone in the middle of asking the carrier."""


def die(_: CallOrder) -> None:
    """Die."""
    raise WorkerDiedError


class Calling(Machine):
    """The rules of calls."""

    @rule(answers=st.lists(st.sampled_from(PLACINGS), max_size=1), workers=st.integers(1, 3))
    def work(self, answers: list[Placing], workers: int) -> None:
        self.carrier.answers[:] = answers
        seen = len(self.carrier.orders)
        at_once(*[self.house.work] * workers)
        self._connect(seen)

    @rule(which=WHICH, workers=st.integers(1, 3))
    def a_lease_runs_out_and_others_take_over(self, which: int, workers: int) -> None:
        if not self.ledger.cases:
            return
        seen, own = len(self.carrier.orders), self.case(which).id
        at_once(*[lambda: self.house.upkeep.attend(own)] * workers)
        self._connect(seen)

    @rule()
    def a_worker_dies_while_it_asks(self) -> None:
        seen = len(self.carrier.orders)
        self.carrier.while_asking = die
        try:
            self.house.work()
        except WorkerDiedError:
            event("a worker died")
        finally:
            self.carrier.while_asking = lambda _: None
        self._connect(seen)

    @rule(which=WHICH, key=st.sampled_from([*GUESSED, ""]), hangs_up=st.booleans())
    def a_call_goes_as_it_should(self, which: int, key: str, *, hangs_up: bool) -> None:
        if not self.ledger.cases:
            return
        self.call(self.case(which), [key], hangs_up=hangs_up)

    def call(self, case: Case, keys: Sequence[str], *, hangs_up: bool, first: str = "1") -> None:
        """Let the call that is wished for ring, be answered, and be told these keys after consent."""
        self.carrier.answers.clear()
        seen, rung = len(self.carrier.orders), len(self.phones)
        self.house.work()
        self._connect(seen)
        for place in range(rung, len(self.phones)):
            if self.phones[place].address.verification == case.id:
                self._take_part(self.phones[place], keys, hangs_up=hangs_up, first=first)

    def _connect(self, seen: int) -> None:
        """Ring the telephones that may ring after these orders."""
        for order in self.carrier.orders[seen:]:
            sid = self.carrier.sid_of(order)
            if isinstance(self.carrier.asked[sid][-1], Accepted | Unsure | None):
                self.phones.append(Phone(self.house.calls, order, sid))

    @rule(which=WHICH, keys=st.lists(KEYS, min_size=1, max_size=4))
    def press(self, which: int, keys: Sequence[str]) -> None:
        if not self.phones:
            return
        for key in keys:
            self._press(self.phone(which), key)

    @rule(which=WHICH, key=st.sampled_from([*GUESSED, ""]), hangs_up=st.booleans())
    def take_part(self, which: int, key: str, *, hangs_up: bool) -> None:
        if not self.phones:
            return
        self._take_part(self.phone(which), [key], hangs_up=hangs_up)

    def _take_part(
        self, phone: Phone, keys: Sequence[str], *, hangs_up: bool, first: str = "1"
    ) -> None:
        for each in ("", first, *keys):
            self._press(phone, each)
        if hangs_up:
            met(phone.hang_up, Code.NOT_FOUND)

    @rule(keys=st.lists(KEYS, min_size=1, max_size=4))
    def an_earlier_call_goes_on(self, keys: Sequence[str]) -> None:
        for phone in reversed(self.phones):
            if phone.address.call < self.ledger.find(phone.address.verification).latest:
                for key in keys:
                    self._press(phone, key)
                event("an earlier call went on")
                return

    def _press(self, phone: Phone, key: str) -> None:
        case = self.ledger.find(phone.address.verification)
        digits = self.guess(case, key) if key in GUESSED else key
        agrees = key == "1" and phone.asks_consent
        if agrees:
            case.calls[phone.address.call].consented = True
        tries, before = case.wrong, self.now
        reply = met(lambda: phone.turn(digits), Code.NOT_FOUND)
        if reply is None:
            return
        self._hear(case, phone, reply)
        verification = self.look(case)
        if verification is None:
            return
        if verification.tries != tries:
            self._may_count(case, phone)
            assert digits != case.calls[case.latest].passcode, "the right passcode was wrong"
            self.ledger.fails(case, before)
            event("wrong by key")
        if case.is_open and not case.has_passed and verification.passed:
            self._note_pass(case, phone, digits if not agrees else "", before)

    def _note_pass(self, case: Case, phone: Phone, passcode: str, before: int) -> None:
        """Note a pass by telephone; without a passcode it was the consent key."""
        if passcode:
            self._may_count(case, phone)
            case.passes(passcode, before)
            self.ledger.unlock(case.account)
            event("passed by key")
        else:
            assert phone.address.call == case.latest, "a key of an earlier call confirmed"
            case.confirms(before)
            event("confirmed")

    def _may_count(self, case: Case, phone: Phone) -> None:
        assert case.mode is Mode.KEYIN
        assert phone.address.call == case.latest, "a key of an earlier call counted"
        assert case.calls[case.latest].consented, "a passcode was taken before the consent key"

    def _hear(self, case: Case, phone: Phone, reply: Reply) -> None:
        """Note a passcode that is spoken, which must be allowed; none may be carried in silence."""
        passcode = spoken_passcode(reply)
        if not passcode:
            return
        call = case.calls[phone.address.call]
        assert case.mode is Mode.READOUT
        assert phone.address.call == case.latest, "a passcode was spoken in an earlier call"
        assert call.consented, "a passcode was spoken before the consent key"
        assert case.is_open, "a passcode was spoken after the verdict"
        if not call.passcode:
            call.passcode, call.known_at = passcode, self.now
        assert passcode == call.passcode, "one call spoke two passcodes"

    @rule(which=WHICH, place=st.integers(0, 9), times=st.integers(1, 3))
    def a_hook_comes_again(self, which: int, place: int, times: int) -> None:
        if not any(phone.sent for phone in self.phones):
            return
        phone = self.phone(which)
        if not phone.sent:
            return
        case = self.ledger.find(phone.address.verification)
        again = place % len(phone.sent)
        for reply in at_once(*[lambda: met(lambda: phone.repeat(again), Code.NOT_FOUND)] * times):
            if reply is not None:
                self._hear(case, phone, reply)

    @rule(which=WHICH, news=st.sampled_from([*CallProgress, *CallEnd]), times=st.integers(1, 2))
    def a_status_comes(self, which: int, news: CallProgress | CallEnd, times: int) -> None:
        if not self.phones:
            return
        phone = self.phone(which)
        at_once(*[lambda: met(lambda: phone.tell(news), Code.NOT_FOUND)] * times)

    @rule(which=WHICH, key=st.sampled_from(["", "1", "9"]))
    def a_hook_with_a_wrong_token_comes(self, which: int, key: str) -> None:
        if not self.phones:
            return
        phone = self.phone(which)
        forger = Phone(self.house.calls, self.carrier.orders[-1], phone.sid)
        forger.address = replace(phone.address, token="x" * 26)
        forger.next_turn = phone.next_turn
        assert not self._is_heard(forger, key)

    @rule(which=WHICH, key=st.sampled_from(["", "1", "9"]))
    def a_hook_of_another_call_comes(self, which: int, key: str) -> None:
        if not self.phones:
            return
        phone = self.phone(which)
        case = self.ledger.find(phone.address.verification)
        verification = self.look(case)
        if verification is None or not verification.call.sid:
            return
        forger = Phone(self.house.calls, self.carrier.orders[-1], "CA-forged")
        forger.address, forger.next_turn = phone.address, phone.next_turn
        assert not self._is_heard(forger, key) or phone.address.call < case.latest

    def _is_heard(self, forger: Phone, key: str) -> bool:
        try:
            reply = met(lambda: forger.turn(key), Code.NOT_FOUND)
        except Forged:
            return False
        assert reply is None or not forger.passcode, "a forger heard the passcode"
        return reply is not None
