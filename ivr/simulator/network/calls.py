"""One call as the carrier's record has it.

Knows what was ordered, how far the call is, what happened and which hooks were sent. Does not do
anything: `line.py` does.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from ivr.simulator.network.behaviours import AnyBehaviour
from ivr.simulator.network.events import Dialled, Event, Ringing
from ivr.simulator.network.hooks import Exchange

RING_SECONDS = 60
LONGEST_CALL = 14_400


class Status(StrEnum):
    """How far a call is."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def over(self) -> bool:
        """Whether nothing can follow."""
        return self not in UNDER_WAY


UNDER_WAY = frozenset({Status.QUEUED, Status.INITIATED, Status.RINGING, Status.IN_PROGRESS})


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a document comes from: an address to ask, or (`twiml`) the document itself."""

    url: str = ""
    method: str = "POST"
    twiml: str = ""


class Direction(StrEnum):
    """Who calls whom."""

    OUTBOUND = "outbound-api"
    INBOUND = "inbound"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What the product asked for, checked; or, `INBOUND`, what somebody dialled."""

    to: str
    from_: str
    source: Source
    fallback: Source | None = None
    status_callback: Source | None = None
    status_events: frozenset[str] = frozenset({"completed"})
    ring_seconds: int = RING_SECONDS
    time_limit: int = LONGEST_CALL
    detection: str = ""
    direction: Direction = Direction.OUTBOUND


@dataclass(kw_only=True)
class Call:
    """A call from its order to its end; times in seconds since 1970."""

    sid: str
    account_sid: str
    order: Order
    behaviour: AnyBehaviour
    phone_id: str | None
    created_at: float
    starts_at: float
    updated_at: float
    status: Status = Status.QUEUED
    started_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    answered_by: str | None = None
    events: list[Event] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def queue_milliseconds(self) -> int:
        """How long it stood in the queue before it was dialled."""
        return round((self.starts_at - self.created_at) * 1000)

    @property
    def rang(self) -> bool:
        """Whether its phone noticed anything."""
        return any(isinstance(event, Ringing | Dialled) for event in self.events)

    @property
    def is_inbound(self) -> bool:
        """Whether the phone called, and was not called."""
        return self.order.direction is Direction.INBOUND

    @property
    def seconds(self) -> int | None:
        """How long they talked; None while it goes on or when nobody answered."""
        if self.answered_at is None or self.ended_at is None:
            return None
        return round(self.ended_at - self.answered_at)

    def since_order(self, moment: float) -> int:
        """Give a moment in milliseconds since the call was ordered."""
        return round((moment - self.created_at) * 1000)


def leg_fields(call: Call, *, sid: str, caller: str, number: str) -> tuple[tuple[str, str], ...]:
    """Give the fields of a hook about the other leg of a transfer, which is a call of its own."""
    changed = {
        "CallSid": sid,
        "ParentCallSid": call.sid,
        "CallStatus": Status.IN_PROGRESS.value,
        "Direction": "outbound-dial",
        "From": caller,
        "Caller": caller,
        "To": number,
        "Called": number,
    }
    return tuple(sorted({**dict(hook_fields(call)), **changed}.items()))


def hook_fields(call: Call) -> tuple[tuple[str, str], ...]:
    """Give the fields of every hook. For Japan the places are all there, and all empty."""
    order = call.order
    parties = (
        ("Called", order.to),
        ("Caller", order.from_),
        ("From", order.from_),
        ("To", order.to),
    )
    fields = [
        ("AccountSid", call.account_sid),
        ("ApiVersion", "2010-04-01"),
        ("CallSid", call.sid),
        ("CallStatus", call.status.value),
        ("Direction", order.direction.value),
    ]
    for party, number in parties:
        fields.append((party, number))
        fields.extend((party + place, "") for place in ("City", "Country", "State", "Zip"))
    if call.answered_by:
        fields.append(("AnsweredBy", call.answered_by))
    return tuple(sorted(fields))
