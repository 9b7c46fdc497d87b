"""The stand-in carrier: takes orders, keeps calls, and lets people use their phones.

Knows all calls and phones. Does not know HTTP: `rest.py` and `control.py` do. Every method takes
the clock's lock, so that any thread may call it.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ivr.simulator.network import trouble
from ivr.simulator.network.behaviours import AnyBehaviour, Live
from ivr.simulator.network.calls import Call, Direction, Order, Source, Status
from ivr.simulator.network.clock import Clock
from ivr.simulator.network.events import Trouble
from ivr.simulator.network.hooks import Messenger
from ivr.simulator.network.line import Line
from ivr.simulator.network.messages import Send
from ivr.simulator.network.phones import PhoneBook
from ivr.simulator.network.reports import EVENTS
from ivr.simulator.network.signing import AuthTokenSigner, Signer
from ivr.simulator.network.switch import Switch

MOST_KEPT = 10_000


class NotNowError(Exception):
    """What was asked makes no sense in the state things are in; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """The one account. With no `numbers` any number may be shown as the caller's."""

    sid: str
    auth_token: str
    numbers: frozenset[str] = frozenset()
    calls_per_second: float = 0.0
    """How fast orders are dialled; the rest waits in the queue. 0 is without a limit."""
    voice: Mapping[str, Source] = field(default_factory=dict)
    """Where the documents for whoever calls a number of the account come from, by number."""

    def __repr__(self) -> str:
        """Show the name alone."""
        return f"Account(sid={self.sid!r})"


class Carrier:
    """Calls phones and asks the product what to say."""

    def __init__(
        self,
        *,
        account: Account,
        clock: Clock,
        send: Send,
        phones: PhoneBook,
        rng: random.Random,
        signer: Signer | None = None,
        troubles: Counter[str] | None = None,
    ) -> None:
        self.account = account
        self.clock = clock
        self.phones = phones
        self.outage: AnyBehaviour | None = None
        """What every order meets in place of what its phone is for, while it is set."""
        self.troubles: Counter[str] = Counter() if troubles is None else troubles
        """How often each trouble was met, by orders and by hooks."""
        signer = signer or AuthTokenSigner(auth_token=account.auth_token)
        messenger = Messenger(clock=clock, send=send, signer=signer, rng=rng)
        self._switch = Switch(clock=clock, messenger=messenger, phones=phones, rng=rng)
        self._lines: dict[str, Line] = {}
        self._by_phone: dict[str | None, list[Line]] = {}
        self._next_slot = clock.now()

    # What the product asks for.

    def place(self, order: Order) -> Call:
        """Take an order; the call is dialled when its turn in the queue comes."""
        with self.clock.lock:
            now = self.clock.now()
            starts = max(now, self._next_slot)
            if self.account.calls_per_second:
                self._next_slot = starts + 1 / self.account.calls_per_second
            phone = self.phones.with_number(order.to)
            behaviour = self.phones.behaviour_of(order.to)
            return self._begin(order, behaviour, phone.id if phone else None, starts)

    def call(self, sid: str) -> Call:
        """Find a call. Raises: KeyError."""
        with self.clock.lock:
            return self._lines[sid].call

    def calls(self, *, phone_id: str | None = None) -> list[Call]:
        """List the calls, newest first; those of one phone when it is named."""
        with self.clock.lock:
            every = phone_id is None
            lines = list(self._lines.values()) if every else self._by_phone.get(phone_id, [])
            return [line.call for line in reversed(lines)]

    def cancel(self, sid: str) -> None:
        """Give a call up that was not answered yet. Raises: KeyError, NotNowError."""
        with self.clock.lock:
            line = self._lines[sid]
            if line.call.status.over or line.call.status is Status.IN_PROGRESS:
                raise NotNowError("Call is not queued or ringing. Cannot cancel.")
            line.cancel()

    def complete(self, sid: str) -> None:
        """End a call, whatever it is doing. Raises: KeyError, NotNowError when it is over."""
        with self.clock.lock:
            line = self._lines[sid]
            if line.call.status.over:
                raise NotNowError("Call is not in-progress. Cannot end.")
            if line.call.status is Status.IN_PROGRESS:
                line.hang_up()
            else:
                line.cancel()

    def redirect(self, sid: str, source: Source) -> None:
        """Go on with another document. Raises: KeyError, NotNowError when nobody is talking."""
        with self.clock.lock:
            line = self._lines[sid]
            if line.call.status is not Status.IN_PROGRESS:
                raise NotNowError("Call is not in-progress. Cannot redirect.")
            line.redirect(source)

    # What people do with their phones.

    def answer(self, phone_id: str) -> None:
        """Pick up. Raises: KeyError, NotNowError."""
        with self.clock.lock:
            self._line_of(phone_id, {Status.RINGING}, "The phone is not ringing.").answer()

    def decline(self, phone_id: str) -> None:
        """Refuse the call. Raises: KeyError, NotNowError."""
        with self.clock.lock:
            self._line_of(phone_id, {Status.RINGING}, "The phone is not ringing.").decline()

    def dial(self, phone_id: str, to: str, *, shows: str | None = None) -> Call:
        """Call a number of the account, whose keys are then pressed as in any call.

        `shows` is given as the caller's number in place of the phone's own: one of the carrier's
        forms for a number that is withheld, or somebody else's.

        Raises: KeyError, NotNowError.
        """
        with self.clock.lock:
            phone = self.phones[phone_id]
            source = self.account.voice.get(to)
            if source is None:
                raise NotNowError("Nobody answers at this number.")
            if phone.id in self._switch.engaged:
                raise NotNowError("The phone is in use.")
            self._switch.engaged.add(phone.id)
            from_ = phone.number if shows is None else shows
            order = Order(to=to, from_=from_, source=source, direction=Direction.INBOUND)
            odd = phone.behaviour
            person = Live(repeat_hooks=odd.repeat_hooks, absent_digits=odd.absent_digits)
            return self._begin(order, person, phone.id, self.clock.now())

    def hang_up(self, phone_id: str) -> None:
        """End the talk. Raises: KeyError, NotNowError."""
        with self.clock.lock:
            self._line_of(phone_id, {Status.IN_PROGRESS}, "Nobody is on the phone.").hang_up()

    def press(self, phone_id: str, key: str) -> bool:
        """Press one key; False when nobody listened. Raises: KeyError, NotNowError."""
        with self.clock.lock:
            line = self._line_of(phone_id, {Status.IN_PROGRESS}, "Nobody is on the phone.")
            return line.press(key)

    def set_behaviour(self, phone_id: str, behaviour: AnyBehaviour) -> None:
        """Let a phone behave so from its next call on. Raises: KeyError."""
        with self.clock.lock:
            self.phones.set_behaviour(phone_id, behaviour)

    def show(self, phone_id: str, keys: str) -> None:
        """Have a page show keys to whoever holds the phone. Raises: KeyError."""
        with self.clock.lock:
            self.phones.show_beside(phone_id, keys)

    def latest_call(self, phone_id: str) -> Call | None:
        """Find the last call to a phone that got as far as ringing. Raises: KeyError."""
        with self.clock.lock:
            phone = self.phones[phone_id]
            return next((call for call in self.calls(phone_id=phone.id) if call.rang), None)

    def _begin(
        self, order: Order, behaviour: AnyBehaviour, phone_id: str | None, starts: float
    ) -> Call:
        now = self.clock.now()
        call = Call(
            sid=self._switch.new_call_sid(),
            account_sid=self.account.sid,
            order=order,
            behaviour=behaviour,
            phone_id=phone_id,
            created_at=now,
            starts_at=starts,
            updated_at=now,
        )
        self._keep(Line(call, self._switch))
        return call

    def _line_of(self, phone_id: str, states: Iterable[Status], otherwise: str) -> Line:
        phone = self.phones[phone_id]
        for line in reversed(self._by_phone.get(phone.id, [])):
            rings_there = line.call.is_inbound and line.call.status is Status.RINGING
            if line.call.status in states and not rings_there:
                return line
        raise NotNowError(otherwise)

    def _keep(self, line: Line) -> None:
        self._lines[line.call.sid] = line
        self._by_phone.setdefault(line.call.phone_id, []).append(line)
        while len(self._lines) > MOST_KEPT:
            oldest = self._lines.pop(next(iter(self._lines)))
            self._by_phone[oldest.call.phone_id].remove(oldest)
        if not line.call.order.status_events <= EVENTS:
            message = "Invalid 'StatusCallbackEvent': no status callback is sent"
            line.tell(Trouble, code=trouble.BAD_STATUS_EVENTS, message=message, fatal=False)
