"""Where outcomes lead: the `on:` of a step, read.

    "1": {consent: read}
    "2": {repeat: 2, pace: slow, then: goodbye}
    wrong: {repeat: 4, via: sorry, then: goodbye}
    silence: goodbye

Knows which outcomes a question and a transfer have, which of them must be named, and which can be consent.
Does not know whether the steps named exist.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ivr.adapters.flows.faults import Mark, did_you_mean
from ivr.adapters.flows.fields import Fields, Report, scalar_text, table_of
from ivr.adapters.flows.yaml import Node, Scalar, Table
from ivr.domain.callflow import (
    ANSWERS,
    KEYS,
    NOT_ME_KEY,
    OTHER,
    SILENCE,
    TRANSFER_ENDS,
    Collect,
    Pace,
    Target,
)

MAX_REPEAT: Final = 5
TARGET_FIELDS: Final = ("then", "consent", "repeat", "via", "language", "pace")
_ALWAYS: Final = frozenset({SILENCE, OTHER})
OUTCOMES: Final = {
    Collect.KEY: KEYS | _ALWAYS,
    Collect.PASSCODE: ANSWERS | _ALWAYS | {NOT_ME_KEY[Collect.PASSCODE]},
}
DEMANDED: Final = {
    Collect.KEY: _ALWAYS,
    Collect.PASSCODE: ANSWERS | _ALWAYS,
}


class Targets(msgspec.Struct, frozen=True):
    """Targets by outcome, and where each was written."""

    by_outcome: dict[str, Target]
    marks: dict[str, Mark]


def read_targets(node: Node, collect: Collect, report: Report) -> Targets | None:
    """Read the `on:` of a question; None where some of it cannot be read."""
    table = table_of(node, "on", report)
    if table is None:
        return None
    targets, whole = Targets({}, {}), True
    for key, value in table.entries:
        target = _read_target(key, value, report) if _is_outcome(key, collect, report) else None
        if target is None:
            whole = False
        else:
            targets.by_outcome[key.text] = target
            targets.marks[key.text] = key.mark
    whole &= _is_complete(table, collect, report)
    return targets if whole else None


def read_transfer_targets(node: Node, report: Report) -> Targets | None:
    """Read the `on:` of a transfer, where each outcome is a step; None where some of it cannot be read."""
    table = table_of(node, "on", report)
    if table is None:
        return None
    targets, whole = Targets({}, {}), True
    for key, value in table.entries:
        step = _step_after_transfer(key, value, report)
        if step is None:
            whole = False
        else:
            targets.by_outcome[key.text] = Target(then=step)
            targets.marks[key.text] = key.mark
    for outcome in sorted(TRANSFER_ENDS - {key.text for key, _ in table.entries}):
        report.add(table.mark, f"nothing is said of {outcome}", f"add {outcome}: and a step")
        whole = False
    return targets if whole else None


def _step_after_transfer(key: Scalar, node: Node, report: Report) -> str | None:
    if key.text not in TRANSFER_ENDS:
        reason = f"{key.text!r} is no outcome of a transfer"
        report.add(key.mark, reason, did_you_mean(key.text, TRANSFER_ENDS))
        return None
    if isinstance(node, Table):
        reason = f"{key.text!r} of a transfer leads to a step and does nothing else"
        report.add(node.mark, reason, f"write {key.text}: and the step's name alone")
        return None
    return scalar_text(node, f"the step after {key.text!r}", report)


def _is_outcome(key: Scalar, collect: Collect, report: Report) -> bool:
    outcome = key.text
    if outcome not in OUTCOMES[collect]:
        reason = f"{outcome!r} is no outcome of a question for a {collect}"
        report.add(key.mark, reason, _remedy_for(outcome, collect))
        return False
    if outcome in KEYS and not key.quoted:
        reason = f"the key {outcome} is not in quotes, and YAML takes it for a number"
        report.add(key.mark, reason, f'write "{outcome}":')
        return False
    return True


def _remedy_for(outcome: str, collect: Collect) -> str:
    if collect is Collect.PASSCODE and outcome in KEYS:
        return 'a passcode can hold any digit, and "*" alone is a key here'
    return did_you_mean(outcome, OUTCOMES[collect])


def _is_complete(table: Table, collect: Collect, report: Report) -> bool:
    named = {key.text for key, _ in table.entries}
    missing = DEMANDED[collect] - named
    for outcome in sorted(missing):
        report.add(table.mark, f"nothing is said of {outcome}", f"add {outcome}: and a step")
    not_me = NOT_ME_KEY[collect]
    if not_me not in named:
        reason = f"no way to say “not me”: the key {not_me} leads nowhere"
        remedy = f'add "{not_me}": and the step with outcome: not_me'
        report.add(table.mark, reason, remedy, unsafe=True)
    return not missing and not_me in named


def _read_target(key: Scalar, node: Node, report: Report) -> Target | None:
    if isinstance(node, Scalar):
        step = scalar_text(node, f"the step after {key.text!r}", report)
        return None if step is None else Target(then=step)
    table = table_of(node, f"the target of {key.text!r}", report)
    if table is None:
        return None
    fields = Fields(table, "a target", TARGET_FIELDS, report)
    if fields.has("consent"):
        return _read_consent(key, fields, report)
    return _read_plain(fields, report)


def _read_consent(key: Scalar, fields: Fields, report: Report) -> Target | None:
    step = fields.text("consent")
    others = [name for name in TARGET_FIELDS if name != "consent" and fields.has(name)]
    if others:
        reason = f"a consent key does nothing else, and here is {', '.join(others)}"
        report.add(fields.mark, reason, "use another key for that", unsafe=True)
        return None
    if key.text not in KEYS or key.text in NOT_ME_KEY.values():
        reason = f"{key.text!r} cannot be consent"
        report.add(key.mark, reason, "only a key can be, and not 9 or *", unsafe=True)
        return None
    return None if step is None else Target(then=step, consent=True)


def _read_plain(fields: Fields, report: Report) -> Target | None:
    step = fields.text("then")
    repeat = fields.count("repeat", 1, MAX_REPEAT)
    via = fields.text("via") if fields.has("via") else None
    if fields.has("via") and not fields.has("repeat"):
        report.add(fields.mark_of("via"), "via without repeat", "add repeat: 2, or leave via out")
        return None
    pace = fields.choice("pace", list(Pace)) if fields.has("pace") else None
    language = fields.text("language") if fields.has("language") else None
    taken = {"repeat": repeat, "via": via, "pace": pace, "language": language}
    if step is None or any(fields.has(name) and taken[name] is None for name in taken):
        return None
    return Target(
        then=step, repeat=repeat, via=via, pace=Pace(pace) if pace else None, language=language
    )
