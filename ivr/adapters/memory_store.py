"""The store in memory, for tests and simulations: the same promises, one process, any clock.

Values are kept sealed as in Redis, so that a test over this store exercises the same encoding.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from ivr.adapters.memory_gate import MemoryGate
from ivr.adapters.memory_switch import MemorySwitch
from ivr.adapters.names import Names
from ivr.adapters.seal import Sealer, mark_of
from ivr.domain.policy import DAY, HOUR, LONGEST_LIFE, SECOND
from ivr.domain.record import Account, Record, Verification
from ivr.service.ports import Claim, Loaded, Note
from ivr.service.store_faults import LostRaceError, TooLateError


class MemoryStore(MemoryGate, MemorySwitch):
    """Verifications, accounts, limits and stories in dictionaries, behind one lock."""

    def __init__(self, names: Names, sealer: Sealer, clock: Callable[[], int]) -> None:
        """`clock` returns milliseconds since the epoch."""
        MemoryGate.__init__(self, clock)
        MemorySwitch.__init__(self, clock)
        self._names = names
        self._sealer = sealer
        self._clock = clock
        self._lock = threading.RLock()
        self._values: dict[str, bytes] = {}
        self._ends: dict[str, int] = {}
        self._due: dict[str, int] = {}
        self._claims: dict[bytes, tuple[bytes, str, int]] = {}
        self._calls: dict[str, dict[str, int]] = {}
        self._story: list[tuple[int, str, str, list[Note]]] = []
        self._stories_told = 0

    def new_id(self, bank: str, account: str) -> str:
        """Return a fresh verification id for an account."""
        return self._names.new_id(self._names.account_name(bank, account))

    def load(self, verification_id: str) -> Loaded | None:
        """Load a verification with its account; None where there is none."""
        name = self._names.account_of(verification_id)
        with self._lock:
            sealed = self._get(verification_id)
            if name is None or sealed is None:
                return None
            sealed_account = self._get(name)
            account = self._open_account(name, sealed_account)
            record = Record(
                verification=self._sealer.open(verification_id, sealed, Verification),
                account=account,
            )
            marks = (mark_of(sealed), mark_of(sealed_account))
            return Loaded(
                record=record, account=account, account_name=name, marks=marks, now=self._clock()
            )

    def load_account(self, bank: str, account: str) -> Loaded:
        """Load an account alone."""
        return self._load_account(self._names.account_name(bank, account))

    def _load_account(self, name: str) -> Loaded:
        with self._lock:
            sealed = self._get(name)
            found = self._open_account(name, sealed)
            marks = (b"", mark_of(sealed))
            return Loaded(
                record=None, account=found, account_name=name, marks=marks, now=self._clock()
            )

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
        """Replace both values at once. Raises `LostRaceError`, `TooLateError`; then nothing was written."""
        verification, name = record.verification, loaded.account_name
        with self._lock:
            now = self._clock()
            if (mark_of(self._get(verification.id)), mark_of(self._get(name))) != loaded.marks:
                raise LostRaceError
            if pass_before is not None and now >= pass_before:
                raise TooLateError
            self._values[verification.id] = self._sealer.seal(verification.id, verification)
            self._ends.pop(verification.id, None)
            if keep is not None:
                self._ends[verification.id] = now + keep
            self._put_account(name, record.account)
            self._due.pop(verification.id, None)
            if due is not None:
                self._due[verification.id] = due
            self._tell(name, verification.id, notes)

    def assure(self, loaded: Loaded) -> None:
        """Do nothing: there is no server to lose."""

    def save_account(self, loaded: Loaded, account: Account, notes: Sequence[Note]) -> None:
        """Replace an account alone. Raises `LostRaceError`."""
        name = loaded.account_name
        with self._lock:
            if mark_of(self._get(name)) != loaded.marks[1]:
                raise LostRaceError
            self._put_account(name, account)
            self._tell(name, name, notes)

    def claim(self, name: bytes, verification_id: str) -> Claim:
        """Claim a replay name for an id for a day, or return what it was claimed for before."""
        with self._lock:
            now = self._clock()
            found = self._claims.get(name[:8])
            if found is None or found[2] + DAY <= now:
                found = self._claims[name[:8]] = (name, verification_id, now)
            account = self._names.account_of(verification_id) or ""
            return Claim(
                id=found[1],
                name=found[0],
                age=now - found[2],
                fresh=found[1] == verification_id,
                loaded=self._load_account(account),
            )

    def find_claim(self, name: bytes) -> str | None:
        """Return the id that a replay name was claimed for within a day."""
        with self._lock:
            found = self._claims.get(name[:8])
            is_same = found is not None and found[0] == name and found[2] + DAY > self._clock()
            return found[1] if found and is_same else None

    def reserve_call(self, number: str, wish: str, *, per_hour: int, per_day: int) -> int:
        """Count a call to a number, once per wish; return the seconds to wait where it is too many."""
        with self._lock:
            now = self._clock()
            calls = self._calls.setdefault(self._names.number_name(number), {})
            if wish in calls:
                return 0
            wait = max(_wait(calls, now, HOUR, per_hour), _wait(calls, now, DAY, per_day))
            if not wait:
                calls[wish] = now
            return wait

    def release_call(self, number: str, wish: str) -> None:
        """Take a reservation back."""
        with self._lock:
            self._calls.get(self._names.number_name(number), {}).pop(wish, None)

    def called_lately(self, number: str) -> list[str]:
        """Return whose calls to a number were counted lately, ids of verifications, the latest first."""
        with self._lock:
            calls = self._calls.get(self._names.number_name(number), {})
            after = self._clock() - LONGEST_LIFE
            lately = sorted(((at, wish) for wish, at in calls.items() if at > after), reverse=True)
            return list(dict.fromkeys(wish.partition("/")[0] for _, wish in lately))

    def note(self, verification_id: str | None, notes: Sequence[Note]) -> None:
        """Append to a story without changing a value; without an id, to the story of the house."""
        name = self._names.account_of(verification_id or "")
        with self._lock:
            self._tell(name, verification_id if verification_id and name else "house", notes)

    def take_due(
        self, *, lease_ms: int, limit: int, partitions: Iterable[int] | None = None
    ) -> list[str]:
        """Take ids that are due, under a lease, from some partitions or from all."""
        wanted = None if partitions is None else set(partitions)
        with self._lock:
            now = self._clock()
            taken = [
                each
                for each, due in sorted(self._due.items(), key=lambda item: item[1])
                if due <= now
                and (wanted is None or self._partition(self._names.account_of(each)) in wanted)
            ][:limit]
            for each in taken:
                self._due[each] = now + lease_ms
            return taken

    def look_again(self, verification_id: str, at: int) -> None:
        """Have something that is due looked at sooner than its lease ends."""
        with self._lock:
            if verification_id in self._due:
                self._due[verification_id] = min(at, self._due[verification_id])

    def hand_back(self, ids: Sequence[str]) -> None:
        """Give leases back: those that are still on the list are due again now."""
        for each in ids:
            self.look_again(each, self._clock())

    def forget_due(self, verification_id: str) -> None:
        """Take an id off the list of what is due."""
        with self._lock:
            self._due.pop(verification_id, None)

    def next_due(self) -> int | None:
        """Return the earliest due time, so that a simulation can move its clock there."""
        with self._lock:
            return min(self._due.values(), default=None)

    def read_notes(self, limit: int) -> list[tuple[int, str, str, list[Note]]]:
        """Return (partition, stream id, verification id, notes), oldest first."""
        with self._lock:
            return self._story[:limit]

    def trim_notes(self, partition: int, stream_id: str) -> None:
        """Forget a partition's notes up to and with `stream_id`."""
        last = int(stream_id.split("-")[1])
        with self._lock:
            self._story = [
                row
                for row in self._story
                if row[0] != partition or int(row[1].split("-")[1]) > last
            ]

    def _get(self, name: str) -> bytes | None:
        if name in self._ends and self._ends[name] <= self._clock():
            del self._values[name], self._ends[name]
        return self._values.get(name)

    def _put_account(self, name: str, account: Account) -> None:
        if account.is_blank:
            self._values.pop(name, None)
        else:
            self._values[name] = self._sealer.seal(name, account)

    def _open_account(self, name: str, sealed: bytes | None) -> Account:
        return self._sealer.open(name, sealed, Account) if sealed else Account()

    def _partition(self, account_name: str | None) -> int:
        return self._names.partition_of(account_name) if account_name else 0

    def _tell(self, account_name: str | None, owner: str, notes: Sequence[Note]) -> None:
        if notes:
            self._stories_told += 1
            stream_id = f"{self._clock()}-{self._stories_told}"
            self._story.append((self._partition(account_name), stream_id, owner, list(notes)))


def _wait(calls: dict[str, int], now: int, span: int, most: int) -> int:
    recent = sorted((at for at in calls.values() if at > now - span), reverse=True)
    if len(recent) < most:
        return 0
    return -(-(recent[most - 1] + span - now) // SECOND)
