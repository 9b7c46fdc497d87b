"""A machine that does what banks, carriers, depositors, thieves and workers do, in any order."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ivr.domain.callflow import Mode
from ivr.domain.errors import Code, Forged, Refused
from ivr.domain.events import CallEnd
from ivr.domain.record import State
from ivr.service.ports import (
    Accepted,
    CallOrder,
    CallProgress,
    NotPlaced,
    Placing,
    Postponed,
    Unsure,
)
from tests.service.house import CALLBACK, WEB, MemoryHouse, id_of, wrong
from tests.service.ledger import Case, Ledger
from tests.service.phone import Phone, spoken_passcode, words
from tests.service.real_house import RealHouse
from tests.service.world import FakeCarrier

AnyHouse = MemoryHouse | RealHouse
ACCOUNTS = ("001-0000001", "001-0000002")
WHICH = st.integers(0, 30)
GUESSES = st.sampled_from(["right", "right", "wrong", "wrong", "old", "derived"])
PLACINGS: list[Placing] = [
    Unsure("timeout"),
    Postponed(1.0, "20429"),
    Postponed(9.0, "20429"),
    NotPlaced(CallEnd.UNREACHABLE, "21211"),
    NotPlaced(CallEnd.CARRIER_BUSY, "21210"),
]
REFUSED_CALLS = {
    Code.CALL_IN_PROGRESS,
    Code.NO_CALLS_LEFT,
    Code.ALREADY_DECIDED,
    Code.NUMBER_CALLED_TOO_OFTEN,
    Code.NOT_FOUND,
}
NOT_COUNTED = {
    Code.NOT_SPOKEN_YET,
    Code.PASSCODE_EXPIRED,
    Code.ALREADY_DECIDED,
    Code.WRONG_MODE,
    Code.NOT_FOUND,
}


class WorkerDiedError(Exception):
    """A worker is gone in the middle of asking the carrier."""


class WatchfulCarrier(FakeCarrier):
    """Remembers for which call it was asked how often, and what it answered."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, list[Placing | None]] = {}

    def place(self, order: CallOrder) -> Placing:
        own = self.asked.setdefault(self.sid_of(order), [])
        own.append(None)
        own[-1] = super().place(order)
        return own[-1]

    def check(self) -> None:
        """Nobody was called twice: asked again only after it had said that it took nothing."""
        for answers in self.asked.values():
            assert all(isinstance(answer, Postponed) for answer in answers[:-1])


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do several things in as many threads; return each result, or the refusal."""
    results: list[Any] = [None] * len(acts)
    together = threading.Barrier(len(acts))

    def run(place: int) -> None:
        together.wait()
        try:
            results[place] = acts[place]()
        except Exception as error:  # noqa: BLE001 - whatever it was, the caller looks at it
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, Refused):
            raise result
    return results


class Promises(RuleBasedStateMachine):
    """Drives a house, and lets the ledger look after each step."""

    def __init__(self, open_house: Callable[[WatchfulCarrier], AnyHouse]) -> None:
        super().__init__()
        self.carrier = WatchfulCarrier()
        self.house = open_house(self.carrier)
        self.ledger = Ledger()
        self.phones: list[Phone] = []
        self.keys = 0

    @property
    def now(self) -> int:
        return self.house.store.load_account("honnin", "none").now

    def new_key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    def case(self, which: int) -> Case:
        """Choose a case; the later ones are the likelier."""
        return self.ledger.cases[-1 - which % min(len(self.ledger.cases), 3)]

    # what banks do

    def _start(self, account: str, mode: Mode, key: str, *, has_callback: bool) -> Any:
        return self.house.start(
            account, key=key, mode=mode, callback_url=CALLBACK if has_callback else None
        )

    @rule(
        account=st.sampled_from(ACCOUNTS),
        mode=st.sampled_from(Mode),
        has_callback=st.booleans(),
        times=st.integers(1, 3),
    )
    def start(self, account: str, mode: Mode, times: int, *, has_callback: bool) -> None:
        key = self.new_key()
        before = self.now
        results = at_once(
            *[lambda: self._start(account, mode, key, has_callback=has_callback)] * times
        )
        refusals = {result.code for result in results if isinstance(result, Refused)}
        if refusals:
            assert len(refusals) == 1, "the same request was met and refused"
            assert not [result for result in results if not isinstance(result, Refused)]
            is_open = any(each.account == account and each.is_open for each in self.ledger.cases)
            assert refusals <= {Code.ACCOUNT_IN_USE, Code.ACCOUNT_BLOCKED}
            assert is_open or refusals == {Code.ACCOUNT_BLOCKED}
            return
        assert not self.ledger.is_blocked(account, before), "a blocked account was started"
        assert len({id_of(view) for view in results}) == 1, "one request started two"
        case = Case(id_of(results[0]), account, mode, key, has_callback, self.now)
        self.ledger.cases.append(case)
        self._show(case, results[0].passcode)
        event(f"started in {mode}")

    def _show(self, case: Case, passcode: str | None) -> None:
        assert (passcode is not None) <= (case.mode is Mode.KEYIN)
        call = case.calls[case.latest]
        if passcode is not None and not call.passcode:
            call.passcode, call.known_at = passcode, self.now
        assert passcode in {None, call.passcode}

    @precondition(lambda self: self.ledger.cases)
    @rule(which=WHICH)
    def start_again(self, which: int) -> None:
        case = self.case(which)
        try:
            view = self._start(case.account, case.mode, case.key, has_callback=case.has_callback)
        except Refused as refused:
            spent = {Code.IDEMPOTENCY_KEY_SPENT, Code.ACCOUNT_IN_USE, Code.ACCOUNT_BLOCKED}
            assert refused.code in spent
            assert not case.is_open
            return
        if id_of(view) != case.id:
            assert self.now >= case.started_at + 3600_000, "a repeated request started another"
            self.ledger.cases.append(
                Case(id_of(view), case.account, case.mode, case.key, case.has_callback, self.now)
            )
            case = self.ledger.cases[-1]
        self._show(case, view.passcode)

    @precondition(lambda self: self.ledger.cases)
    @rule(which=WHICH, is_new=st.booleans())
    def call_again(self, which: int, *, is_new: bool) -> None:
        case = self.case(which)
        key = self.new_key() if is_new else case.call_keys.get(case.latest, self.new_key())
        is_repeated = key == case.call_keys.get(case.latest)
        try:
            view = self.house.verifications.call_again(WEB, case.id, key)
        except Refused as refused:
            assert refused.code in REFUSED_CALLS
            assert not is_repeated or refused.code is Code.NOT_FOUND
            return
        if not is_repeated:
            number = case.latest + 1
            assert number <= 3, "a fourth call"
            case.calls[number] = type(case.calls[1])()
            case.call_keys[number] = key
            event("called again")
        self._show(case, view.passcode)

    @precondition(lambda self: self.ledger.cases)
    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        case = self.case(which)
        try:
            view = self.house.verifications.cancel(WEB, case.id)
        except Refused as refused:
            assert refused.code in {Code.ALREADY_DECIDED, Code.NOT_FOUND}
        else:
            assert view.record.verification.reason == "cancelled"

    def _guess(self, case: Case, kind: str) -> str:
        """What somebody may type: what was heard, what was heard earlier, or nonsense.

        `derived` is what nobody can know: the right passcode before anybody heard it.
        """
        call = case.calls[case.latest]
        loaded = self.house.store.load(case.id)
        if loaded is None or loaded.record is None:
            return "000000"
        right = self.house.views.passcode(loaded.record.verification)
        match kind:
            case "derived":
                return right
            case "right":
                return call.passcode or wrong(right)
            case "old" if case.latest > 1:
                old = case.calls[case.latest - 1].passcode
                return old if old and old != right else wrong(right)
            case _:
                return wrong(right)

    @precondition(lambda self: self.ledger.cases)
    @rule(which=WHICH, kinds=st.lists(GUESSES, min_size=1, max_size=4), has_key=st.booleans())
    def check(self, which: int, kinds: Sequence[str], *, has_key: bool) -> None:
        case = self.case(which)
        guesses = [self._guess(case, kind) for kind in kinds]
        keys = [self.new_key() if has_key else None for _ in kinds]
        before = self.now
        results = at_once(
            *[
                lambda guess=guess, key=key: self.house.verifications.check(  # type: ignore[misc]
                    WEB, case.id, guess, key
                )
                for guess, key in zip(guesses, keys, strict=True)
            ]
        )
        wrongs = [each for each in results if is_refused(each, Code.WRONG_PASSCODE)]
        for each in wrongs:
            self.ledger.fails(case, before)
            event(f"wrong, {each.extra['tries_left']} left")
        if wrongs:
            assert min(each.extra["tries_left"] for each in wrongs) == self.ledger.tries_left(case)
            assert len({each.extra["tries_left"] for each in wrongs}) == len(wrongs)
        for guess, key, result in zip(guesses, keys, results, strict=True):
            if key and (result in wrongs or not isinstance(result, Refused)):
                case.answered.append((key, guess, outcome(result)))
            if isinstance(result, Refused):
                assert result.code in {Code.WRONG_PASSCODE, *NOT_COUNTED}
                event(f"refused: {result.code}")
            else:
                case.passes(guess, before)
                self.ledger.succeeds(case)
                event("passed by check")

    @precondition(lambda self: any(case.answered for case in self.ledger.cases))
    @rule(which=WHICH)
    def check_again(self, which: int) -> None:
        case = [case for case in self.ledger.cases if case.answered][-1]
        key, guess, answer = case.answered[which % len(case.answered)]
        results = at_once(*[lambda: self.house.verifications.check(WEB, case.id, guess, key)] * 2)
        for result in results:
            assert outcome(result) == answer or is_refused(result, Code.NOT_FOUND)

    # what the carrier, the depositor and whoever else do

    @rule(answers=st.lists(st.sampled_from(PLACINGS), max_size=1), workers=st.integers(1, 2))
    def work(self, answers: list[Placing], workers: int) -> None:
        self.carrier.answers[:] = answers
        self._work(workers)

    def _work(self, workers: int) -> None:
        seen = len(self.carrier.orders)
        at_once(*[self.house.work] * workers)
        for order in self.carrier.orders[seen:]:
            sid = self.carrier.sid_of(order)
            if isinstance(self.carrier.asked[sid][-1], Accepted | Unsure):
                self.phones.append(Phone(self.house.calls, order, sid))

    @rule()
    def a_worker_dies_while_it_asks(self) -> None:
        def die(_: CallOrder) -> None:
            raise WorkerDiedError

        self.carrier.while_asking = die
        seen = len(self.carrier.orders)
        try:
            self.house.work()
        except WorkerDiedError:
            order = self.carrier.orders[seen]
            self.phones.append(Phone(self.house.calls, order, self.carrier.sid_of(order)))
            event("a worker died")
        finally:
            self.carrier.while_asking = lambda _: None

    def phone(self, which: int) -> Phone:
        return self.phones[-1 - which % min(len(self.phones), 3)]

    @precondition(lambda self: self.phones)
    @rule(
        which=WHICH,
        keys=st.lists(
            st.sampled_from(["", "1", "1", "2", "9", "*", "right", "wrong", "old"]),
            min_size=1,
            max_size=4,
        ),
    )
    def press(self, which: int, keys: Sequence[str]) -> None:
        for key in keys:
            self._press(self.phone(which), key)

    @precondition(lambda self: self.phones)
    @rule(which=WHICH, key=st.sampled_from(["right", "wrong", ""]), hangs_up=st.booleans())
    def take_part(self, which: int, key: str, *, hangs_up: bool) -> None:
        phone = self.phone(which)
        for each in ("", "1", key):
            self._press(phone, each)
        if hangs_up:
            phone.hang_up()

    def _press(self, phone: Phone, key: str) -> None:
        case = self.ledger.find(phone.address.verification)
        digits = self._guess(case, key) if key in {"right", "wrong", "old"} else key
        number = phone.address.call
        call = case.calls[number]
        if key == "1" and phone.asks_consent:
            call.consented = True
        tries, before = self._tries(case), self.now
        try:
            reply = phone.turn(digits)
        except Refused as refused:
            assert refused.code is Code.NOT_FOUND
            return
        passcode = spoken_passcode(reply)
        if passcode:
            assert case.mode is Mode.READOUT
            assert number == case.latest, "the passcode was spoken in an earlier call"
            assert call.consented, "the passcode was spoken before the consent key"
            if not call.passcode:
                call.passcode, call.known_at = passcode, self.now
            assert passcode == call.passcode, "one call spoke two passcodes"
        else:
            assert "passcode" not in reply.values or number == case.latest
        if self._tries(case) != tries:
            assert number == case.latest, "a key of an earlier call was counted"
            assert call.consented, "a passcode was taken before the consent key"
            assert digits != call.passcode
            self.ledger.fails(case, before)
            event("wrong by key")
        if case.is_open and self._state(case) is State.PASSED:
            assert number == case.latest, "an earlier call won"
            case.passes(digits, before)
            self.ledger.succeeds(case)
            event("passed by key")
        assert words(reply)

    def _state(self, case: Case) -> State | None:
        loaded = self.house.store.load(case.id)
        return loaded.record.verification.state if loaded and loaded.record else None

    def _tries(self, case: Case) -> int:
        loaded = self.house.store.load(case.id)
        return loaded.record.verification.tries if loaded and loaded.record else case.wrong

    @precondition(lambda self: any(phone.sent for phone in self.phones))
    @rule(which=WHICH, place=WHICH, times=st.integers(1, 3))
    def a_hook_comes_again(self, which: int, place: int, times: int) -> None:
        phone = self.phone(which)
        if phone.sent:
            at_once(*[lambda: phone.repeat(place % len(phone.sent))] * times)
        self._listen(phone)

    def _listen(self, phone: Phone) -> None:
        """Whatever a repeated hook spoke was spoken before."""
        case = self.ledger.find(phone.address.verification)
        assert phone.passcode in {"", case.calls[phone.address.call].passcode}

    @precondition(lambda self: self.phones)
    @rule(which=WHICH, news=st.sampled_from([*CallProgress, *CallEnd]))
    def a_status_comes(self, which: int, news: CallProgress | CallEnd) -> None:
        try:
            self.phone(which).tell(news)
        except Refused as refused:
            assert refused.code is Code.NOT_FOUND

    @precondition(lambda self: self.phones)
    @rule(which=WHICH, is_bound=st.booleans(), key=st.sampled_from(["", "1", "9"]))
    def a_forged_hook_comes(self, which: int, key: str, *, is_bound: bool) -> None:
        phone = self.phone(which)
        forger = Phone(self.house.calls, self.carrier.orders[-1], "CA-forged")
        forger.address, forger.next_turn = phone.address, phone.next_turn
        if not is_bound:
            forger.address = msgspec.structs.replace(phone.address, token="x" * 26)
        elif not self._is_bound(phone):
            return
        try:
            forger.turn(key)
        except Refused as refused:
            assert refused.code is Code.NOT_FOUND
        except Forged:
            return
        else:
            case = self.ledger.find(phone.address.verification)
            assert phone.address.call < case.latest, "a forged hook was heard"
            assert not forger.passcode

    def _is_bound(self, phone: Phone) -> bool:
        loaded = self.house.store.load(phone.address.verification)
        call = loaded.record.verification.call if loaded and loaded.record else None
        return bool(call and call.number == phone.address.call and call.sid)

    # what time and staff do

    @rule(seconds=st.sampled_from([1, 2, 7, 21, 65, 65, 150, 290, 301, 335, 601, 3700, 90_000]))
    def time_passes(self, seconds: int) -> None:
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

    # what must hold

    @invariant()
    def nothing_was_lost_or_won_twice(self) -> None:
        self.carrier.check()
        now = self.now
        for case in self.ledger.cases[-4:]:
            loaded = self.house.store.load(case.id)
            self.ledger.observe(case, loaded.record if loaded else None, now)
            if case.verdict and not case.receipt and loaded:
                case.receipt = self.house.verifications.read(WEB, case.id).receipt
                event(f"verdict: {case.verdict[1]}")

    def teardown(self) -> None:
        self.house.courier.answers.clear()
        self.carrier.answers.clear()
        for seconds in [5, 60, 60, 500, *[130] * 5, 600, *[600] * 6, 1, 1]:
            self._work(1)
            self.house.wait(seconds)
            self.nothing_was_lost_or_won_twice()
        self.everything_has_one_verdict_and_all_agree()
        self.house.close()

    def everything_has_one_verdict_and_all_agree(self) -> None:
        """Poll, callback and receipt say the same, of every verification that was accepted."""
        for case in self.ledger.cases:
            assert case.verdict, "accepted, and never decided"
            told = self.house.verdicts_posted(case.id)
            word = "pass" if case.verdict[0] is State.PASSED else "fail"
            if not case.has_callback:
                assert not told
                continue
            assert told, "a verdict that its client was never told of"
            assert set(told) == {(word, case.verdict[1].value, case.receipt)}
            claims = self.house.claims_of(case.receipt or "")
            assert (claims["sub"], claims["verdict"]) == (case.id, word)
            assert claims["reason"] == case.verdict[1].value


def is_refused(result: Any, code: Code) -> bool:
    """Tell whether something was refused with this code."""
    return isinstance(result, Refused) and result.code is code


def outcome(result: Any) -> tuple[object, ...]:
    """Return what a client would see of an answer to a check."""
    if isinstance(result, Refused):
        return (result.code, result.extra.get("tries_left"), result.extra.get("verdict"))
    return ("pass", result.receipt)
