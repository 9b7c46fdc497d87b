"""The table of a run: each fault, how it was made, how often, what happened; and what the ledger counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import median
from typing import Final

from tests.faults.plan import PHONES, Fault
from tests.faults.round import Round

_KILLED: Final = {
    Fault.WEB_PROCESS: (
        "one of gunicorn's two processes is killed",
        "SIGKILL; gunicorn starts another",
    ),
    Fault.WEB: ("gunicorn is killed with all its processes", "SIGKILL to its group; started again"),
    Fault.WORKER: ("one of the two workers is killed", "SIGKILL; started again"),
}
_STORES: Final = {
    "one": ("the one server is killed", "SIGKILL; started again on its append-only file"),
    "sentinel": ("Sentinel's primary is killed", "SIGKILL; the old one comes back as a replica"),
    "cluster": (
        "a primary of the cluster is killed",
        "SIGKILL; the old one comes back as a replica",
    ),
}
_LASTING: Final = {
    Fault.STORM: ("429 storm", "for a minute every order is answered 429"),
    Fault.REFUSED: ("the carrier refuses connections", "its port is closed for 40 s"),
    Fault.CUT: ("the line to the carrier breaks", "three orders arrive, and their answers do not"),
    Fault.RECEIVER: ("a receiver of callbacks is down", "its port is closed for ten minutes"),
}
_ON_THE_WAY: Final = {
    "hook_lost": ("a hook is lost", "it is not sent"),
    "hook_unanswered": ("the answer to a hook is lost", "it is sent, and its answer thrown away"),
    "hook_doubled": ("a hook comes twice at once", "it is sent by two threads"),
    "hook_late": (
        "a hook is late by a minute",
        "the carrier gives it up; it arrives a minute later",
    ),
    "callback_fails": ("a callback is taken and answered 500", "the first of its verification"),
    "callback_mute": ("a callback is taken and not answered", "the first of its verification"),
}
_PHONES: Final = {
    "": ("only what is above", "the depositor consents, and types or keys"),
    "status hooks doubled": ("hooks doubled", "every hook of the call is sent again"),
    "status hooks reordered": ("status hooks reordered", "each overtakes the one before"),
    "status hooks late by a minute": ("status hooks late by a minute", "all those of the call"),
    "status hooks lost": ("status hooks lost", "all those of the call"),
    "5xx, not placed": ("5xx, not placed", "the order is answered 503"),
    "5xx, placed": ("5xx, and placed", "the order is answered 500, and the phone rings"),
    "time-out, not placed": ("time-out, not placed", "the order is never answered"),
    "time-out, placed": ("time-out, and placed", "it is never answered, and the phone rings"),
    "429": ("429 for one number", "each order to it"),
}
_WHERE_NOT: Final = "the carrier or the depositor of the call"


def tell(rounds: list[Round]) -> Iterator[str]:
    """Yield the lines of the report, in Markdown."""
    yield "| fault | how it was made | times | what happened |"
    yield "|---|---|--:|---|"
    for row in (*_killed(rounds), *_lasting(rounds), *_on_the_way(rounds)):
        yield _row(row)
    yield ""
    yield "| its calls meet | how it was made | times | passed | how the others ended | calls that rang |"
    yield "|---|---|--:|--:|---|--:|"
    for row in _by_phone(rounds):
        yield _row(row)
    yield ""
    yield from _counts(rounds)


def _row(cells: tuple[object, ...]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _made(rounds: list[Round], fault: Fault) -> int:
    return sum(each.made.times[fault] for each in rounds)


def _logged(rounds: list[Round], *starts: str) -> int:
    """Count what the processes said, by how it begins."""
    return sum(
        times for each in rounds for what, times in each.logged.items() if what.startswith(starts)
    )


def _killed(rounds: list[Round]) -> Iterator[tuple[object, ...]]:
    unheard = sum(each.answers["no answer"] for each in rounds)
    for fault, names in _KILLED.items():
        told = f"{unheard} requests of banks met no answer, and were made again"
        yield *names, _made(rounds, fault), told if fault is Fault.WEB_PROCESS else ""
    for store, names in _STORES.items():
        away = [s for each in rounds if each.store == store for s in each.made.store_away]
        if away:
            back = (
                f"everybody back and in step after {median(away):.1f} s, at most {max(away):.1f} s"
            )
            yield *names, len(away), back


def _lasting(rounds: list[Round]) -> Iterator[tuple[object, ...]]:
    refused = _logged(rounds, "carrier_postponed") - _logged(rounds, "carrier_postponed 20429")
    happened = {
        Fault.STORM: f"{_logged(rounds, 'carrier_postponed 20429')} orders met it, and waited",
        Fault.REFUSED: f"{refused} orders met it, and were made again",
        Fault.CUT: f"{sum(each.troubles['cut'] for each in rounds)} answers lost; no order made again",
        Fault.RECEIVER: f"{_logged(rounds, 'callback_not_delivered')} callbacks met it, and were made again",
    }
    for fault, names in _LASTING.items():
        yield *names, _made(rounds, fault), happened[fault]


def _on_the_way(rounds: list[Round]) -> Iterator[tuple[object, ...]]:
    for name, names in _ON_THE_WAY.items():
        yield *names, sum(each.troubles[name] for each in rounds), ""


def _by_phone(rounds: list[Round]) -> Iterator[tuple[object, ...]]:
    """Tell how verifications ended whose calls met a trouble by the plan."""
    for trouble in PHONES:
        cases = [case for each in rounds for case in each.cases if case.trouble == trouble]
        ends = Counter(
            reason for case in cases for verdict, reason in case.told if verdict == "fail"
        )
        told = ", ".join(f"{times} `{end}`" for end, times in ends.most_common())
        rang = sum(call.rang for case in cases for call in case.account_calls)
        passed = sum(case.passed for case in cases)
        yield *_PHONES.get(trouble, (trouble, _WHERE_NOT)), len(cases), passed, told, rang


def _counts(rounds: list[Round]) -> Iterator[str]:
    cases = [case for each in rounds for case in each.cases]
    checks = [check for case in cases for check in case.checks]
    calls = [call for case in cases for call in case.account_calls]
    for what, count in {
        "verifications": len(cases),
        "answered 2xx": sum(case.accepted for case in cases),
        "passed": sum(case.passed for case in cases),
        "calls placed": len(calls),
        "calls that rang": sum(call.rang for call in calls),
        "passcodes handed in": len(checks),
        "of these told wrong": sum(check.told_wrong for check in checks),
        "callbacks taken": sum(case.posts for case in cases),
        "receipts checked": sum(len(case.receipts) for case in cases),
    }.items():
        yield f"- {what}: {count}"
    answers: Counter[str] = sum((each.answers for each in rounds), Counter())
    said = ", ".join(f"{count} {status}" for status, count in answers.most_common())
    yield f"- what banks were answered: {said}"
    yield ""
    yield "| promise broken | times |"
    yield "|---|--:|"
    for name, findings in found(rounds).items():
        yield f"| {name} | {len(findings)} |"


def found(rounds: list[Round]) -> dict[str, list[str]]:
    """Return what the ledgers of all rounds found, by promise."""
    whole: dict[str, list[str]] = {}
    for each in rounds:
        for name, findings in each.ledger.judge().items():
            whole.setdefault(name, []).extend(f"{each.store}: {finding}" for finding in findings)
    return whole
