"""The store on Redis or Valkey: sealed values, replaced by one compare-and-set script.

Knows keys, scripts and slots. Does not know what the values mean: it moves what the domain decided.
Works on one server, behind Sentinel and on a cluster: each script touches one slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import redis

from ivr.adapters import redis_scripts as scripts
from ivr.adapters import redis_stamped_scripts as stamped
from ivr.adapters import story
from ivr.adapters.names import Names, pack_id, unpack_id
from ivr.adapters.redis_assured import Assured
from ivr.adapters.redis_client import infos
from ivr.adapters.redis_gate import RedisGate
from ivr.adapters.redis_story import HOUSE, RedisStories
from ivr.adapters.redis_switch import RedisSwitch
from ivr.adapters.seal import Sealer, mark_of
from ivr.domain.errors import Impossible, SettingsFault
from ivr.domain.policy import DAY
from ivr.domain.record import Account, Record, Verification
from ivr.service.ports import Claim, Loaded, Note
from ivr.service.store_faults import LostRaceError, TooLateError, UnkeptError

_KEY_NAME: Final = 8
_BODY_NAME: Final = 8
"""Bytes of a replay name that are of the idempotency key, and those of the body."""
_SAME: Final = b"="
"""In place of an account that did not change; nothing sealed begins so."""


class RedisStore(RedisStories, RedisGate, RedisSwitch):
    """Verifications, accounts, limits and stories in Redis."""

    def __init__(
        self, client: redis.Redis, names: Names, sealer: Sealer, replicas: int = 0
    ) -> None:
        """`client` returns bytes (no `decode_responses`); `replicas` must have what is kept."""
        RedisStories.__init__(self, client, names, replicas)
        RedisGate.__init__(self, client)
        RedisSwitch.__init__(self, client)
        self._sealer = sealer
        self._assured = Assured()
        self._load = self._lines.script(scripts.LOAD)
        self._save = self._lines.script(scripts.SAVE)
        self._save_account = self._lines.script(scripts.SAVE_ACCOUNT)
        self._claim = self._lines.script(stamped.CLAIM)
        self._find_claim = client.register_script(stamped.FIND_CLAIM)

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
        """Load a verification with its account in one round trip; None where there is none.

        A primary that was replaced and does not know it yet has not what began since: where
        replicas are configured, nothing is said to be missing before one has agreed.
        """
        name = self._names.account_of(verification_id)
        if name is None:
            return None
        tag = self._tag(name)
        now, sealed, sealed_account = self._load(keys=[tag + verification_id, tag + name])
        if sealed is None:
            if not self._lines.assure(tag):
                raise UnkeptError
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
        mark = mark_of(sealed)
        answer = self._save.keep(
            keys=[tag + verification.id, tag + name, tag + "due", tag + "story"],
            args=[
                *loaded.marks,
                sealed,
                _SAME
                if record.account is loaded.account
                else self._seal_account(name, record.account),
                _or_empty(keep),
                _or_empty(due),
                pack_id(verification.id),
                _or_empty(pass_before),
                story.pack(verification.id, notes) if notes else b"",
                mark,
                partition,
                verification.id,
            ],
        )
        _check_saved(*answer)
        self._assured.add(mark)

    def assure(self, loaded: Loaded) -> None:
        """Make sure that what was loaded is with a replica, where replicas are configured."""
        mark = loaded.marks[0]
        if mark in self._assured:
            return
        if not self._lines.assure(self._tag(loaded.account_name)):
            raise UnkeptError
        self._assured.add(mark)

    def save_account(self, loaded: Loaded, account: Account, notes: Sequence[Note]) -> None:
        """Replace an account alone. Raises `LostRaceError`."""
        name = loaded.account_name
        tag = self._tag(name)
        answer = self._save_account.keep(
            keys=[tag + name, tag + "story"],
            args=[loaded.marks[1], self._seal_account(name, account), story.pack(name, notes)],
        )
        _check_saved(*answer)

    def claim(self, name: bytes, verification_id: str) -> Claim:
        """Claim a replay name for an id for a day, or return what it was claimed for before."""
        account = self._names.account_of(verification_id) or ""
        key = self._tag(account) + account
        claim = name[_KEY_NAME:] + pack_id(verification_id)
        ((age, found), loaded), kept = self._lines.keep(
            (self._claim, _claims(name), [name[:_KEY_NAME], claim]),
            (self._load, [key, key], []),
        )
        if not kept:
            raise UnkeptError
        given = unpack_id(found[_BODY_NAME:])
        return Claim(
            id=given,
            name=name[:_KEY_NAME] + found[:_BODY_NAME],
            age=age,
            fresh=given == verification_id,
            loaded=self._loaded_account(account, loaded),
        )

    def find_claim(self, name: bytes) -> str | None:
        """Return the id that a replay name was claimed for within a day."""
        found: bytes | None = self._find_claim(keys=_claims(name), args=[name[:_KEY_NAME]])
        if found is None or found[:_BODY_NAME] != name[_KEY_NAME:]:
            return None
        return unpack_id(found[_BODY_NAME:])

    def memory_percent(self) -> int:
        """Return how full the fullest server is; 0 where none has a limit."""
        found = [(info["used_memory"], info["maxmemory"]) for info in infos(self._client, "memory")]
        return max(100 * used // most if most else 0 for used, most in found)

    def can_write(self) -> bool:
        """Tell whether every server takes a write: one that is away, full or without its replicas does not."""
        try:
            for tag in self._lines.one_for_each_server(self._tags()):
                self._client.set(tag + "ready", b"", px=DAY)
        except redis.RedisError:
            return False
        return True

    def _tags(self) -> list[str]:
        return [self._names.tag(partition) for partition in range(self._names.partitions)]

    def _open_account(self, name: str, sealed: bytes | None) -> Account:
        return self._sealer.open(name, sealed, Account) if sealed else Account()

    def _seal_account(self, name: str, account: Account) -> bytes:
        return b"" if account.is_blank else self._sealer.seal(name, account)


def _check_saved(answer: bytes, kept: bool) -> None:  # noqa: FBT001 - as the line gives it
    match answer:
        case b"SAVED" if kept:
            return
        case b"SAVED":
            raise UnkeptError
        case b"LOST":
            raise LostRaceError
        case b"LATE":
            raise TooLateError
        case other:
            message = f"the save script answered {other!r}"
            raise Impossible(message)


def _claims(name: bytes) -> list[str]:
    """Return the two keys that take turns to hold an idempotency key with others: one is a small share of a key."""
    tag = f"{{i{name[0]:02x}}}"
    return [tag + "0", tag + "1"]


def _or_empty(value: int | None) -> int | str:
    return "" if value is None else value
