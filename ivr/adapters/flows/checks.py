"""All that a flow is checked for before it can be used, in one call.

Knows the order of the checks. Each is in a room of its own: words, duties, sizes, what confirms, the
proof, loops, the bank's limits.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from ivr.adapters.flows.assembly import Assembled
from ivr.adapters.flows.calling_in import check_calling_in
from ivr.adapters.flows.confirming import check_confirming
from ivr.adapters.flows.duties import check_duties
from ivr.adapters.flows.faults import Faults
from ivr.adapters.flows.limits import check_limits
from ivr.adapters.flows.manners import warn_of_manners
from ivr.adapters.flows.proof import prove
from ivr.adapters.flows.sizes import check_documents
from ivr.adapters.flows.times import Served
from ivr.adapters.flows.words import check_words
from ivr.domain.routes import THEN, Steps, endless_loops, reach

_NAMED_IN_LOOP: Final = 6
_MANY_LOOPS: Final = 20
"""So many are told: each is walked for its way out, and somebody who has more mends these first."""


def check(assembled: Assembled, served: Served, faults: Faults) -> None:
    """Note every fault of a flow whose names all lead somewhere."""
    check_words(assembled, faults.of("words"))
    check_duties(assembled, faults.of("duty"))
    check_documents(assembled, faults.of("size"))
    check_confirming(assembled, faults.of("duty"))
    check_calling_in(assembled, faults.of("duty"))
    prove(assembled, faults.of("proof"))
    if faults.hears_warnings:
        warn_of_manners(assembled, faults.of("manners"))
    if not _has_loops(assembled, faults.of("loop")):
        check_limits(assembled, served, faults.of("limit"))


def _has_loops(assembled: Assembled, faults: Faults) -> bool:
    before = len(faults)
    steps = assembled.flow.steps
    for names, way in islice(endless_loops(steps), _MANY_LOOPS):
        shown = names[:_NAMED_IN_LOOP] + ["…"] * (len(names) > _NAMED_IN_LOOP) + [way.to]
        what = "a loop without a bound" if _has_way_out(steps, names[0]) else "no way out"
        reason = f"{what}: {' → '.join(shown)}"
        field = THEN if way.by == THEN else f"on.{way.by}"
        mark = assembled.written[names[-1]].mark_of(field)
        remedy = "bound it: {repeat: 2, then: …}, or lead elsewhere"
        faults.add(mark, reason, remedy, step=names[-1])
    return len(faults) > before


def _has_way_out(steps: Steps, name: str) -> bool:
    return any(steps[each].hang_up for each in reach(steps, name))
