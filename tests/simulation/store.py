"""The store of a run, with the ledger at its side, and in some runs a replica that takes over.

A primary that is lost takes with it what its replica had not received: every write since is undone,
and the ledger is told. Knows what a replica has at which time. Does not know what the values mean.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import redis

from ivr.adapters.memory_store import MemoryStore
from ivr.adapters.names import Names
from ivr.adapters.redis_assured import Assured
from ivr.adapters.redis_line import WAIT_MS
from ivr.adapters.seal import Sealer, Value, mark_of
from ivr.domain.record import Record
from ivr.service.ports import Claim, Loaded, Note
from ivr.service.store_faults import UnkeptError
from tests.simulation.ledger import Ledger
from tests.simulation.lines import Far, Lines
from tests.simulation.timeline import Timeline
from tests.simulation.weather import Weather
from tests.web.small_house import KEYRING

_PARTITIONS: Final = 2
_ON_THE_WAY: Final = 4
"""A write takes fewer milliseconds than these to the replica."""
_NOTHING: Final = object()


class DrawnNames(Names):
    """Names of which even what is random comes from the seed; those of accounts are kept at hand."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__(KEYRING, _PARTITIONS)
        self._chance = timeline.chance

    def new_id(self, account_name: str) -> str:
        """Draw an id."""
        drawn = "".join(self._chance.choices("abcdefghijklmnopqrstuvwxyz234567", k=10))
        return f"v{account_name}{drawn}"

    def account_name(self, bank: str, account: str) -> str:
        """Name an account."""
        return _account_name(bank, account)

    def number_name(self, number: str) -> str:
        """Name a telephone number."""
        return _number_name(number)


_NAMES: Final = Names(KEYRING, _PARTITIONS)
_account_name: Final = cache(_NAMES.account_name)
_number_name: Final = cache(_NAMES.number_name)


class RememberingSealer(Sealer):
    """Opens each sealed value once, and gives the same value, which nobody can change, again."""

    def __init__(self) -> None:
        super().__init__(KEYRING)
        self._opened: dict[tuple[str, bytes], Any] = {}

    def open(self, name: str, sealed: bytes, kind: type[Value]) -> Value:
        """Open a sealed value."""
        found: Value | None = self._opened.get((name, sealed))
        if found is None:
            found = self._opened[name, sealed] = super().open(name, sealed, kind)
        return found


class _Journaled(dict[Any, Any]):
    """A dictionary of which every change can be undone."""

    def __init__(
        self, before: Mapping[Any, Any], wrote: Callable[[dict[Any, Any], Any], None]
    ) -> None:
        super().__init__(before)
        self._wrote = wrote

    def __setitem__(self, key: Any, value: Any) -> None:
        self._wrote(self, key)
        super().__setitem__(key, value)

    def __delitem__(self, key: Any) -> None:
        self._wrote(self, key)
        super().__delitem__(key)

    def pop(self, key: Any, *default: Any) -> Any:
        self._wrote(self, key)
        return super().pop(key, *default)


class WatchedStore(MemoryStore):
    """The store, with the ledger at its side. A save that is sent again is recognised, as in Redis."""

    def __init__(self, timeline: Timeline, ledger: Ledger) -> None:
        super().__init__(DrawnNames(timeline), RememberingSealer(), timeline.clock)
        self._timeline = timeline
        self._ledger = ledger
        self._last: dict[str, tuple[Loaded, Record, bytes]] = {}
        self.generation = 0

    def save(self, loaded: Loaded, record: Record, notes: Any, **more: Any) -> None:
        """Save, and let the ledger see what was."""
        verification = record.verification
        mark = self.mark_of_save(loaded, record)
        if mark and mark == mark_of(self._values.get(verification.id)):
            return
        super().save(loaded, record, notes, **more)
        self._last[verification.id] = loaded, record, mark_of(self._values[verification.id])
        if any(note.detail.get("state") for note in notes):
            self._timeline.tell(
                f"record {verification.id[-6:]}",
                f"{', '.join(note.kind for note in notes)}: {verification.state}",
            )
        self._ledger.save(record, self._timeline.now)

    def mark_of_save(self, loaded: Loaded, record: Record) -> bytes:
        """Return the mark that a save gave to its value; none where another came after, or none before."""
        last = self._last.get(record.verification.id)
        return last[2] if last and last[0] is loaded and last[1] is record else b""

    @property
    def has_notes(self) -> bool:
        """Some notes are not in the archive."""
        return bool(self._story)


class ReplicatedStore(WatchedStore):
    """A primary whose replica is some milliseconds behind, or hears nothing of it for a while."""

    def __init__(self, timeline: Timeline, ledger: Ledger, weather: Weather) -> None:
        super().__init__(timeline, ledger)
        self._weather = weather
        self._journal: deque[tuple[int, Callable[[], None]]] = deque()
        self._received, self._lag = 0, timeline.chance.randrange(_ON_THE_WAY)
        self._values, self._ends = self._watch(self._values), self._watch(self._ends)
        self._due, self._claims = self._watch(self._due), self._watch(self._claims)
        ledger.saved, ledger.failures = self._watch(ledger.saved), self._watch(ledger.failures)

    def _watch(self, values: dict[Any, Any]) -> dict[Any, Any]:
        return _Journaled(values, self._wrote)

    def _wrote(self, values: dict[Any, Any], key: Any) -> None:
        """Keep what a write replaces, until the replica has the write."""
        before = dict.get(values, key, _NOTHING)

        def undo() -> None:
            if before is _NOTHING:
                dict.pop(values, key, None)
            else:
                dict.__setitem__(values, key, before)

        self._keep(undo)

    def _keep(self, undo: Callable[[], None]) -> None:
        now, journal = self._timeline.now, self._journal
        while journal and journal[0][0] <= now:
            journal.popleft()
        journal.append((self._arrival(), undo))

    def _arrival(self) -> int:
        """Return when the replica has what is written now; it gets everything in order."""
        now = self._timeline.now
        at = max(now + self._lag, self._received)
        for begin, end in self._weather.unlinked:
            if begin <= at < end:
                at = end
        self._received = at
        return at

    def _tell(self, account_name: str | None, owner: str, notes: Any) -> None:
        self._keep_story()
        super()._tell(account_name, owner, notes)

    def read_notes(self, limit: int) -> list[tuple[int, str, str, list[Note]]]:
        """Read notes, of which the replica has every one."""
        found = super().read_notes(limit)
        if found:
            self._wait_for_replica()
        return found

    def trim_notes(self, partition: int, stream_id: str) -> None:
        """Forget notes, as a write that may be lost as well."""
        self._keep_story()
        super().trim_notes(partition, stream_id)

    def _keep_story(self) -> None:
        before = list(self._story)

        def undo() -> None:
            self._story = before

        self._keep(undo)

    def _wait_for_replica(self) -> None:
        """Hold the answer until the replica has everything. Raises `UnkeptError`, or the line breaks."""
        timeline, generation, arrival = self._timeline, self.generation, self._arrival()
        timeline.wait(min(arrival - timeline.now, WAIT_MS))
        if generation != self.generation:
            raise redis.ConnectionError("simulated: the primary was lost")
        if timeline.now < arrival:
            timeline.tell("store", "no replica has it")
            raise UnkeptError

    def save(self, loaded: Loaded, record: Record, notes: Any, **more: Any) -> None:
        """Save, and wait for the replica."""
        super().save(loaded, record, notes, **more)
        self._wait_for_replica()

    def claim(self, name: bytes, verification_id: str) -> Claim:
        """Claim, and wait for the replica."""
        claim = super().claim(name, verification_id)
        self._wait_for_replica()
        return claim

    def assure(self, loaded: Loaded) -> None:  # noqa: ARG002 - all of it is waited for
        """Wait until the replica has all that was written before."""
        self._wait_for_replica()

    def fail_over(self) -> None:
        """Lose the primary: its replica goes on with what it has."""
        lost = 0
        self.generation += 1
        while self._journal and self._journal[-1][0] > self._timeline.now:
            _, undo = self._journal.pop()
            undo()
            lost += 1
        self._journal.clear()
        self._received = self._timeline.now
        self._timeline.tell("store", f"the primary is lost, with {lost} writes of its last moments")
        self._ledger.fails_over()


class FarStore(Far):
    """The store at the end of the line, and what this end knows to be with a replica.

    Wired into the product once; `attach` leads it to the store of a run.
    """

    def attach(self, near: Any, lines: Lines) -> None:
        """Lead to a store, forgetting the one before."""
        super().attach(near, lines)
        self._assured = Assured()

    def load(self, verification_id: str) -> Loaded | None:
        """Load over a line that breaks with the primary at its end."""
        loaded: Loaded | None = self._send("load", verification_id)
        self._lines.present().line = self._near.generation
        return loaded

    def save(self, loaded: Loaded, record: Record, notes: Any, **more: Any) -> None:
        """Save; what was saved and acknowledged need not be asked about again."""
        self._send("save", loaded, record, notes, **more)
        self._assured.add(self._near.mark_of_save(loaded, record))

    def assure(self, loaded: Loaded) -> None:
        """Ask only where there are replicas, and once for each value."""
        mark = loaded.marks[0]
        if not isinstance(self._near, ReplicatedStore) or mark in self._assured:
            return
        # On the line that it was loaded by, and not asked again: another primary may have lost it.
        self._lines.to_store_once(self._assure_by, (self._lines.present().line, loaded), {})
        self._assured.add(mark)

    def _assure_by(self, line: int, loaded: Loaded) -> None:
        if line != self._near.generation:
            raise redis.ConnectionError("simulated: the line broke with the primary")
        self._near.assure(loaded)
