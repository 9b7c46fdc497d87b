"""Every edit of `flow_edits.py` at every place, counted: `python -m tests.adapters.flow_mutation`.

Each of these edits is unsafe or breaks a flow, so a survivor is a hole in the check. Edits at random
follow; of those that survive, every flow is walked, and an unsafe one ends the run with an error.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ivr.adapters.flows.compiler import compile_flows
from ivr.adapters.flows.faults import Faults
from ivr.domain.callflow import CallFlow, Pace
from tests.adapters.flow_edits import (
    DROPPED,
    EDITS,
    SHIPPED,
    Edit,
    Sources,
    shipped,
    steps_of,
    texts_of,
)
from tests.domain.walks import walk

RANDOM_EDITS = 1000
Maker = Callable[[Sources], Iterator[Edit]]


def compiled(sources: Sources) -> tuple[list[CallFlow], Faults]:
    """Check a set of edited files."""
    faults = Faults()
    texts = {file: json.dumps(value, ensure_ascii=False) for file, value in sources.items()}
    return compile_flows({file: text.encode() for file, text in texts.items()}, faults), faults


def is_refused(sources: Sources, edited: Mapping[str, Any]) -> bool:
    """Tell whether the checker refuses an edit, looking first at one flow that holds it."""
    flow = next(file for file, value in sources.items() if holds(sources, file, value, edited))
    parts = {str(SHIPPED / name) for name in sources[flow].get("include", ())}
    few = {file: value for file, value in sources.items() if file in {flow, *parts}}
    found = [fault for fault in compiled(few)[1].in_order() if "no flow reaches" not in str(fault)]
    return bool(found or compiled(sources)[1])


def holds(sources: Sources, file: str, value: Any, edited: Mapping[str, Any]) -> bool:
    """Tell whether a table is in this flow or in one of its parts; parts themselves are no flows."""
    if "flow" not in value:
        return False
    return any(
        is_within(sources[each], edited)
        for each in (file, *(str(SHIPPED / name) for name in value.get("include", ())))
    )


def is_within(value: Any, table: Mapping[str, Any]) -> bool:
    """Look for a table itself, not for one like it."""
    return value is table or (
        isinstance(value, dict) and any(is_within(each, table) for each in value.values())
    )


def mutants(edit: Maker) -> Iterator[tuple[Edit, Sources]]:
    """Yield the shipped files with one edit made at one place, for every place."""
    for number in range(len(list(edit(shipped())))):
        sources = shipped()
        table, fields = list(edit(sources))[number]
        table.update(fields)
        for name in [name for name, value in fields.items() if value is DROPPED]:
            del table[name]
        yield (table, fields), sources


def edit_at_random(sources: Sources, chance: random.Random) -> None:
    """Change one target, text or field into something that could stand there."""
    _, _, step = chance.choice(list(steps_of(sources)))
    names = [name for _, name, _ in steps_of(sources)]
    match chance.randrange(6):
        case 0 if "on" in step:
            outcome = chance.choice(sorted(step["on"]))
            step["on"][outcome] = chance.choice(names)
        case 1 if "on" in step:
            target = {"repeat": chance.randint(1, 5), "then": chance.choice(names)}
            step["on"][chance.choice("0123456789*#")] = target
        case 2 if "on" in step:
            step["on"][chance.choice("0123456789*#")] = {"consent": chance.choice(names)}
        case 3 if "on" in step:
            target = {"repeat": 2, "via": chance.choice(names), "then": chance.choice(names)}
            step["on"][chance.choice("0123456789*#")] = target
        case 4 if "then" in step:
            step["then"] = chance.choice(names)
        case _:
            for texts in list(texts_of(step))[:1]:
                for language in texts:
                    texts[language] += "。"


def walk_survivor(flows: list[CallFlow], chance: random.Random) -> None:
    """Walk every flow in every language at either pace; the walk watches what must hold."""
    for flow in flows:
        for language in flow.voices:
            for pace in Pace:
                walk(flow, language, pace, chance.choice)


def main() -> None:
    """Print what became of every edit."""
    total = 0
    for edit in EDITS:
        made = refused = 0
        for (table, fields), sources in mutants(edit):
            made += 1
            if is_refused(sources, table):
                refused += 1
            else:
                print(f"SURVIVED {edit.__name__}: {fields}")  # noqa: T201 - a script's result
        total += made
        print(f"{edit.__name__}: {refused} of {made} refused", flush=True)  # noqa: T201
    print(f"{total} mutants")  # noqa: T201
    chance = random.Random(20210115)  # noqa: S311 - the same edits each time
    passed = 0
    for _ in range(RANDOM_EDITS):
        sources = shipped()
        for _ in range(chance.randint(1, 3)):
            edit_at_random(sources, chance)
        flows, faults = compiled(sources)
        if not faults:
            passed += 1
            walk_survivor(flows, chance)
    print(f"at random: {RANDOM_EDITS - passed} of {RANDOM_EDITS} refused, {passed} walked and safe")  # noqa: T201


if __name__ == "__main__":
    main()
