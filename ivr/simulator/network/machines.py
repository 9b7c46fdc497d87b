"""Far ends that are no persons, or impatient ones: answering machine, screening, quick hang-up.

Knows what such a machine says and what it keeps of our words. Does not know the network.
"""

from ivr.simulator.network.behaviours import HangUpMidPrompt, Rejected, Screening, Voicemail
from ivr.simulator.network.events import Beep, Forwarded, Greeting, Recorded
from ivr.simulator.network.handset import CalleeLine, Handset, Said
from ivr.simulator.network.person import Person
from ivr.simulator.network.speech import Spoken


class Recorder:
    """A tape: keeps the part of our words that falls between start and stop."""

    def __init__(self, line: CalleeLine) -> None:
        self._line = line
        self._said: Said | None = None
        self._since: float | None = None
        self._parts: list[str] = []

    def hears(self, spoken: Spoken) -> None:
        """Have something begin to be said."""
        self.cut()
        self._said = Said(spoken=spoken, began=self._line.now())

    def cut(self) -> None:
        """Have it stop."""
        if self._said is not None and self._since is not None:
            self._parts.append(self._said.part(self._since, self._line.now()))
        self._said = None

    def start(self) -> None:
        """Begin to record, in the middle of a word if it must be."""
        self._since = self._line.now()

    def stop(self) -> None:
        """End the recording and write down what is on it."""
        if self._since is not None:
            self.cut()
            self._line.tell(Recorded, text=" ".join(filter(None, self._parts)))
        self._since = None


class AnsweringMachine(Handset):
    """Talks over our opening, beeps and records what is left of it; takes no keys."""

    def __init__(self, line: CalleeLine, settings: Voicemail) -> None:
        super().__init__(line)
        self._settings = settings
        self._recorder = Recorder(line)

    def rings(self) -> None:
        """Wait, then answer."""
        self.line.after(self._settings.answer_after, self.line.answer)

    def answered(self) -> None:
        """Play the greeting over whatever the call says."""
        greeting = self._settings
        self.line.tell(Greeting, text=greeting.greeting, seconds=greeting.greeting_seconds)
        self.line.after(greeting.greeting_seconds, self._beep)

    def hears(self, spoken: Spoken) -> None:
        """Pass our words to the tape."""
        self._recorder.hears(spoken)

    def cut(self) -> None:
        """Pass the silence to the tape."""
        self._recorder.cut()

    def ended(self) -> None:
        """Keep what was recorded until now."""
        self._recorder.stop()

    def _beep(self) -> None:
        self.line.tell(Beep)
        self._recorder.start()
        self.line.after(self._settings.longest, self.line.hang_up)


class Screener(Handset):
    """Asks who calls and why, shows the answer to the person, and puts the call through or not."""

    def __init__(self, line: CalleeLine, settings: Screening) -> None:
        super().__init__(line)
        self._settings = settings
        self._recorder = Recorder(line)
        self._person: Person | None = None

    def rings(self) -> None:
        """Answer at once, before the person hears it ring."""
        self.line.after(self._settings.answer_after, self.line.answer)

    def answered(self) -> None:
        """Ask, over whatever the call says."""
        self.line.tell(Greeting, text=self._settings.asks, seconds=self._settings.asks_seconds)
        self.line.after(self._settings.asks_seconds, self._listen)

    def hears(self, spoken: Spoken) -> None:
        """Pass our words to whoever listens."""
        (self._person or self._recorder).hears(spoken)

    def cut(self) -> None:
        """Pass the silence to whoever listens."""
        (self._person or self._recorder).cut()

    def asked(self) -> None:
        """Let the person answer; the machine presses nothing."""
        if self._person:
            self._person.asked()

    def ended(self) -> None:
        """Keep what was recorded until now."""
        self._recorder.stop()

    def _listen(self) -> None:
        self._recorder.start()
        self.line.after(self._settings.listens, self._decide)

    def _decide(self) -> None:
        self._recorder.stop()
        if not self._settings.forwards:
            self.line.hang_up()
            return
        self.line.tell(Forwarded)
        self._person = Person(self.line, answer_after=0, steps=self._settings.steps)
        self._person.answered()


class Impatient(Handset):
    """Hangs up in the middle of the first sentence."""

    def __init__(self, line: CalleeLine, settings: HangUpMidPrompt) -> None:
        super().__init__(line)
        self._settings = settings
        self._heard_enough = False

    def rings(self) -> None:
        """Wait, then answer."""
        self.line.after(self._settings.answer_after, self.line.answer)

    def hears(self, spoken: Spoken) -> None:
        """Hang up soon, and in any case before the sentence is over."""
        if not self._heard_enough:
            self.line.after(min(self._settings.after, spoken.seconds / 2), self.line.hang_up)
        self._heard_enough = True


class Decliner(Handset):
    """Lets it ring for a while and declines."""

    def __init__(self, line: CalleeLine, settings: Rejected) -> None:
        super().__init__(line)
        self._settings = settings

    def rings(self) -> None:
        """Wait, then decline."""
        self.line.after(self._settings.after, self.line.decline)
