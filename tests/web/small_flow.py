"""One small call flow for tests: every kind of step, in two languages, and no more words than needed."""

from collections.abc import Mapping

from ivr.domain.callflow import (
    Ask,
    CallFlow,
    Collect,
    Mode,
    Pace,
    Purpose,
    Reading,
    Rest,
    Slot,
    Step,
    Target,
    Text,
    Texts,
)
from ivr.service.ports import FlowBook

PASSCODE = Slot("passcode", Reading.DIGITS)
VOICES = {"ja": "Polly.Kazuha-Neural", "en": "Polly.Joanna-Neural"}


def both(ja: str, en: str, *more: Slot | Rest | str) -> Texts:
    """A text in both languages, with the same placeholders after the words."""
    return {"ja": (ja, *more), "en": (en, *more)}


def hang_up(name: str, ja: str, en: str, *, not_me: bool = False) -> Step:
    return Step(name=name, say=both(ja, en), not_me=not_me, hang_up=True)


def greet(consent_leads_to: str) -> Step:
    asked: Mapping[str, Text] = {
        "ja": (Slot("bank"), "です。", Slot("wallet"), "に", Slot("purpose"), "なら1を。"),
        "en": ("This is ", Slot("bank"), ". Press 1 to ", Slot("purpose"), "."),
    }
    bye = Target(repeat=1, then="goodbye")
    return Step(
        name="greet",
        ask=Ask(say=asked, collect=Collect.KEY, wait=10),
        on={
            "1": Target(then=consent_leads_to, consent=True),
            "2": Target(then="greet", repeat=2, language="en"),
            "3": Target(then="greet", repeat=2, pace=Pace.SLOW),
            "9": Target(then="not_me"),
            "silence": bye,
            "other": bye,
        },
    )


READ = Step(
    name="read",
    ask=Ask(
        say=both("番号は、", "Your number is ", PASSCODE, Rest(1000)),
        slowly=both("ゆっくり。", "Slowly. ", PASSCODE, Rest(1000)),
        collect=Collect.KEY,
        wait=10,
    ),
    on={
        "1": Target(then="goodbye", repeat=2),
        "2": Target(then="goodbye", repeat=2, pace=Pace.SLOW),
        "9": Target(then="not_me"),
        "silence": Target(then="goodbye"),
        "other": Target(then="goodbye", repeat=2),
    },
)
ENTER = Step(
    name="enter_code",
    ask=Ask(say=both("番号を押してください。", "Key it in."), collect=Collect.PASSCODE, wait=10),
    on={
        "right": Target(then="thanks"),
        "wrong": Target(then="goodbye", repeat=9),
        "last_try_wrong": Target(then="goodbye"),
        "too_late": Target(then="goodbye"),
        "*": Target(then="not_me"),
        "silence": Target(then="goodbye", repeat=1),
        "other": Target(then="goodbye", repeat=9),
    },
)
ENDS = (
    hang_up("not_me", "お申し込みを止めました。", "It was stopped.", not_me=True),
    hang_up("goodbye", "失礼します。", "Goodbye."),
    hang_up("thanks", "ありがとうございました。", "Thank you."),
    hang_up("decided", "ご用は済みました。", "There is nothing more to do."),
    hang_up("apology", "申し訳ございません。", "We are sorry."),
)


def small_flow(mode: Mode, purpose: Purpose = Purpose.LINK) -> CallFlow:
    middle = READ if mode is Mode.READOUT else ENTER
    steps = (greet(middle.name), middle, *ENDS)
    return CallFlow(
        name=f"{purpose}-{mode}",
        release=f"release-{purpose}-{mode}",
        mode=mode,
        purposes=(purpose,),
        title={"ja": "試験", "en": "Test"},
        voices=VOICES,
        start="greet",
        steps={step.name: step for step in steps},
        decided="decided",
        apology="apology",
    )


def inbound_flow(first: str = "greet", release: str = "release-inbound") -> CallFlow:
    """What whoever calls us hears."""
    whose = both("こちらは、", "This is ", Slot("bank"))
    greeting = Step(
        name=first,
        say=whose,
        ask=Ask(say=both("折り返しは1を。", "Press 1."), collect=Collect.KEY, wait=10),
        on={
            "1": Target(then="called_back"),
            "2": Target(then="goodbye", repeat=2, pace=Pace.SLOW),
            "3": Target(then="goodbye", repeat=2, language="en"),
            "9": Target(then="desk"),
            "silence": Target(then="desk", repeat=2),
            "other": Target(then="desk", repeat=4),
        },
    )
    called_back = Step(
        name="called_back",
        say=both("お切りください。", "Please hang up."),
        call_back=True,
        hang_up=True,
    )
    number = both("窓口は、", "Our number is ", Slot("desk", Reading.DIGITS))
    desk = Step(name="desk", say=number, hang_up=True)
    steps = (greeting, called_back, desk, *(each for each in ENDS if not each.not_me))
    return CallFlow(
        name="inbound",
        release=release,
        mode=Mode.INBOUND,
        purposes=(),
        title={"ja": "試験", "en": "Test"},
        voices=VOICES,
        start=first,
        steps={step.name: step for step in steps},
        decided="decided",
        apology="apology",
    )


class SmallBook(FlowBook):
    """Flows for `link` in both modes, for `charge` in readout, and for whoever calls; none for anything else."""

    def __init__(self, *flows: CallFlow) -> None:
        self.flows = flows or (
            small_flow(Mode.READOUT),
            small_flow(Mode.KEYIN),
            small_flow(Mode.READOUT, Purpose.CHARGE),
            inbound_flow(),
        )

    def find(self, mode: Mode, purpose: Purpose | None, bank: str) -> CallFlow | None:  # noqa: ARG002 - the same for every bank
        of_mode = [each for each in self.flows if each.mode is mode]
        found = [each for each in of_mode if purpose in (each.purposes or (None,))]
        return found[0] if found else None

    def recording(self, name: str) -> None:
        """Return nothing: these flows play no recording."""

    def any(self) -> CallFlow:
        return self.flows[0]

    def get(self, release: str, mode: Mode, purpose: Purpose | None) -> CallFlow | None:
        flow = self.find(mode, purpose, "")
        return flow if flow and flow.release == release else None
