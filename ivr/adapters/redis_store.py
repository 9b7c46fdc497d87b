"""The store on Redis or Valkey: sealed values, replaced by one compare-and-set script.

Knows keys, scripts and slots. Does not know what the values mean: it moves what the domain decided.
Works on one server, behind Sentinel and on a cluster: each script touches one slot.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, Final

import redis

from ivr.adapters import redis_scripts as scripts
from ivr.adapters import story
from ivr.adapters.names import Names
from ivr.adapters.redis_due import RedisDue
from ivr.adapters.redis_gate import RedisGate
from ivr.adapters.redis_numbers import RedisNumbers
from ivr.adapters.redis_switch import RedisSwitch
from ivr.adapters.seal import Sealer, mark_of
from ivr.domain.errors import Impossible, SettingsFault
from ivr.domain.policy import DAY
from ivr.domain.record import Account, Record, Verification
from ivr.service.ports import Claim, Loaded, LostRaceError, Note, TooLateError

_REPLAY_NAME: Final = 16
_TIME_DIGITS: Final = 13
_OPS_PARTITION: Final = 0
_SAME: Final = b"="
"""In place of an account that did not change; nothing sealed begins so."""
HOUSE: Final = "house"
"""Whose story it is when it is no verification's."""


class RedisStore(RedisNumbers, RedisDue, RedisGate, RedisSwitch):
    """Verifications, accounts, limits and stories in Redis."""

    def __init__(self, client: redis.Redis, names: Names, sealer: Sealer) -> None:
        """`client` returns bytes (no `decode_responses`)."""
        RedisNumbers.__init__(self, client, names)
        RedisDue.__init__(self, client, names)
        RedisGate.__init__(self, client)
        RedisSwitch.__init__(self, client)
        self._sealer = sealer
        self._load = self._lines.script(scripts.LOAD)
        self._save = self._lines.script(scripts.SAVE)
        self._save_account = self._lines.script(scripts.SAVE_ACCOUNT)
        self._claim = self._lines.script(scripts.CLAIM)
        self._read_story = client.register_script(scripts.READ_STORY)

    def check_house(self) -> None:
        """Leave the house's mark in an empty store, and refuse a store that has another's.

        With other partitions, or another lasting key, everything that is kept would seem to be gone:
        failures, blocks and live verifications.

        Raises:
            SettingsFault: the store was filled under other settings.

        """
        own = self._names.house_mark()
        self._client.set(HOUSE, own, nx=True)
        if self._client.get(HOUSE) != own:
            fault = (
                "IVR_LASTING_KEY, or partitions in config/ivr.toml: not those with which this store "
                "was filled; put them back, or use an empty store"
            )
            raise SettingsFault((fault,))

    def new_id(self, bank: str, account: str) -> str:
        """Return a fresh verification id for an account."""
        return self._names.new_id(self._names.account_name(bank, account))

    def load(self, verification_id: str) -> Loaded | None:
        """Load a verification with its account in one round trip; None where there is none."""
        name = self._names.account_of(verification_id)
        if name is None:
            return None
        tag = self._tag(name)
        now, sealed, sealed_account = self._load(keys=[tag + verification_id, tag + name])
        if sealed is None:
            return None
        account = self._open_account(name, sealed_account)
        verification = self._sealer.open(verification_id, sealed, Verification)
        record = Record(verification=verification, account=account)
        marks = (mark_of(sealed), mark_of(sealed_account))
        return Loaded(record=record, account=account, account_name=name, marks=marks, now=now)

    def load_account(self, bank: str, account: str) -> Loaded:
        """Load an account alone."""
        name = self._names.account_name(bank, account)
        key = self._tag(name) + name
        return self._loaded_account(name, self._load(keys=[key, key]))

    def _loaded_account(self, name: str, answer: Sequence[Any]) -> Loaded:
        now, sealed, _ = answer
        found = self._open_account(name, sealed)
        return Loaded(
            record=None, account=found, account_name=name, marks=(b"", mark_of(sealed)), now=now
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
        partition = self._names.partition_of(name)
        tag = self._names.tag(partition)
        sealed = self._sealer.seal(verification.id, verification)
        answer = self._save(
            keys=[tag + verification.id, tag + name, tag + "due", tag + "story"],
            args=[
                *loaded.marks,
                sealed,
                _SAME
                if record.account is loaded.account
                else self._seal_account(name, record.account),
                _or_empty(keep),
                _or_empty(due),
                verification.id,
                _or_empty(pass_before),
                story.pack(verification.id, notes) if notes else b"",
                mark_of(sealed),
                partition,
            ],
        )
        _check_saved(answer)

    def save_account(self, loaded: Loaded, account: Account, notes: Sequence[Note]) -> None:
        """Replace an account alone. Raises `LostRaceError`."""
        name = loaded.account_name
        tag = self._tag(name)
        answer = self._save_account(
            keys=[tag + name, tag + "story"],
            args=[loaded.marks[1], self._seal_account(name, account), story.pack(name, notes)],
        )
        _check_saved(answer)

    def claim(self, name: bytes, verification_id: str) -> Claim:
        """Claim a replay name for an id for a day, or return what it was claimed for before."""
        account = self._names.account_of(verification_id) or ""
        key = self._tag(account) + account
        (now, found), loaded = self._lines.run(
            (self._claim, [_claim_key(name)], [name, verification_id, DAY]),
            (self._load, [key, key], []),
        )
        since = int(found[_REPLAY_NAME : _REPLAY_NAME + _TIME_DIGITS])
        given = found[_REPLAY_NAME + _TIME_DIGITS :].decode()
        return Claim(
            id=given,
            name=found[:_REPLAY_NAME],
            age=now - since,
            fresh=given == verification_id,
            loaded=self._loaded_account(account, loaded),
        )

    def find_claim(self, name: bytes) -> str | None:
        """Return the id that a replay name was claimed for within a day."""
        found: bytes | None = self._client.get(_claim_key(name))  # type: ignore[assignment]  # no `decode_responses`
        if found is None or found[:_REPLAY_NAME] != name:
            return None
        return found[_REPLAY_NAME + _TIME_DIGITS :].decode()

    def note(self, verification_id: str | None, notes: Sequence[Note]) -> None:
        """Append to a story without changing a value; without an id, to the story of the house."""
        name = self._names.account_of(verification_id or "")
        tag = self._tag(name) if name else self._names.tag(_OPS_PARTITION)
        owner = verification_id if verification_id and name else HOUSE
        self._client.xadd(tag + "story", {"": story.pack(owner, notes)})

    def read_notes(self, limit: int) -> list[tuple[int, str, str, list[Note]]]:
        """Return (partition, stream id, verification id, notes), oldest first within a partition."""
        keys = [self._names.tag(partition) + "story" for partition in range(self._names.partitions)]
        rows: list[tuple[int, str, str, list[Note]]] = []
        for partition, entries in enumerate(self._run_many(self._read_story, keys, [limit])):
            for stream_id, fields in entries:
                rows.append((partition, stream_id.decode(), *story.unpack(*fields)))
        return rows

    def trim_notes(self, partition: int, stream_id: str) -> None:
        """Forget a partition's notes up to and with `stream_id`."""
        milliseconds, sequence = stream_id.split("-")
        after = f"{milliseconds}-{int(sequence) + 1}"
        self._client.xtrim(self._names.tag(partition) + "story", minid=after, approximate=False)

    def _tag(self, account_name: str) -> str:
        return self._names.tag(self._names.partition_of(account_name))

    def _open_account(self, name: str, sealed: bytes | None) -> Account:
        return self._sealer.open(name, sealed, Account) if sealed else Account()

    def _seal_account(self, name: str, account: Account) -> bytes:
        return b"" if account.is_blank else self._sealer.seal(name, account)


def _check_saved(answer: bytes) -> None:
    match answer:
        case b"SAVED":
            return
        case b"LOST":
            raise LostRaceError
        case b"LATE":
            raise TooLateError
        case other:
            message = f"the save script answered {other!r}"
            raise Impossible(message)


def _claim_key(name: bytes) -> str:
    return "i" + base64.urlsafe_b64encode(name[:8]).decode().rstrip("=")


def _or_empty(value: int | None) -> int | str:
    return "" if value is None else value
