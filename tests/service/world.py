"""What the service meets in a test: a clock, a carrier, banks' servers, a registry, an archive."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ivr.domain.policy import SECOND
from ivr.service.carrier_port import Accepted, CallOrder, Placing
from ivr.service.gate_port import Bucket, Gate, Wish
from ivr.service.ports import Entry, Note, RegisteredNumber

NUMBERS = {
    "001-0000001": RegisteredNumber(number="+819012345601", days=400),
    "001-0000002": RegisteredNumber(number="+819012345602", days=None),
    "001-0000003": RegisteredNumber(number="+81345678903", days=400),
    "001-0000004": RegisteredNumber(number="+819012345601", days=400),
    "009-0000001": RegisteredNumber(number="", days=400),
    "009-0000002": RegisteredNumber(number="+815012345678", days=400),
    "009-0000003": RegisteredNumber(number="+819012345699", days=1),
}
"""001-0000004 has the number of 001-0000001; those of branch 009 cannot be called."""


class Clock:
    """Milliseconds since the epoch, moved by hand; it begins now, so that others' libraries agree."""

    def __init__(self) -> None:
        self.now = int(time.time()) * SECOND

    def __call__(self) -> int:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)


@dataclass
class FakeCarrier:
    """Takes orders; answers what it was told to, and else accepts."""

    orders: list[CallOrder] = field(default_factory=list)
    answers: list[Placing] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    hangs_up: bool = True
    while_asking: Callable[[CallOrder], object] = lambda _: None

    def place(self, order: CallOrder) -> Placing:
        self.orders.append(order)
        self.while_asking(order)
        return self.answers.pop(0) if self.answers else Accepted(self.sid_of(order))

    def sid_of(self, order: CallOrder) -> str:
        """Name a call as the carrier does, which knows it by its address."""
        *_, verification, call, _token, _language, _turn = order.voice_url.split("/")
        return f"CA-{verification}-{call}"

    def hang_up(self, sid: str) -> bool:
        self.hung_up.append(sid)
        return self.hangs_up


@dataclass(frozen=True)
class Post:
    """A callback as it arrived."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    private_allowed: bool


@dataclass
class FakeCourier:
    """Keeps what was posted; answers what it was told to, and else 204."""

    posts: list[Post] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    while_posting: Callable[[Post], object] = lambda _: None

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, private_allowed: bool
    ) -> int:
        status = self.answers.pop(0) if self.answers else 204
        post = Post(url, body, headers, private_allowed)
        self.posts.append(post)
        self.while_posting(post)
        return status


class Gatekeeper:
    """The store's gate, with somebody beside it who counts, and may do something after each entry."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.asked = 0
        self.after_entering: Callable[[], object] = lambda: None

    def enter(self, wish: Wish, buckets: Sequence[Bucket]) -> int:
        self.asked += 1
        wait = self._gate.enter(wish, buckets)
        self.after_entering()
        return wait

    def leave(self, name: str, buckets: Sequence[str]) -> None:
        self._gate.leave(name, buckets)

    def stop_waiting(self, name: str, buckets: Sequence[str]) -> None:
        self._gate.stop_waiting(name, buckets)


class FakeRegistry:
    """The bank's registered numbers."""

    def __init__(self) -> None:
        self.numbers = dict(NUMBERS)

    def find(self, bank: str, account: str) -> RegisteredNumber | None:
        return self.numbers.get(account) if bank == "honnin" else None


class FakeArchive:
    """Keeps rows, the same ones once."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, str], tuple[str, list[Note]]] = {}
        self.broken = False

    def add(self, rows: Sequence[tuple[int, str, str, list[Note]]]) -> None:
        if self.broken:
            raise OSError("the disk is full")
        for partition, stream_id, owner, notes in rows:
            self.rows[partition, stream_id] = (owner, notes)

    def story(self, verification_id: str) -> list[Entry]:
        return [
            Entry(
                verification=owner, kind=note.kind, at=note.at, call=note.call, detail=note.detail
            )
            for owner, notes in self.rows.values()
            for note in notes
            if owner == verification_id
        ]
