"""Short call flows, built from values: one that speaks a passcode, one that takes it, two that need none."""

import msgspec

from ivr.domain.callflow import (
    OTHER,
    PASSCODE_SLOT,
    SILENCE,
    Ask,
    CallFlow,
    Collect,
    Mode,
    Part,
    Purpose,
    Reading,
    Slot,
    Step,
    Target,
    Texts,
)

_WHO = (Slot("bank"), Slot("wallet"), Slot("purpose"), Slot("account_tail", Reading.DIGITS))


def _text(*parts: Part) -> Texts:
    return {"ja": parts, "en": parts}


def _ask(*parts: Part, collect: Collect = Collect.KEY) -> Ask:
    return Ask(say=_text(*parts), collect=collect, wait=10)


def _consent(leads_to: str) -> Step:
    return Step(
        name="ask_consent",
        ask=_ask(*_WHO, "1 if it was you, 9 if not, 2 for English"),
        on={
            "1": Target(then=leads_to, consent=True),
            "2": Target(then="ask_consent", language="en"),
            "9": Target(then="reported"),
            SILENCE: Target(then="desk", repeat=1),
            OTHER: Target(then="desk", repeat=2),
        },
    )


_ENDS = (
    Step(name="reported", say=_text("It was stopped."), not_me=True, hang_up=True),
    Step(name="desk", say=_text("Call the desk."), hang_up=True),
    Step(name="decided", say=_text("There is nothing more to do."), hang_up=True),
    Step(name="apology", say=_text("We are sorry."), hang_up=True),
)
_WARNING = Step(name="warn", say=_text("Bank staff never ask for it."), warning=True, then="code")
_SPEAK = Step(
    name="code",
    ask=_ask("The passcode is", Slot(PASSCODE_SLOT, Reading.DIGITS), "1 to hear it again"),
    on={
        "1": Target(then="bye", repeat=3),
        "9": Target(then="reported"),
        SILENCE: Target(then="bye"),
        OTHER: Target(then="bye"),
    },
)
_TAKE = Step(
    name="code",
    ask=_ask("Key the passcode.", collect=Collect.PASSCODE),
    on={
        "right": Target(then="thanks"),
        "wrong": Target(then="code"),
        "last_try_wrong": Target(then="failed"),
        "too_late": Target(then="desk"),
        "*": Target(then="reported"),
        SILENCE: Target(then="desk", repeat=2),
        OTHER: Target(then="desk", repeat=9),
    },
)


def _flow(mode: Mode, purpose: Purpose, *steps: Step) -> CallFlow:
    return CallFlow(
        name=f"{purpose}-{mode}",
        release=f"release-of-{purpose}-{mode}",
        mode=mode,
        purposes=(purpose,),
        title={"ja": "口座をつなぐ", "en": "Link"},
        voices={"ja": "Polly.Kazuha-Neural", "en": "Polly.Joanna-Neural"},
        start="ask_consent",
        steps={step.name: step for step in (_consent("warn"), _WARNING, *steps, *_ENDS)},
        decided="decided",
        apology="apology",
    )


_CONFIRMED = Step(
    name="confirmed", say=_text("Thank you, it is noted."), confirmed=True, hang_up=True
)


def _key_only(mode: Mode, purpose: Purpose) -> CallFlow:
    flow = _flow(mode, purpose, _CONFIRMED)
    steps = {**flow.steps, "ask_consent": _consent("confirmed")}
    del steps["warn"]
    return msgspec.structs.replace(flow, steps=steps)


_BYE = Step(name="bye", say=_text("Goodbye."), hang_up=True)
_THANKS = Step(name="thanks", say=_text("Thank you."), hang_up=True)
_FAILED = Step(name="failed", say=_text("That was the last try."), hang_up=True)
FLOWS = (
    *(_flow(Mode.READOUT, purpose, _SPEAK, _BYE) for purpose in (Purpose.LINK, Purpose.CHARGE)),
    *(
        _flow(Mode.KEYIN, purpose, _TAKE, _THANKS, _FAILED)
        for purpose in (Purpose.LINK, Purpose.CHARGE)
    ),
    _key_only(Mode.NOTICE, Purpose.LINK),
    _key_only(Mode.REVERIFY, Purpose.REVERIFY),
)


class FakeFlows:
    """The flows in force; `withdrawn` are no longer found for new calls."""

    def __init__(self) -> None:
        self.withdrawn: set[Purpose] = set()
        self.flows = list(FLOWS)

    def find(self, mode: Mode, purpose: Purpose | None, bank: str) -> CallFlow | None:  # noqa: ARG002 - the same for every bank
        for flow in self.flows:
            if flow.mode is mode and purpose in flow.purposes and purpose not in self.withdrawn:
                return flow
        return None

    def any(self) -> CallFlow:
        return self.flows[0]

    def get(self, release: str, mode: Mode, purpose: Purpose | None) -> CallFlow | None:
        for flow in self.flows:
            if (flow.release, flow.mode) == (release, mode) and purpose in flow.purposes:
                return flow
        return None
