"""What outsiders know of each verification, kept outside of the product, and what it is held to.

The carrier says who was rung for which wish, what was spoken and what was keyed; the bank's backend what
it was answered; the receiver what was posted. Nothing here asks the product whether something is right,
and no finding tells a passcode or a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ivr.simulator.story_digits import passcodes_in

CONSENT: Final = "1"
Verdict = tuple[str, str]
"""Pass or fail, and the reason."""


@dataclass(frozen=True, kw_only=True)
class CallSeen:
    """One call at the carrier: the wish that it was placed for, what was heard and what was keyed."""

    sid: str
    verification: str
    number: int
    rang: bool
    entries: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    def _after_consent(self) -> Iterator[Mapping[str, Any]]:
        consented = False
        for each in self.entries:
            if consented:
                yield each
            consented = consented or _is_key(each, CONSENT)

    def passcodes(self, *, after_consent: bool = True) -> list[str]:
        """Return the passcodes that were spoken, after the consent key or at all."""
        heard = self._after_consent() if after_consent else iter(self.entries)
        return passcodes_in(each["text"] for each in heard if each["kind"] == "hears")

    def keyed(self) -> str:
        """Return the keys that were taken after the consent key."""
        return "".join(each["key"] for each in self._after_consent() if _is_key(each))


def _is_key(entry: Mapping[str, Any], key: str = "") -> bool:
    return bool(entry["kind"] == "presses" and entry["taken"] and entry["key"].startswith(key))


@dataclass(kw_only=True)
class Check:
    """A passcode that was handed in under one key: for which wish, and every answer to it."""

    key: str
    guess: str = field(repr=False)
    wish: int
    sent_at: float
    answers: set[tuple[int, str]] = field(default_factory=set)

    @property
    def accepted(self) -> bool:
        return (200, "") in self.answers

    @property
    def told_wrong(self) -> bool:
        return any(code == "wrong_passcode" for _, code in self.answers)


@dataclass(kw_only=True)
class Case:
    """One verification from outside. `wishes` are the calls that the bank asked for and was promised."""

    number: int
    mode: str
    trouble: str = ""
    account_calls: list[CallSeen] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    accepted_at: float = 0.0
    wishes: int = 1
    asked_sha256: str = ""
    shown: dict[int, str] = field(default_factory=dict, repr=False)
    spoken_at: dict[int, float] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    told: set[Verdict] = field(default_factory=set)
    posted: set[Verdict] = field(default_factory=set)
    posts: int = 0
    refused_polls: int = 0
    receipts: set[str] = field(default_factory=set, repr=False)
    signed: set[str] = field(default_factory=set)
    tries_left: int | None = None
    last_state: str = ""

    @property
    def accepted(self) -> bool:
        return self.accepted_at > 0

    def tell(self, answer: Mapping[str, Any]) -> None:
        """Note what an answer says of the verification: its state, its tries, its verdict."""
        if answer.get("state"):
            self.last_state = answer["state"]
        if answer.get("tries_left") is not None:
            self.tries_left = answer["tries_left"]
        if answer.get("verdict"):
            self.told.add((answer["verdict"], answer["reason"]))
        if answer.get("receipt"):
            self.receipts.add(answer["receipt"])

    def post(self, data: Mapping[str, Any]) -> None:
        """Note a callback."""
        self.posts += 1
        self.posted.add((data["verdict"], data["reason"]))
        self.receipts.add(data["receipt"])

    @property
    def passed(self) -> bool:
        return any(verdict == "pass" for verdict, _ in self.told | self.posted) or (
            "pass" in self.signed
        )


@dataclass(frozen=True, kw_only=True)
class Lives:
    """How long things live and how often one may try, as the house was set, in seconds."""

    verification: int
    passcode: int
    tries: int = 5


class Ledger:
    """All cases of a run, by number."""

    def __init__(self, lives: Lives) -> None:
        self.cases: dict[int, Case] = {}
        self._lives = lives

    def judge(self) -> dict[str, list[str]]:
        """Return what was found under each promise; every list is empty where all were kept."""
        rules: dict[str, Callable[[Case], Iterator[str]]] = {
            "wrong passes": self._wrong_pass,
            "verdicts lost": _lost_verdict,
            "verdicts that differ between poll, callback and receipt": _differing_verdicts,
            "depositors rung twice for one wish": _rung_twice,
            "calls that nobody wished for": _rung_unasked,
            "passcodes accepted twice": _accepted_twice,
            "passcodes spoken before the consent key": _spoken_too_soon,
            "tries that were told and forgotten": self._forgotten_tries,
        }
        return {
            name: [
                f"verification {case.number}: {what}"
                for case in self.cases.values()
                for what in rule(case)
            ]
            for name, rule in rules.items()
        }

    def _wrong_pass(self, case: Case) -> Iterator[str]:
        if not case.passed:
            return
        wrong = {check.key for check in case.checks if check.told_wrong}
        if len(wrong) >= self._lives.tries:
            yield "passed when its tries were used up"
        if case.mode == "keyin":
            if not any(self._is_keyed_right(case, call) for call in case.account_calls):
                yield "passed, and nobody keyed what the page showed after consenting"
            return
        passing = [check for check in case.checks if check.accepted]
        if not any(self._is_right(case, check) for check in passing or case.checks):
            yield "passed without the passcode of the call that was last asked for"
        elif not any(self._is_in_time(case, check) for check in passing or case.checks):
            yield "passed after the life of the passcode or the verification"

    def _is_right(self, case: Case, check: Check) -> bool:
        return any(
            check.guess in call.passcodes()
            for call in case.account_calls
            if call.verification in case.ids and call.number == check.wish
        )

    def _is_keyed_right(self, case: Case, call: CallSeen) -> bool:
        shown = case.shown.get(call.number)
        return bool(shown) and call.verification in case.ids and str(shown) in call.keyed()

    def _is_in_time(self, case: Case, check: Check) -> bool:
        spoken = case.spoken_at.get(check.wish, check.sent_at)
        return (
            check.sent_at <= case.accepted_at + self._lives.verification
            and check.sent_at <= spoken + self._lives.passcode
        )

    def _forgotten_tries(self, case: Case) -> Iterator[str]:
        wrong = {check.key for check in case.checks if check.told_wrong}
        if case.tries_left is not None and case.tries_left > self._lives.tries - len(wrong):
            yield f"{len(wrong)} wrong passcodes were told, and {case.tries_left} tries are left"


def _lost_verdict(case: Case) -> Iterator[str]:
    if not case.accepted:
        return
    if not case.told:
        yield f"accepted, and no poll tells a verdict; its state is {case.last_state}"
    if not case.posted:
        yield f"accepted, and no callback came; its state is {case.last_state}"
    if not case.receipts:
        yield "accepted, and no receipt was given"
    if case.refused_polls:
        yield f"accepted, and {case.refused_polls} polls were told that there is none"


def _differing_verdicts(case: Case) -> Iterator[str]:
    everything = case.told | case.posted
    if len(everything) > 1:
        yield f"was told {sorted(everything)}"
    elif case.signed - {verdict for verdict, _ in everything}:
        yield f"was told {sorted(everything)}, and the receipts say {sorted(case.signed)}"


def _rung_twice(case: Case) -> Iterator[str]:
    placed = Counter((call.verification, call.number) for call in case.account_calls)
    for (_, number), times in placed.items():
        if times > 1:
            yield f"call {number} was placed {times} times"
    if len(case.ids) > 1:
        yield f"one wish began {len(case.ids)} verifications"


def _rung_unasked(case: Case) -> Iterator[str]:
    for call in case.account_calls:
        if case.accepted and call.verification not in case.ids:
            yield "was called for somebody else's verification"
        if call.number > case.wishes:
            yield f"call {call.number} was placed, and {case.wishes} were asked for"


def _accepted_twice(case: Case) -> Iterator[str]:
    accepted = {check.key for check in case.checks if check.accepted}
    if len(accepted) > 1:
        yield f"{len(accepted)} checks were each answered with a pass"


def _spoken_too_soon(case: Case) -> Iterator[str]:
    for call in case.account_calls:
        if len(call.passcodes(after_consent=False)) > len(call.passcodes()):
            yield f"call {call.number} spoke a passcode before the consent key"


def call_seen(told: Mapping[str, Any]) -> CallSeen:
    """Read a call as the simulator's control API tells it; the address that it asks names the wish."""
    _, _, path = told["asks"].partition("/hooks/")
    verification, number, *_ = path.split("/")
    entries = tuple(told["transcript"])
    return CallSeen(
        sid=told["sid"],
        verification=verification,
        number=int(number),
        rang=any(each["kind"] == "rings" for each in entries),
        entries=entries,
    )
