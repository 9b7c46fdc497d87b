"""Who is at the far end of a line.

Knows which behaviour is played by whom, and what the carrier's machine detection makes of each.
"""

from ivr.simulator.network.behaviours import (
    AnyBehaviour,
    Desk,
    HangUpMidPrompt,
    Rejected,
    Screening,
    Script,
    Step,
    Voicemail,
)
from ivr.simulator.network.handset import CalleeLine, Handset
from ivr.simulator.network.machines import AnsweringMachine, Decliner, Impatient, Screener
from ivr.simulator.network.person import Person

PERSON_FOUND_AFTER = 3.0
MACHINE_FOUND_AFTER = 4.0
AFTER_BEEP = 0.5


def callee(behaviour: AnyBehaviour, line: CalleeLine) -> Handset:  # noqa: PLR0911 - a table
    """Put somebody at the far end."""
    match behaviour:
        case Script(answer_after=after, steps=steps):
            return Person(line, answer_after=after, steps=steps)
        case Desk(answer_after=after, talks=talks):
            goodbye = Step(after=talks, hang_up=True)
            return Person(line, answer_after=after, steps=(goodbye,))
        case Voicemail():
            return AnsweringMachine(line, behaviour)
        case Screening():
            return Screener(line, behaviour)
        case HangUpMidPrompt():
            return Impatient(line, behaviour)
        case Rejected():
            return Decliner(line, behaviour)
        case _:
            return Handset(line)


def detected(behaviour: AnyBehaviour, detection: str) -> tuple[str | None, float]:
    """Say what machine detection finds, and after how many seconds of silence for the callee."""
    match behaviour:
        case _ if not detection:
            return None, 0.0
        case Voicemail(greeting_seconds=seconds) if detection == "DetectMessageEnd":
            return "machine_end_beep", seconds + AFTER_BEEP
        case Voicemail():
            return "machine_start", MACHINE_FOUND_AFTER
        case Screening():
            return "unknown", MACHINE_FOUND_AFTER
        case _:
            return "human", PERSON_FOUND_AFTER
