"""What a seed decides: each depositor and his telephone, each bank's moves, and when which fault is made.

Everything is drawn before the house is opened; only how the processes interleave is left to them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from tests.faults.ledger import Lives
from tests.faults.receiver import FAILS, IS_MUTE

SPEED: Final = 20.0
"""How many seconds of the telephone network pass in one of ours; the house's lives are shortened alike."""
VIRTUAL_MINUTE: Final = 60 / SPEED
LIVES: Final = Lives(verification=30, passcode=15)
"""Of a verification and a passcode, where they are ten minutes and five."""
YES: Final[Mapping[str, Any]] = {"question": True, "press": "1"}
SHOWN: Final[Mapping[str, Any]] = {"question": True, "press_shown": True}
WRONG: Final[Mapping[str, Any]] = {"question": True, "press": "000000"}

PHONES: Final[Mapping[str, tuple[int, Mapping[str, Any]]]] = {
    "": (440, {}),
    "status hooks doubled": (40, {"repeat_hooks": True}),
    "status hooks reordered": (40, {"reorder_status": True}),
    "status hooks late by a minute": (40, {"late_status": 60.0}),
    "status hooks lost": (40, {"lost_status": True}),
    "no key instead of an empty one": (10, {"absent_digits": True}),
    "not me": (40, {"press": "9"}),
    "no answer": (20, {"kind": "no_answer"}),
    "busy": (20, {"kind": "busy"}),
    "rejected": (10, {"kind": "rejected"}),
    "voicemail": (20, {"kind": "voicemail", "answer_after": 2.0}),
    "hangs up in the middle": (20, {"kind": "hang_up_mid_prompt"}),
    "presses nothing": (10, {"silent": True}),
    "cannot be reached": (10, {"kind": "unreachable_21214"}),
    "429": (20, {"kind": "rest_429"}),
    "5xx, not placed": (25, {"kind": "rest_5xx"}),
    "5xx, placed": (35, {"kind": "rest_5xx_placed"}),
    "time-out, not placed": (15, {"kind": "rest_timeout"}),
    "time-out, placed": (35, {"kind": "rest_timeout_placed"}),
}
"""Telephones, and how the carrier and its hooks treat calls to each: how many of so many, and what."""
ALWAYS_PERSONS: Final = frozenset({"rest_5xx_placed", "rest_timeout_placed", "script"})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One verification: what the bank, the depositor, the carrier and the receiver do in it."""

    number: int
    mode: str
    trouble: str
    behaviour: Mapping[str, Any]
    typos: int
    think: float
    types_late: bool
    doubles_start: bool
    doubles_check: bool
    uses_keys: bool
    replays: bool
    thief: bool
    old_code: bool
    cancels: bool
    calls_again: bool
    heals: bool
    receiver: int
    manner: str

    @property
    def phone(self) -> str:
        return f"phone{self.number}"

    @property
    def account(self) -> str:
        return f"301-{self.number:07}"

    @property
    def telephone(self) -> str:
        return f"+8190{self.number + 10_000_000:08}"

    @property
    def reference(self) -> str:
        return f"wish-{self.number}"

    @property
    def healed(self) -> Mapping[str, Any]:
        """Return how a telephone behaves when its trouble is over."""
        return person(self.mode, {}, 0)


def person(mode: str, odd: Mapping[str, Any], typos: int) -> Mapping[str, Any]:
    """Return the behaviour of somebody who picks up; `odd` is what the carrier or he does otherwise."""
    odd = dict(odd)
    first = {**YES, "press": odd.pop("press", "1")}
    keyed = [*[WRONG] * typos, SHOWN] if mode == "keyin" and first["press"] == "1" else []
    steps = [] if odd.pop("silent", False) else [first, *keyed]
    return {"kind": "script", "answer_after": 1.0, "steps": steps, **odd}


def plan_of(seed: int, number: int) -> Plan:
    """Draw one verification."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - repeats, as it must

    def once_in(times: int) -> bool:
        return chance.randrange(times) == 0

    trouble = chance.choices(list(PHONES), [share for share, _ in PHONES.values()])[0]
    odd = PHONES[trouble][1]
    mode = "keyin" if once_in(3) else "readout"
    typos = chance.choice((0, 0, 0, 0, 0, 0, 1, 1, 2, 6))
    persons = odd.get("kind", "script") in ALWAYS_PERSONS
    return Plan(
        number=number,
        mode=mode,
        trouble=trouble,
        behaviour=person(mode, odd, typos) if persons else odd,
        typos=typos,
        think=chance.uniform(0.0, 1.0),
        types_late=once_in(50),
        doubles_start=once_in(20),
        doubles_check=once_in(8),
        uses_keys=not once_in(3),
        replays=once_in(4),
        thief=once_in(12),
        old_code=once_in(30),
        cancels=once_in(40),
        calls_again=not once_in(4),
        heals=not once_in(4),
        receiver=int(once_in(4)),
        manner=chance.choices(("", FAILS, IS_MUTE), (94, 4, 2))[0],
    )


class Fault(StrEnum):
    """What is done to the house from outside, as the table tells it."""

    WEB_PROCESS = "a web process is killed"
    WEB = "the whole web is killed"
    WORKER = "a worker is killed"
    STORE = "the store is killed"
    STORM = "429 storm"
    REFUSED = "the carrier refuses connections"
    CUT = "the line to the carrier breaks before the answer"
    RECEIVER = "a receiver of callbacks is down"


ONE_IN: Final[Mapping[Fault, int]] = {
    Fault.WEB_PROCESS: 40,
    Fault.WEB: 400,
    Fault.WORKER: 60,
    Fault.STORE: 120,
    Fault.STORM: 250,
    Fault.REFUSED: 250,
    Fault.CUT: 250,
    Fault.RECEIVER: 1000,
}
"""Of how many verifications each fault falls into one; into the shortest run once at least."""


@dataclass(frozen=True, kw_only=True)
class Lasting:
    """How long faults last that end by themselves, in seconds of ours; `cut` is so many answers."""

    storm: float = VIRTUAL_MINUTE
    refused: float = 2.0
    cut: int = 3
    receiver: float = 10 * VIRTUAL_MINUTE


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """A run on one store: its verifications, and after how many of them have begun which fault is made."""

    seed: int
    numbers: range
    lives: Lives = LIVES
    lasting: Lasting = field(default_factory=Lasting)

    def faults(self) -> list[tuple[int, Fault]]:
        """Draw the moments, the same for a seed; the last tenth is left to what was begun."""
        count = len(self.numbers)
        chance = random.Random(f"{self.seed}/faults/{self.numbers.start}")  # noqa: S311 - the same
        return sorted(
            (chance.randrange(count // 20, max(count * 9 // 10, count // 20 + 1)), fault)
            for fault, times in ONE_IN.items()
            for _ in range(max(1, count // times))
        )
