"""What a bank asks of its call flows: its own language, and its limits on preamble, goodbye and calls.

Knows four limits. Does not know how seconds are counted (`times.py`) nor how ways are found
(`longest.py`).
"""

from __future__ import annotations

from ivr.adapters.flows.assembly import Assembled
from ivr.adapters.flows.faults import Faults
from ivr.adapters.flows.longest import Longest, longest_call, longest_way_to
from ivr.adapters.flows.times import Lengths, Manner, Served, Times
from ivr.domain.callflow import CallFlow, Step
from ivr.domain.policy import Bank
from ivr.domain.routes import Steps, closed_chain, silent_chain, ways_of

_WHERE = "in config/limits.toml"


def check_limits(assembled: Assembled, served: Served, faults: Faults) -> None:
    """Note where a flow that has no endless loop is too long for a bank that could use it."""
    lengths = Lengths(assembled.flow)
    for bank in served.banks.values():
        times = Times(lengths, bank, served.wallets)
        _check_language(assembled, bank, faults)
        _check_preamble(assembled, bank, times, faults)
        _check_call(assembled, bank, times, faults)
        _check_turns(assembled, bank, times, faults)
        _check_call_backs(assembled, bank, times, faults)


def preambles(flow: CallFlow, times: Times, manner: Manner) -> dict[str, float]:
    """Return the most seconds until the depositor can answer, by question.

    The questions are those for consent; where a flow has none, all of them. Questions on the way are
    heard to their end and answered at once.
    """
    asks = _first_questions(flow.steps)
    before = longest_way_to(
        flow.steps,
        flow.start,
        lambda step: step.name in asks,
        lambda step: times.said(step, manner) + times.asked(step, manner),
    )
    return {
        name: seconds + times.said(flow.steps[name], manner) for name, seconds in before.items()
    }


def whole_call(flow: CallFlow, times: Times) -> Longest:
    """Bound how long a call can be, in any language and at any pace."""
    return longest_call(flow.steps, flow.start, flow.decided, times.whole, times.longest_said)


def _first_questions(steps: Steps) -> set[str]:
    asking = {name: step for name, step in steps.items() if step.ask}
    return {name for name, step in asking.items() if _asks_consent(step)} or set(asking)


def _asks_consent(step: Step) -> bool:
    return any(target.consent for target in step.on.values())


def _check_language(assembled: Assembled, bank: Bank, faults: Faults) -> None:
    """Note a flow that lacks a bank's own language, in which most of its calls are."""
    if bank.language not in assembled.flow.voices:
        reason = f"at {bank.id}, whose own language is {bank.language}, requests would be refused"
        mark = assembled.marks["voices"]
        faults.add(mark, reason, f"add a voice for {bank.language}, and the words")


def _check_preamble(assembled: Assembled, bank: Bank, times: Times, faults: Faults) -> None:
    limit = bank.limits.preamble
    worst: dict[str, tuple[float, Manner]] = {}
    for manner in times.manners:
        for name, seconds in preambles(assembled.flow, times, manner).items():
            if seconds > limit and seconds > worst.get(name, (0.0, manner))[0]:
                worst[name] = (seconds, manner)
    for name, (seconds, manner) in worst.items():
        reason = (
            f"at {bank.id}, {seconds:.1f} s are spoken in {manner.language} at the {manner.pace} pace "
            f"before this question can be answered, more than preamble ({limit} s)"
        )
        remedy = f"say less before it, or raise preamble {_WHERE}"
        mark = assembled.written[name].mark_of(f"say.{manner.language}")
        faults.add(mark, reason, remedy, step=name)


def _check_call(assembled: Assembled, bank: Bank, times: Times, faults: Faults) -> None:
    flow, limit = assembled.flow, bank.limits.call_time_limit
    longest = whole_call(flow, times)
    if longest.seconds > limit:
        reason = (
            f"at {bank.id}, a call can take {longest.seconds:.0f} s, more than call_time_limit "
            f"({limit} s), and the carrier would cut it short: {longest.way}"
        )
        remedy = f"say less, wait less or repeat less often, or raise call_time_limit {_WHERE}"
        faults.add(assembled.marks["start"], reason, remedy, step=flow.start)


def _check_turns(assembled: Assembled, bank: Bank, times: Times, faults: Faults) -> None:
    """Note a question that may be answered so late that the call is taken for ended by then."""
    steps, limit = assembled.flow.steps, bank.limits.turn_time_limit
    starts = {assembled.flow.start, *(way.to for step in steps.values() for way in ways_of(step))}
    for name in sorted(starts):
        is_open, is_shut = silent_chain(steps, name), closed_chain(steps, name)
        # While the desk is closed, what a step that transfers says is left out.
        chains = [*is_open], [step for step in is_shut if not step.transfer]
        longest = max(
            sum(
                times.said(step, each) + times.asked(step, each) + times.waited(step, each)
                for step in chain
            )
            for each in times.manners
            for chain in chains
        )
        if longest > limit:
            reason = (
                f"at {bank.id}, {longest:.0f} s can go by from here until a key or the end, more than "
                f"turn_time_limit ({limit} s), after which a call is taken for ended"
            )
            remedy = f"say less at a time, or raise turn_time_limit {_WHERE}"
            faults.add(assembled.written[name].mark, reason, remedy, step=name)


def _check_call_backs(assembled: Assembled, bank: Bank, times: Times, faults: Faults) -> None:
    """Note where a caller is still listening when he is called back: he would be engaged."""
    steps, limit = assembled.flow.steps, bank.limits.call_back_after
    for name in (each.name for each in steps.values() if each.call_back):
        chain = list(silent_chain(steps, name))
        longest = max(sum(times.said(step, each) for step in chain) for each in times.manners)
        if longest >= limit:
            reason = (
                f"at {bank.id}, {longest:.0f} s are spoken after a call back was asked for, and the "
                f"phone rings after call_back_after ({limit} s)"
            )
            remedy = f"say less, or raise call_back_after {_WHERE}"
            faults.add(assembled.written[name].mark_of("say"), reason, remedy, step=name)
