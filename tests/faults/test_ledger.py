"""The ledger finds what is planted: a record of each broken promise, beside one that is right."""

from collections.abc import Callable
from typing import Any

import pytest

from ivr.simulator.story_digits import NAMES
from tests.faults.ledger import CallSeen, Case, Check, Ledger, Lives, call_seen

OWN, OTHERS = "v-own", "v-others"
PASSCODE, OTHER_CODE, WRONG = "012345", "678901", "999999"
LIVES = Lives(verification=30, passcode=15)


def spoken(passcode: str) -> dict[str, Any]:
    return {
        "kind": "hears",
        "text": f"番号は、{'、'.join(NAMES[int(each)] for each in passcode)}。",
    }


def pressed(keys: str) -> list[dict[str, Any]]:
    return [{"kind": "presses", "key": each, "taken": True} for each in keys]


def call(number: int, *entries: dict[str, Any], own: str = OWN, sid: str = "CA1") -> CallSeen:
    rings = {"kind": "rings", "text": ""}
    return CallSeen(sid=sid, verification=own, number=number, rang=True, entries=(rings, *entries))


def check(guess: str, *answers: tuple[int, str], key: str = "k1", at: float = 105.0) -> Check:
    return Check(key=key, guess=guess, wish=1, sent_at=at, answers=set(answers))


def read_out() -> Case:
    """A passcode that was heard after consenting, handed in in time, and told everywhere."""
    case = Case(number=1, mode="readout")
    case.ids.add(OWN)
    case.accepted_at = 100.0
    case.account_calls = [call(1, *pressed("1"), spoken(PASSCODE))]
    case.spoken_at[1] = 104.0
    case.checks = [check(PASSCODE, (200, ""))]
    decide(case, "pass", "right_passcode")
    return case


def keyed_in() -> Case:
    """A passcode that the page showed, keyed after consenting."""
    case = Case(number=2, mode="keyin")
    case.ids.add(OWN)
    case.accepted_at = 100.0
    case.shown[1] = PASSCODE
    case.account_calls = [call(1, *pressed("1" + PASSCODE))]
    decide(case, "pass", "right_passcode")
    return case


def decide(case: Case, verdict: str, reason: str) -> None:
    told = {"verdict": verdict, "reason": reason, "receipt": "compact"}
    case.tell({**told, "state": verdict, "tries_left": 5})
    case.post(told)
    case.signed.add(verdict)


def judged(case: Case) -> list[str]:
    ledger = Ledger(LIVES)
    ledger.cases[case.number] = case
    return [name for name, findings in ledger.judge().items() if findings]


@pytest.mark.parametrize("make", [read_out, keyed_in])
def test_a_record_that_is_right_is_found_so(make: Callable[[], Case]) -> None:
    assert judged(make()) == []


def nobody_heard_it(case: Case) -> None:
    case.account_calls = []


def another_call_spoke_it(case: Case) -> None:
    case.account_calls = [call(2, *pressed("1"), spoken(PASSCODE))]
    case.wishes = 2


def it_was_spoken_long_before(case: Case) -> None:
    case.checks[0].sent_at = 119.5


def the_verification_was_over(case: Case) -> None:
    case.spoken_at[1] = 129.0
    case.checks[0].sent_at = 130.5


def the_tries_were_used_up(case: Case) -> None:
    wrong = (422, "wrong_passcode")
    case.checks += [check(WRONG, wrong, key=f"wrong-{number}") for number in range(5)]
    case.tries_left = 0


def two_checks_won(case: Case) -> None:
    case.checks.append(check(PASSCODE, (200, ""), key="k2"))


def it_was_spoken_without_consent(case: Case) -> None:
    case.account_calls = [call(1, spoken(PASSCODE), *pressed("1"), spoken(PASSCODE))]


def the_poll_tells_nothing(case: Case) -> None:
    case.told.clear()


def a_poll_found_nothing(case: Case) -> None:
    case.refused_polls = 1


def no_callback_came(case: Case) -> None:
    case.posted.clear()


def the_callback_tells_otherwise(case: Case) -> None:
    case.posted = {("fail", "expired")}


def the_verdict_changed(case: Case) -> None:
    case.tell({"verdict": "fail", "reason": "expired"})


def the_receipt_says_otherwise(case: Case) -> None:
    case.signed = {"fail"}


def the_receipt_is_not_genuine(case: Case) -> None:
    case.signed.add("InvalidSignatureError")


def a_wish_rang_twice(case: Case) -> None:
    case.account_calls.append(call(1, sid="CA2"))


def one_wish_began_two(case: Case) -> None:
    case.ids.add(OTHERS)


def nobody_asked_for_it(case: Case) -> None:
    case.account_calls.append(call(2, sid="CA2"))


def it_was_somebody_elses(case: Case) -> None:
    case.account_calls.append(call(1, own=OTHERS, sid="CA2"))


def a_try_came_back(case: Case) -> None:
    case.checks.append(check(WRONG, (422, "wrong_passcode"), key="wrong"))


BROKEN: list[tuple[Callable[[Case], None], str]] = [
    (nobody_heard_it, "wrong passes"),
    (another_call_spoke_it, "wrong passes"),
    (it_was_spoken_long_before, "wrong passes"),
    (the_verification_was_over, "wrong passes"),
    (the_tries_were_used_up, "wrong passes"),
    (two_checks_won, "passcodes accepted twice"),
    (it_was_spoken_without_consent, "passcodes spoken before the consent key"),
    (the_poll_tells_nothing, "verdicts lost"),
    (a_poll_found_nothing, "verdicts lost"),
    (no_callback_came, "verdicts lost"),
    (the_callback_tells_otherwise, "verdicts that differ between poll, callback and receipt"),
    (the_verdict_changed, "verdicts that differ between poll, callback and receipt"),
    (the_receipt_says_otherwise, "verdicts that differ between poll, callback and receipt"),
    (the_receipt_is_not_genuine, "verdicts that differ between poll, callback and receipt"),
    (a_wish_rang_twice, "depositors rung twice for one wish"),
    (one_wish_began_two, "depositors rung twice for one wish"),
    (nobody_asked_for_it, "calls that nobody wished for"),
    (it_was_somebody_elses, "calls that nobody wished for"),
    (a_try_came_back, "tries that were told and forgotten"),
]


@pytest.mark.parametrize(("plant", "promise"), BROKEN)
def test_a_planted_record_is_found(plant: Callable[[Case], None], promise: str) -> None:
    case = read_out()
    plant(case)
    assert judged(case) == [promise]


@pytest.mark.parametrize("keys", ["", "1", PASSCODE, "1" + WRONG])
def test_a_passcode_that_nobody_keyed_after_consenting_passes_nothing(keys: str) -> None:
    case = keyed_in()
    case.account_calls = [call(1, *pressed(keys))]
    assert judged(case) == ["wrong passes"]


def test_a_passcode_that_another_calls_page_showed_passes_nothing() -> None:
    case = keyed_in()
    case.shown = {1: OTHER_CODE, 2: PASSCODE}
    assert judged(case) == ["wrong passes"]


def test_every_promise_is_broken_by_some_plant() -> None:
    assert {promise for _, promise in BROKEN} == set(Ledger(LIVES).judge())


def test_no_finding_and_no_record_tells_a_passcode() -> None:
    ledger = Ledger(LIVES)
    for plant, _ in BROKEN:
        ledger.cases[1] = case = read_out()
        plant(case)
        told = f"{ledger.judge()}"
        assert not any(code in told for code in (PASSCODE, OTHER_CODE, WRONG))


def test_a_call_is_read_as_the_carrier_tells_it() -> None:
    told = {
        "sid": "CA1",
        "asks": f"http://127.0.0.1:8000/hooks/{OWN}/2/token/ja/0",
        "transcript": [{"kind": "rings"}, *pressed("1"), spoken(PASSCODE)],
    }
    seen = call_seen(told)
    assert (seen.verification, seen.number, seen.rang) == (OWN, 2, True)
    assert seen.passcodes() == [PASSCODE]
    assert not call_seen({**told, "transcript": []}).rang
