"""Status callbacks of one call.

Knows which events were asked for, their fields, and a network that loses, delays, repeats or
reorders them. Does not know why a status changed.
Source: the carrier's pages on the Call resource (StatusCallback) and a real call to Japan.
"""

from email.utils import formatdate

from ivr.simulator.network.calls import Call, hook_fields
from ivr.simulator.network.hooks import Hook
from ivr.simulator.network.messages import Reply
from ivr.simulator.network.switch import Switch

EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
LAST = "completed"
SECONDS_A_MINUTE = 60


class StatusReports:
    """Tells the product how far a call is; what it answers is of no interest."""

    def __init__(self, call: Call, switch: Switch) -> None:
        self._call = call
        self._switch = switch
        self._sequence = 0
        self._held: Hook | None = None

    def fire(self, event: str, *, sip: int | None = None) -> None:
        """Report an event, if it was asked for; `sip` is the last response of the far end."""
        callback, wanted = self._call.order.status_callback, self._call.order.status_events
        if callback is None or event not in wanted or not wanted <= EVENTS:
            return
        behaviour = self._call.behaviour
        hook = Hook(
            kind="status",
            method=callback.method,
            url=callback.url,
            form=(*hook_fields(self._call), *self._fields(sip)),
            repeat=behaviour.repeat_hooks,
        )
        if behaviour.lost_status:
            return
        if behaviour.reorder_status:
            self._overtake(hook, event)
        else:
            self._post(hook)

    def _fields(self, sip: int | None) -> tuple[tuple[str, str], ...]:
        sequence, self._sequence = self._sequence, self._sequence + 1
        fields = [
            ("CallbackSource", "call-progress-events"),
            ("SequenceNumber", str(sequence)),
            ("Timestamp", formatdate(self._switch.clock.now()).replace("-0000", "+0000")),
        ]
        if self._call.status.over:
            seconds = self._call.seconds or 0
            minutes = -(-seconds // SECONDS_A_MINUTE)
            fields += [("CallDuration", str(seconds)), ("Duration", str(minutes))]
        if sip is not None:
            fields.append(("SipResponseCode", str(sip)))
        return tuple(fields)

    def _overtake(self, hook: Hook, event: str) -> None:
        held, self._held = self._held, None
        if held is None and event != LAST:
            self._held = hook
            return
        self._post(hook)
        if held is not None:
            self._post(held)

    def _post(self, hook: Hook) -> None:
        clock = self._switch.clock
        when = clock.now() + self._call.behaviour.late_status
        clock.call_at(when, lambda: self._send(hook))

    def _send(self, hook: Hook) -> None:
        self._switch.messenger.deliver(hook, note=self._call.exchanges.append, then=_ignore)


def _ignore(_reply: Reply) -> None:
    return
