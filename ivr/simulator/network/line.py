"""One call on its way: queued, dialled, ringing, talking, over.

Knows the states of a call and what moves it on. Does not know documents (`player.py`), nor how the
far end behaves (`callee.py`). Everything here happens under the clock's lock.
"""

from collections.abc import Callable

from ivr.simulator.network.behaviours import Busy, Unreachable
from ivr.simulator.network.callee import callee, detected
from ivr.simulator.network.calls import Call, Source, Status, hook_fields
from ivr.simulator.network.clock import Timer
from ivr.simulator.network.dialling import Leg, leg
from ivr.simulator.network.events import (
    Answered,
    Dialled,
    Ended,
    Ending,
    Event,
    Pressed,
    Ringing,
    Speech,
)
from ivr.simulator.network.hooks import Hook
from ivr.simulator.network.messages import Reply
from ivr.simulator.network.player import Player
from ivr.simulator.network.reports import StatusReports
from ivr.simulator.network.speech import Spoken
from ivr.simulator.network.switch import Switch
from ivr.simulator.network.verbs import Dial, Number

DIAL_SECONDS = 0.3
SETUP_SECONDS = 1.0
OK, NOT_FOUND, BUSY_HERE, TERMINATED, DECLINED = 200, 404, 486, 487, 603


class Line:
    """Moves one call from its order to its end."""

    def __init__(self, call: Call, switch: Switch) -> None:
        self.call = call
        self._switch = switch
        self._reports = StatusReports(call, switch)
        self._callee = callee(call.behaviour, self)
        self._player = Player(self)
        begin = self._call_us if call.is_inbound else self._dial
        switch.clock.call_at(call.starts_at + DIAL_SECONDS, self._unless_over(begin))

    def now(self) -> float:
        """Give the time in seconds since 1970."""
        return self._switch.clock.now()

    def after(self, seconds: float, act: Callable[[], object]) -> Timer:
        """Do something in a while, if the call goes on until then."""
        return self._switch.clock.call_at(self.now() + seconds, self._unless_over(act))

    def tell(self, event: Callable[..., Event], **fields: object) -> None:
        """Write down what happened, and wake whoever waits for news."""
        at = self.call.since_order(self.now())
        self.call.events.append(event(call=self.call.sid, at=at, **fields))
        self._switch.clock.lock.notify_all()

    # What the far end does.

    def answer(self) -> None:
        """Pick up, if it rings."""
        if self.call.status is not Status.RINGING or self.call.is_inbound:
            return
        self._connect()
        self.call.answered_by, silence = detected(self.call.behaviour, self.call.order.detection)
        self.after(silence, self._player.begin)

    def decline(self) -> None:
        """Refuse, if it rings."""
        if self.call.status is Status.RINGING and not self.call.is_inbound:
            self._end(Ending.NO_ANSWER, DECLINED)

    def hang_up(self) -> None:
        """End the talk, from whichever side."""
        if self.call.status is Status.IN_PROGRESS:
            self._end(Ending.COMPLETED, OK)

    def shown(self) -> str:
        """Give the keys that a page shows to whoever holds the phone; empty where none does."""
        return self._switch.phones.shown_beside(self.call.phone_id)

    def press(self, key: str) -> bool:
        """Press one key; False when nobody listened."""
        taken = self._player.listens
        self.tell(Pressed, key=key, taken=taken)
        if taken:
            self._player.press(key)
        return taken

    # What the product asks for through REST.

    def cancel(self) -> None:
        """Give the call up before it was answered."""
        self._end(Ending.CANCELED, TERMINATED)

    def redirect(self, source: Source) -> None:
        """Leave the document being played and go on with another."""
        self._player.load(source)

    # What the document asks for.

    def speaks(self, spoken: Spoken) -> None:
        """Say something."""
        self.tell(
            Speech,
            text=spoken.text,
            language=spoken.language,
            voice=spoken.voice,
            rate=spoken.rate,
            seconds=spoken.seconds,
        )
        self._callee.hears(spoken)

    def cut(self) -> None:
        """Stop in the middle of it."""
        self._callee.cut()

    def asks(self) -> None:
        """Fall silent and wait for keys."""
        self._callee.asked()

    def fetch(
        self,
        kind: str,
        source: Source,
        fields: tuple[tuple[str, str], ...] | None,
        then: Callable[[Reply], None],
    ) -> None:
        """Ask a web server; `fields` None is a recording, which is asked for without any."""
        form = () if fields is None else (*hook_fields(self.call), *fields)
        self._deliver(kind, source, form, then)

    def asks_for_leg(
        self, source: Source, form: tuple[tuple[str, str], ...], then: Callable[[Reply], None]
    ) -> None:
        """Ask a web server about the other leg of a transfer."""
        self._deliver("whisper", source, form, then)

    def _deliver(
        self,
        kind: str,
        source: Source,
        form: tuple[tuple[str, str], ...],
        then: Callable[[Reply], None],
    ) -> None:
        hook = Hook(
            kind=kind,
            method=source.method,
            url=source.url,
            form=form,
            repeat=self.call.behaviour.repeat_hooks and bool(form),
        )

        def arrived(reply: Reply) -> None:
            if self.call.status.over:
                return
            if self.call.status is Status.RINGING:  # a call to us begins with its first document
                self._connect()
            then(reply)

        self._switch.messenger.deliver(hook, note=self.call.exchanges.append, then=arrived)

    def dials(self, dial: Dial) -> tuple[Leg, Number, dict[str, str], str]:
        """Call somebody else too: how that goes, who it is, his phone's label, and the leg's name."""
        phones = self._switch.phones
        legs = [(leg(phones.behaviour_of(each.number), dial), each) for each in dial.numbers]
        best, number = min(legs, key=lambda one: (not one[0].answered, one[0].waits))
        phone = phones.with_number(number.number)
        return best, number, phone.label if phone else {}, self._switch.new_call_sid()

    # How a call moves on.

    def _dial(self) -> None:
        self.call.started_at = self.now()
        self._become(Status.INITIATED)
        self._reports.fire("initiated")
        self.after(SETUP_SECONDS, self._reach)

    def _reach(self) -> None:
        phone, behaviour = self.call.phone_id, self.call.behaviour
        if phone is None or isinstance(behaviour, Unreachable):
            self._end(Ending.FAILED, NOT_FOUND)
        elif isinstance(behaviour, Busy) or phone in self._switch.engaged:
            self._end(Ending.BUSY, BUSY_HERE)
        else:
            self._ring(phone)

    def _ring(self, phone: str) -> None:
        self._switch.engaged.add(phone)
        self._become(Status.RINGING)
        self.tell(Ringing, from_=self.call.order.from_)
        self._reports.fire("ringing")
        self.after(self.call.order.ring_seconds, self._give_up)
        self._callee.rings()

    def _call_us(self) -> None:
        """Dial out from the phone: it rings with us until the first document is there."""
        self.call.started_at = self.now()
        self._become(Status.RINGING)
        self.tell(Dialled, to=self.call.order.to)
        self.after(SETUP_SECONDS, self._player.begin)

    def _connect(self) -> None:
        self.call.answered_at = self.now()
        self._become(Status.IN_PROGRESS)
        self.tell(Answered)
        self._reports.fire("answered")
        self.after(self.call.order.time_limit, self.hang_up)
        self._callee.answered()

    def _give_up(self) -> None:
        if self.call.status is Status.RINGING:
            self._end(Ending.NO_ANSWER, TERMINATED)

    def _end(self, how: Ending, sip: int) -> None:
        self._player.stop()
        self._callee.ended()
        if self.call.phone_id and self.call.status in {Status.RINGING, Status.IN_PROGRESS}:
            self._switch.engaged.discard(self.call.phone_id)
        self.call.ended_at = self.now()
        self._become(Status(how.value))
        self.tell(Ended, how=how)
        self._player.left()
        self._reports.fire("completed", sip=sip)

    def _become(self, status: Status) -> None:
        self.call.status = status
        self.call.updated_at = self.now()

    def _unless_over(self, act: Callable[[], object]) -> Callable[[], None]:
        def guarded() -> None:
            if not self.call.status.over:
                act()

        return guarded
