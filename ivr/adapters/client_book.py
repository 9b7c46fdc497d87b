"""The banks' linking backends and the digests of their keys, from `config/clients.toml`.

The file is looked at again at most once a second, so that a new or revoked key counts at once
without a restart; a broken file never replaces a good one. A key is 256 random bits, so a plain
SHA-256 of it can be neither guessed nor reversed.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import re
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from ivr.domain.callback_url import check_callback
from ivr.domain.errors import Code, Refused, SettingsFault
from ivr.service.ports import Client
from ivr.settings.toml_file import TomlFile

SCOPES: Final = frozenset({"verify", "read"})
_LOOK_SECONDS: Final = 1.0
_TWO_LIVE: Final = 2
_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LOG: Final = logging.getLogger(__name__)


class KeyEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One key: its digest, when it was made and, where it was, when it was revoked."""

    digest: str
    made: date
    revoked: date | None = None


class _ClientTable(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    bank: str
    scopes: list[str]
    keys: list[KeyEntry]
    callback_prefixes: list[str] = []
    source_addresses: list[str] = []
    private_callbacks: bool = False


class ClientBook:
    """Finds clients by key and by id."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises `SettingsFault`."""
        self._path = path
        self._lock = threading.Lock()
        self._looked_at = 0.0
        self._seen = self._stamp()
        self._by_id, self._by_digest = read_clients(path)

    def find(self, client_id: str) -> Client | None:
        """Return a client by its id."""
        self._look_again()
        return self._by_id.get(client_id)

    def find_by_key(self, key: str) -> Client:
        """Return the client that holds a key. Raises `Refused` (`key_unknown`, `key_revoked`)."""
        self._look_again()
        found = self._by_digest.get(digest_of(key))
        if found is None:
            raise Refused(
                Code.KEY_UNKNOWN, "This API key is not known; check it, or have a new one made."
            )
        client, is_revoked = found
        if is_revoked:
            raise Refused(
                Code.KEY_REVOKED,
                "This API key was revoked; use the client's other key or have one made.",
            )
        return client

    def _look_again(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < _LOOK_SECONDS:
            return
        with self._lock:
            self._looked_at = now
            stamp = self._stamp()
            if stamp == self._seen:
                return
            self._seen = stamp
            try:
                self._by_id, self._by_digest = read_clients(self._path)
            except SettingsFault as fault:
                _LOG.error("clients_file_broken", extra={"faults": list(fault.faults)})

    def _stamp(self) -> tuple[int, int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_mtime_ns, found.st_size, found.st_ino)


def digest_of(key: str) -> str:
    """Return the digest under which a key is kept."""
    return hashlib.sha256(key.encode()).hexdigest()


def read_clients(path: Path) -> tuple[dict[str, Client], dict[str, tuple[Client, bool]]]:
    """Read the file into clients by id, and clients by key digest with whether the key is revoked.

    Raises:
        SettingsFault: with every fault found.

    """
    faults: list[str] = []
    file = TomlFile(path, faults)
    file.only(arrays=["client"])
    by_id: dict[str, Client] = {}
    by_digest: dict[str, tuple[Client, bool]] = {}
    for index in range(file.count("client")):
        table = file.read(_ClientTable, "client", index)
        if table is None:
            continue
        if table.id in by_id:
            file.fault("client", index, "id", f"{table.id} is used twice")
        for name, why in _faults_of(table):
            file.fault("client", index, name, why)
        if by_digest.keys() & {key.digest for key in table.keys}:
            file.fault("client", index, "keys", "holds a key that another client has")
        client = by_id[table.id] = _client(table)
        for key in table.keys:
            by_digest[key.digest] = (client, key.revoked is not None)
    if faults:
        raise SettingsFault(tuple(faults))
    return by_id, by_digest


def _faults_of(table: _ClientTable) -> Iterator[tuple[str, str]]:
    if not _ID.fullmatch(table.id):
        yield "id", "must be lower-case letters, digits and hyphens, a letter first"
    if unknown := set(table.scopes) - SCOPES:
        known = ", ".join(sorted(SCOPES))
        yield "scopes", f"{', '.join(sorted(unknown))} is no scope; there are {known}"
    if not all(_DIGEST.fullmatch(key.digest) for key in table.keys):
        yield "keys", "each digest must be 64 hexadecimal digits; `ivr client add` writes it"
    if sum(key.revoked is None for key in table.keys) > _TWO_LIVE:
        yield "keys", "at most two can be live; `ivr client revoke` revokes one"
    for prefix in table.callback_prefixes:
        if not _is_prefix(prefix):
            yield "callback_prefixes", "each must be an absolute http or https URL"
    for address in table.source_addresses:
        if not _is_network(address):
            yield "source_addresses", "each must be an address or a network"


def _is_prefix(text: str) -> bool:
    try:
        check_callback(text, [text])
    except Refused:
        return False
    return True


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _client(table: _ClientTable) -> Client:
    return Client(
        id=table.id,
        bank=table.bank,
        scopes=frozenset(table.scopes),
        callback_prefixes=tuple(table.callback_prefixes),
        source_addresses=tuple(table.source_addresses),
        private_callbacks=table.private_callbacks,
    )
