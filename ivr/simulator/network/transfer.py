"""A transfer: somebody else is dialled, hears something alone, is connected, and hangs up.

Knows the order of it, and what the carrier tells of its end. Does not know how his phone behaves
(`dialling.py`). Of a document for him alone, it plays what is said; anything else is an error here.
Source: the carrier's pages on <Dial> and <Number>.
"""

from collections.abc import Callable, Iterator

from ivr.simulator.network.addresses import join
from ivr.simulator.network.calls import Source, leg_fields
from ivr.simulator.network.clock import Timer
from ivr.simulator.network.document import read_reply
from ivr.simulator.network.events import Connecting, TransferEnded, Transferred, Trouble, Whispered
from ivr.simulator.network.messages import Reply
from ivr.simulator.network.near_end import NearEnd
from ivr.simulator.network.speech import speak
from ivr.simulator.network.trouble import NOT_VALID, TwimlError
from ivr.simulator.network.verbs import Dial, Hangup, Pause, Say, Verb


class Transfer:
    """One `<Dial>`, from dialling to its end."""

    def __init__(
        self, line: NearEnd, dial: Dial, *, base: str, ended: Callable[["Transfer"], None]
    ) -> None:
        self.dial = dial
        self._line, self._base, self._ended = line, base, ended
        self._leg, self._number, self._label, self._sid = line.dials(dial)
        self._timer: Timer | None = None
        self._over = False
        self._connected_at: float | None = None
        self._seconds = 0.0

    def begin(self) -> None:
        """Dial, and wait for the other one to pick up."""
        self._line.tell(Connecting, to_label=self._label)
        self._wait(self._leg.waits, self._picked_up if self._leg.answered else self._end)

    def hang_up(self) -> None:
        """End it from this side, in silence."""
        self._over = True
        if self._timer:
            self._timer.cancel()
        if self._connected_at is not None:
            self._seconds = self._line.now() - self._connected_at

    def fields(self) -> tuple[tuple[str, str], ...]:
        """Give what the hook says of it."""
        bridged = self._connected_at is not None
        unanswered = self._leg.answered and not bridged and not self._leg.leaves_early
        status = "no-answer" if unanswered else self._leg.status
        fields = [("DialCallSid", self._sid), ("DialCallStatus", status)]
        if bridged:
            fields.append(("DialCallDuration", str(round(self._seconds))))
        return (*fields, ("DialBridged", str(bridged).lower()))

    def _picked_up(self) -> None:
        number = self._number
        if number.url is None:
            self._told()
            return
        caller = self.dial.caller or self._line.call.order.from_
        form = leg_fields(self._line.call, sid=self._sid, caller=caller, number=number.number)
        source = Source(url=join(self._base, number.url), method=number.method)

        def arrived(reply: Reply) -> None:
            if self._over:
                return
            try:
                document = read_reply(reply, url=source.url)
            except TwimlError as wrong:
                self._fail(wrong)
            else:
                self._tell(iter(document.verbs))

        self._line.asks_for_leg(source, form, arrived)

    def _tell(self, verbs: Iterator[Verb]) -> None:
        verb = next(verbs, None)
        match verb:
            case None:
                self._told()
            case Say(pieces=pieces, language=language, voice=voice):
                spoken = speak(pieces, language=language, voice=voice)
                words = {"text": spoken.text, "language": language, "seconds": spoken.seconds}
                self._line.tell(Whispered, **words)
                self._wait(spoken.seconds, lambda: self._tell(verbs))
            case Pause(seconds=seconds):
                self._wait(seconds, lambda: self._tell(verbs))
            case Hangup():
                self._end()
            case _:
                message = f"<{type(verb).__name__}> is not played to whom is dialled"
                self._fail(TwimlError(NOT_VALID, message))

    def _told(self) -> None:
        if self._leg.leaves_early:
            self._end()
            return
        self._connected_at = self._line.now()
        self._line.tell(Transferred, to_label=self._label)
        self._wait(self._leg.talks, self._end)

    def _fail(self, wrong: TwimlError) -> None:
        """End the other leg: its document cannot be played."""
        self._line.tell(Trouble, code=wrong.code, message=wrong.message, fatal=False)
        self._end()

    def _end(self) -> None:
        self.hang_up()
        self._line.tell(TransferEnded, status=dict(self.fields())["DialCallStatus"])
        self._ended(self)

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        self._timer = self._line.after(seconds, then)
