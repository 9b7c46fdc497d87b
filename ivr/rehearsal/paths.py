"""The ways that a call can take from its first word to its end, and how long each is.

Knows that at each question one answer is given, again and again until it leads on. Does not know
verdicts: what the page would do is an answer like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Final

import msgspec

from ivr.domain.callflow import OTHER, PASSCODE_SLOT, SILENCE, CallFlow, Pace, Rest, Slot, Text
from ivr.domain.conversation import Happening, Listen, Position, Say, Turn, begin, turn
from ivr.rehearsal.hearing import heard_in, length, read_at, to_the_last_word, wait_of
from ivr.rehearsal.values import Values

MOST: Final = 500
"""So many ways are followed."""
_UNANSWERED: Final = {SILENCE, OTHER}


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """One way: what is answered, the steps that it takes, and the seconds of the whole call."""

    answers: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    seconds: float = 0.0
    happened: tuple[Happening, ...] = ()


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """How soon a call comes to the point, in seconds; None where it never does.

    `who_and_why` is what no key can stop, to its last word. `asked` and `first_digit` are for
    somebody who presses the consent key at the first rest of the question for it.
    """

    who_and_why: float
    asked: float | None = None
    first_digit: float | None = None


def paths_of(flow: CallFlow, language: str, values: Values) -> list[Path]:
    """Follow a flow's ways, at most `MOST`, in the order in which its answers are written."""
    found: list[Path] = []
    for path in _follow(flow, begin(flow, language, Pace.NORMAL), Path(), values):
        found.append(path)
        if len(found) >= MOST:
            break
    return found


def _follow(flow: CallFlow, taken: Turn, so_far: Path, values: Values) -> Iterator[Path]:
    so_far = Path(
        answers=so_far.answers,
        steps=(*so_far.steps, *_steps(flow, taken.position)),
        seconds=so_far.seconds + length(heard_in(taken, values)),
        happened=(*so_far.happened, *taken.happened),
    )
    position = taken.position
    if position.over:
        yield so_far
        return
    for answer, target in flow.steps[position.step].on.items():
        if target.language is None:
            yield from _answer(flow, taken, so_far, answer, values)


def _answer(
    flow: CallFlow, taken: Turn, so_far: Path, answer: str, values: Values
) -> Iterator[Path]:
    """Give one answer until it leads on."""
    asked = taken.position.step
    answered = msgspec.structs.replace(so_far, answers=(*so_far.answers, answer))
    while True:
        waited = wait_of(taken) if answer in _UNANSWERED else 0.0
        answered = msgspec.structs.replace(answered, seconds=answered.seconds + waited)
        taken = turn(flow, taken.position, answer)
        if taken.position.over or taken.position.step != asked:
            break
        answered = msgspec.structs.replace(
            answered,
            seconds=answered.seconds + length(heard_in(taken, values)),
            happened=(*answered.happened, *taken.happened),
        )
    if taken.position.step not in so_far.steps:
        yield from _follow(flow, taken, answered, values)


def _steps(flow: CallFlow, position: Position) -> Iterator[str]:
    """Yield the steps that a turn went through."""
    name = position.entered
    while name != position.step:
        yield name
        name = flow.steps[name].then or position.step
    yield name


def beginning_of(flow: CallFlow, language: str, values: Values) -> Beginning:
    """Time a call's beginning for somebody who agrees as soon as he is asked."""
    taken = begin(flow, language, Pace.NORMAL)
    first = next((each for each in taken.instructions if isinstance(each, Say)), None)
    who_and_why = to_the_last_word(read_at(first.text, taken.position, values)) if first else 0.0
    passed, asked = 0.0, None
    for _ in flow.steps:
        before = _before_digits(taken, values)
        if before is not None:
            return Beginning(who_and_why=who_and_why, asked=asked, first_digit=passed + before)
        consent = _consent_key(flow, taken.position)
        if consent is None:
            break
        passed += _as_soon_as_asked(taken, values)
        asked = passed
        taken = turn(flow, taken.position, consent)
    return Beginning(who_and_why=who_and_why, asked=asked)


def _consent_key(flow: CallFlow, position: Position) -> str | None:
    on = {} if position.over else flow.steps[position.step].on
    return next((key for key, target in on.items() if target.consent), None)


def _as_soon_as_asked(taken: Turn, values: Values) -> float:
    """Return the seconds of a turn up to the first rest of its question."""
    total = 0.0
    for each in taken.instructions:
        match each:
            case Say(text):
                total += length(read_at(text, taken.position, values))
            case Listen(text, _, _):
                question = tuple(takewhile(lambda part: not isinstance(part, Rest), text))
                total += length(read_at(question, taken.position, values))
            case _:
                pass
    return total


def _before_digits(taken: Turn, values: Values) -> float | None:
    """Return the seconds of a turn before the passcode's first digit; None where it speaks none."""
    total = 0.0
    for each in taken.instructions:
        if isinstance(each, Say | Listen):
            before = _before_passcode(each.text)
            total += length(read_at(before, taken.position, values))
            if len(before) < len(each.text):
                return total
    return None


def _before_passcode(text: Text) -> Text:
    return tuple(
        takewhile(lambda part: not (isinstance(part, Slot) and part.name == PASSCODE_SLOT), text)
    )
