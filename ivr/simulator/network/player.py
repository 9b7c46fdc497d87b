"""Playing documents on a line, verb by verb.

Knows what each verb does, how a key answers a question, which document comes next and what the
callee hears when there is none. Does not know how a call comes about or ends (`line.py`), nor HTTP.
"""

import contextlib
from collections.abc import Iterator

from ivr.simulator.network.addresses import join
from ivr.simulator.network.calls import Source
from ivr.simulator.network.clock import Timer
from ivr.simulator.network.events import Listening, Trouble
from ivr.simulator.network.gathering import Gathering
from ivr.simulator.network.loader import Fields, Loader
from ivr.simulator.network.near_end import NearEnd
from ivr.simulator.network.prompter import Prompter
from ivr.simulator.network.speech import DEFAULT_LANGUAGE, Piece
from ivr.simulator.network.transfer import Transfer
from ivr.simulator.network.trouble import TwimlError
from ivr.simulator.network.verbs import (
    Dial,
    Document,
    Gather,
    Hangup,
    Pause,
    Play,
    Prompt,
    Redirect,
    Reject,
    Say,
    Verb,
)

APOLOGY = "An application error has occurred. Goodbye."


class Player:
    """Plays one call's documents from the first to the hang-up."""

    def __init__(self, line: NearEnd) -> None:
        self._line = line
        self._loader = Loader(line, loaded=self._play, failed=self._fail)
        self._prompter = Prompter(line, failed=self._fail)
        self._source = line.call.order.source
        self._verbs: Iterator[Verb] = iter(())
        self._gathering: Gathering | None = None
        self._waiting: Timer | None = None
        self._transfer: Transfer | None = None

    @property
    def listens(self) -> bool:
        """Whether a key pressed now counts."""
        return self._gathering is not None and self._gathering.gather.takes_keys

    def begin(self) -> None:
        """Get the first document."""
        self.load(self._line.call.order.source)

    def load(self, source: Source, fields: Fields = ()) -> None:
        """Leave what is being played and get another document."""
        self._prompter.stop()
        self._stop_waiting()
        self._drop_transfer()
        self._loader.load(source, fields)

    def stop(self) -> None:
        """End for good: the call is over."""
        self._loader.forget()
        self._gathering = None

    def left(self) -> None:
        """Tell how the transfer ended that the callee, or the carrier, hung up on; nobody hears the answer."""
        transfer, self._transfer = self._transfer, None
        if transfer is None or transfer.dial.action is None:
            return
        transfer.hang_up()
        with contextlib.suppress(TwimlError):
            url = join(self._source.url, transfer.dial.action)
            source = Source(url=url, method=transfer.dial.method)
            self._line.fetch("voice", source, transfer.fields(), lambda _reply: None)

    def press(self, key: str) -> None:
        """Take a key that counts; the first stops the prompts."""
        gathering = self._gathering
        if gathering is None:
            return
        self._prompter.stop()
        gathering.press(key)
        if gathering.done:
            self._gathered(gathering)
        else:
            self._await_key(gathering)

    def _play(self, document: Document, source: Source) -> None:
        self._source = source
        for note in document.warnings:
            self._line.tell(Trouble, code=note.code, message=note.message, fatal=False)
        self._verbs = iter(document.verbs)
        self._next()

    def _next(self) -> None:
        verb = next(self._verbs, Hangup())
        match verb:
            case Say() | Play() | Pause():
                self._prompter.play(verb, base=self._source.url, then=self._next)
            case Gather():
                self._gathering = Gathering(gather=verb)
                self._prompt(self._gathering, iter(verb.prompts))
            case Redirect(url=url, method=method):
                self._go_on_with(url, method)
            case Dial():
                self._dial(verb)
            case Hangup() | Reject():
                self._line.hang_up()

    def _go_on_with(self, url: str | None, method: str, fields: Fields = ()) -> None:
        """Load an address as the document names it; none at all is the document itself."""
        if self._source.twiml and not url:
            self.load(self._source)
            return
        try:
            found = join(self._source.url, url or "")
        except TwimlError as wrong:
            self._fail(wrong, self._source)
        else:
            self.load(Source(url=found, method=method), fields)

    def _fail(self, wrong: TwimlError, source: Source) -> None:
        """Ask the fallback for a document, or apologise in the carrier's own words and hang up."""
        self._prompter.stop()
        self._stop_waiting()
        self._line.tell(Trouble, code=wrong.code, message=wrong.message, fatal=True)
        fallback = self._line.call.order.fallback
        if fallback is None or source == fallback:
            self._play(_apology(), source)
        else:
            self.load(fallback, (("ErrorCode", str(wrong.code)), ("ErrorUrl", source.url)))

    # Questions.

    def _prompt(self, gathering: Gathering, prompts: Iterator[Prompt]) -> None:
        prompt = next(prompts, None)
        if prompt is None:
            self._listen(gathering)
        else:
            self._prompter.play(
                prompt, base=self._source.url, then=lambda: self._prompt(gathering, prompts)
            )

    def _listen(self, gathering: Gathering) -> None:
        gather = gathering.gather
        self._line.tell(Listening, digits=gather.digits, seconds=gather.seconds)
        self._await_key(gathering)
        self._line.asks()

    def _await_key(self, gathering: Gathering) -> None:
        if self._waiting:
            self._waiting.cancel()
        seconds = gathering.gather.seconds
        self._waiting = self._line.after(seconds, lambda: self._gathered(gathering))

    def _stop_waiting(self) -> None:
        self._gathering = None
        if self._waiting:
            self._waiting.cancel()

    def _gathered(self, gathering: Gathering) -> None:
        self._stop_waiting()
        if not gathering.worth_asking:
            self._next()
            return
        gather = gathering.gather
        absent = self._line.call.behaviour.absent_digits
        self._go_on_with(gather.action, gather.method, gathering.fields(absent_digits=absent))

    # Transfers.

    def _drop_transfer(self) -> None:
        if self._transfer:
            self._transfer.hang_up()
            self._transfer = None

    def _dial(self, dial: Dial) -> None:
        self._transfer = Transfer(self._line, dial, base=self._source.url, ended=self._dialled)
        self._transfer.begin()

    def _dialled(self, transfer: Transfer) -> None:
        self._transfer = None
        dial = transfer.dial
        if dial.action is None:
            self._next()
        else:
            self._go_on_with(dial.action, dial.method, transfer.fields())


def _apology() -> Document:
    words = Say(pieces=(Piece(text=APOLOGY),), language=DEFAULT_LANGUAGE, voice="man")
    return Document(verbs=(words, Hangup()))
