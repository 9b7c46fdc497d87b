"""What the service needs of the world, as protocols. Adapters fulfil them; tests hand in fakes.

Times are milliseconds since the epoch by the store's clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from ivr.domain.callflow import CallFlow, Mode, Pace, Purpose
from ivr.domain.record import Account, Record
from ivr.service.gate_port import Gate
from ivr.service.switch_port import Switch


class Note(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One line of a verification's story, for the archive. Never holds a passcode or a full number."""

    kind: str
    at: int
    call: int = 0
    detail: Mapping[str, str | int] = {}


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What was read together: the values, the marks by which a save tells that nothing came between, the time."""

    record: Record | None
    account: Account
    account_name: str
    marks: tuple[bytes, bytes]
    now: int


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What an idempotency key stands for: the first request's replay name, the id given out, and its age in ms.

    `fresh` says that this very request claimed it; `loaded` is the account for which it did.
    """

    id: str
    name: bytes
    age: int
    fresh: bool
    loaded: Loaded


class Store(Gate, Switch, Protocol):
    """Where the short-lived state is."""

    def new_id(self, bank: str, account: str) -> str:
        """Return a fresh verification id; it carries the account's name and so its partition."""

    def load(self, verification_id: str) -> Loaded | None:
        """Load a verification with its account; None where there is none."""

    def load_account(self, bank: str, account: str) -> Loaded:
        """Load an account alone (`record` is None)."""

    def save(
        self,
        loaded: Loaded,
        record: Record,
        notes: Sequence[Note],
        *,
        due: int | None,
        keep: int | None,
        pass_before: int | None = None,
    ) -> None:
        """Replace both values at once, append the notes and set when somebody must look next.

        `keep` is the verification's remaining life in ms (None: no end). `pass_before` is the time
        by the store's clock from which the save is refused.

        Raises:
            LostRaceError: either value changed since it was loaded. Nothing was written.
            TooLateError: `pass_before` has come. Nothing was written.
            UnkeptError: it was written, and no replica has it although one must.

        """

    def assure(self, loaded: Loaded) -> None:
        """Make sure that what was loaded outlives the loss of one server.

        Whoever shows or acts on what another saved asks this first. Raises `UnkeptError`.
        """

    def save_account(self, loaded: Loaded, account: Account, notes: Sequence[Note]) -> None:
        """Replace an account alone. Raises `LostRaceError`."""

    def claim(self, name: bytes, verification_id: str) -> Claim:
        """Claim a replay name (its first 8 bytes) for a new id, or return what it was claimed for before.

        The account of the new id is loaded in the same round trip.
        """

    def find_claim(self, name: bytes) -> str | None:
        """Return the id that this replay name was claimed for; None where it was not, or for another body."""

    def reserve_call(self, number: str, wish: str, *, per_hour: int, per_day: int) -> int:
        """Count a call to a number, once per wish. Return 0, or the seconds to wait where it is too many.

        A wish is a verification's id, or begins with it and a slash.
        """

    def called_lately(self, number: str) -> list[str]:
        """Return whose calls to a number were counted within a verification's longest life, the latest first."""

    def release_call(self, number: str, wish: str) -> None:
        """Take a reservation back: the call was not wished for after all."""

    def note(self, verification_id: str | None, notes: Sequence[Note]) -> None:
        """Append to the story without changing a value."""

    def take_due(
        self, *, lease_ms: int, limit: int, partitions: Iterable[int] | None = None
    ) -> list[str]:
        """Take ids that are due, under a lease: nobody else gets them until it runs out."""

    def look_again(self, verification_id: str, at: int) -> None:
        """Have something that is due looked at sooner than its lease ends, unless it is off the list."""

    def hand_back(self, ids: Sequence[str]) -> None:
        """Give leases back: those that are still on the list are due again now, for whoever takes them."""

    def forget_due(self, verification_id: str) -> None:
        """Take an id off the list: its record is gone."""


class Bell(Protocol):
    """Says quickly that something happened. Missing it costs a moment, never the work."""

    def wait_for_work(self, seconds: float) -> frozenset[int]:
        """Return the partitions in which something became due; none where `seconds` went by."""

    def wait_for_change(
        self, verification_id: str, seconds: float, is_changed: Callable[[], bool]
    ) -> None:
        """Return when a verification was saved, or after `seconds`; ask `is_changed` once listening began."""

    def let_go(self) -> None:
        """Let everybody who waits return at once, now and from now on: this process is leaving."""


class Story(Protocol):
    """The event streams, as the archive reads them."""

    def read_notes(self, limit: int) -> list[tuple[int, str, str, list[Note]]]:
        """Return (partition, stream id, verification id, notes), oldest first within a partition."""

    def trim_notes(self, partition: int, stream_id: str) -> None:
        """Forget a partition's notes up to and with `stream_id`."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One archived line of a story."""

    verification: str
    kind: str
    at: int
    call: int
    detail: Mapping[str, str | int]


class Archive(Protocol):
    """What lasts: the events, for evidence."""

    def add(self, rows: Sequence[tuple[int, str, str, list[Note]]]) -> None:
        """Keep notes as `Story.read_notes` gives them; the same ones again change nothing."""

    def story(self, verification_id: str) -> list[Entry]:
        """Return a verification's story in order."""


class RegisteredNumber(msgspec.Struct, frozen=True, kw_only=True):
    """What the bank's registry knows of an account: the number, and for how many days it has been that.

    `language` and `pace` are how this depositor is to be called; None where the bank says nothing.
    """

    number: str
    days: int | None
    language: str | None = None
    pace: Pace | None = None

    def __repr__(self) -> str:
        """Show no number."""
        return "RegisteredNumber(…)"


class Registry(Protocol):
    """The bank's registered numbers."""

    def find(self, bank: str, account: str) -> RegisteredNumber | None:
        """Return the account's entry; None where the bank has no such account."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A recording that a call flow plays. `name` is derived from its content, with the format's suffix."""

    name: str
    media_type: str
    data: bytes


class FlowBook(Protocol):
    """The call flows in force."""

    def find(self, mode: Mode, purpose: Purpose | None, bank: str) -> CallFlow | None:
        """Return the flow that new calls for a bank follow; a call to us has no purpose."""

    def any(self) -> CallFlow:
        """Return one of the flows that all banks follow, for what is the same in all of them."""

    def get(self, release: str, mode: Mode, purpose: Purpose | None) -> CallFlow | None:
        """Return the flow of a release, in force or not; None where the release is not known."""

    def recording(self, name: str) -> Recording | None:
        """Return a recording that some flow plays; None where there is none of that name."""


class ReceiptSigner(Protocol):
    """Signs receipts."""

    def sign(self, key_id: str, claims: Mapping[str, object]) -> str:
        """Return a compact JWS; the same claims give the same one."""


class Courier(Protocol):
    """Carries callbacks to banks."""

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, private_allowed: bool
    ) -> int:
        """Post once and return the HTTP status; 0 where no answer came."""


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A bank's linking backend."""

    id: str
    bank: str
    scopes: frozenset[str]
    callback_prefixes: tuple[str, ...]
    source_addresses: tuple[str, ...]
    private_callbacks: bool
