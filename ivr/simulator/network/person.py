"""A person who follows a script: waits for words or a question, thinks, presses, hangs up.

Knows steps and their order. Does not know machines, the network or what the words mean.
"""

from enum import Enum, auto
from functools import partial

from ivr.simulator.network.behaviours import Step
from ivr.simulator.network.clock import Timer
from ivr.simulator.network.handset import CalleeLine, Handset, Said
from ivr.simulator.network.speech import Spoken

BETWEEN_KEYS = 0.4
LOOKS_AGAIN = 1.0


class Waiting(Enum):
    """What the person waits for."""

    NOTHING = auto()
    WORDS = auto()
    QUESTION = auto()


class Person(Handset):
    """Picks up after a while and does one step after the other."""

    def __init__(self, line: CalleeLine, *, answer_after: float, steps: tuple[Step, ...]) -> None:
        super().__init__(line)
        self._answer_after = answer_after
        self._steps = iter(steps)
        self._step = Step()
        self._waiting = Waiting.NOTHING
        self._said: Said | None = None
        self._words: Timer | None = None
        self._question = False

    def rings(self) -> None:
        """Let it ring for a while, then pick up."""
        self.line.after(self._answer_after, self.line.answer)

    def answered(self) -> None:
        """Begin with the first step."""
        self._go_on()

    def hears(self, spoken: Spoken) -> None:
        """Listen for the words that are waited for."""
        self._said = Said(spoken=spoken, began=self.line.now())
        self._question = False
        self._listen()

    def cut(self) -> None:
        """Forget words that were not spoken any more."""
        self._said = None
        if self._words:
            self._words.cancel()

    def asked(self) -> None:
        """Take it as the question, if that is what is waited for."""
        self._question = True
        self._said = None
        if self._waiting is Waiting.QUESTION:
            self._think()

    def _go_on(self) -> None:
        step = next(self._steps, None)
        if step is None:
            self._waiting = Waiting.NOTHING
            return
        self._step = step
        self._waiting = Waiting.WORDS if step.heard else Waiting.QUESTION
        if step.heard:
            self._listen()
        else:
            self._words_are_over()

    def _listen(self) -> None:
        if self._waiting is not Waiting.WORDS or self._said is None:
            return
        now, moment = self.line.now(), self._said.moment_of(self._step.heard)
        if moment is not None and moment >= now:
            self._words = self.line.after(moment - now, self._words_are_over)

    def _words_are_over(self) -> None:
        self._waiting = Waiting.QUESTION
        if self._question or not self._step.question:
            self._think()

    def _think(self) -> None:
        self._waiting = Waiting.NOTHING
        self.line.after(self._step.after, self._act)

    def _act(self) -> None:
        step = self._step
        keys = self.line.shown() if step.press_shown else step.press
        if step.press_shown and not keys:
            self.line.after(LOOKS_AGAIN, self._act)
            return
        for place, key in enumerate(keys):
            self._question = False
            self.line.after(place * BETWEEN_KEYS, partial(self.line.press, key))
        over = max(len(keys) - 1, 0) * BETWEEN_KEYS
        self.line.after(over, self.line.hang_up if step.hang_up else self._go_on)
