"""Writing `config/clients.toml`: one writer at a time, and the file put in place in one step.

A running web process never reads half of it, and no writer undoes what another did meanwhile.
Knows the file's form; `client_book.py` reads it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import ParseError

from ivr.adapters.client_book import digest_of
from ivr.domain.errors import HonninError, SettingsFault

LIVE_KEYS: Final = 2
SHORTEST_DIGEST: Final = 4


class ClientFault(HonninError):
    """Ops must act: what was asked for cannot be done to the clients' file. Nothing was changed."""


def add_client(path: Path, client_id: str, wanted: Mapping[str, Any]) -> str:
    """Write a client, or a second key of one, into the file and return the new key.

    `wanted` holds the table's members; for a client that is there, those given must be the same.

    Raises:
        ClientFault: the client has other rights, or two live keys already.
        SettingsFault: the file is broken.

    """
    key = f"honnin_{secrets.token_urlsafe(32)}"
    with _opened(path) as clients:
        entry = tomlkit.table()
        entry.update({"digest": digest_of(key), "made": datetime.now(tz=UTC).date()})
        existing = [table for table in clients if table["id"] == client_id]
        if existing:
            _check_same(existing[0], wanted)
            existing[0]["keys"].append(entry)
        else:
            table: Any = tomlkit.table()
            table.update({"id": client_id, **wanted, "keys": tomlkit.aot()})
            table["keys"].append(entry)
            clients.append(table)
    return key


def revoke_keys(path: Path, client_id: str, digest: str | None) -> int:
    """Revoke a client's live keys, or the one whose digest begins with `digest`; return how many.

    Raises:
        ClientFault: there is no such key, or `digest` fits several.
        SettingsFault: the file is broken.

    """
    if digest is not None and len(digest) < SHORTEST_DIGEST:
        raise ClientFault(f"Give at least {SHORTEST_DIGEST} digits of the key's digest.")
    with _opened(path) as clients:
        keys = [
            key
            for table in clients
            if table["id"] == client_id
            for key in table["keys"]
            if "revoked" not in key and key["digest"].startswith(digest or "")
        ]
        if not keys:
            raise ClientFault(f"There is no such live key of {client_id}; see `ivr client list`.")
        if digest is not None and len(keys) > 1:
            raise ClientFault("Several keys begin so; give more digits of the digest.")
        for key in keys:
            key["revoked"] = datetime.now(tz=UTC).date()
    return len(keys)


def _check_same(table: Any, wanted: Mapping[str, Any]) -> None:
    differing = [name for name, value in wanted.items() if value and table.get(name) != value]
    if differing:
        raise ClientFault(
            f"{table['id']} is there already, with other {', '.join(differing)}; a second key has "
            "the rights of the first. Leave these options out, or use another id."
        )
    if len([key for key in table["keys"] if "revoked" not in key]) >= LIVE_KEYS:
        raise ClientFault(f"{table['id']} has {LIVE_KEYS} live keys already; revoke one first.")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Yield the file's clients under a lock; what became of them is put in place at the end."""
    with path.with_suffix(".lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            document = tomlkit.parse(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            document = tomlkit.document()
        except (ParseError, UnicodeDecodeError) as error:
            raise SettingsFault((f"{path}: not TOML: {error}; mend it by hand first",)) from error
        clients = document.setdefault("client", tomlkit.aot())
        yield clients
        _put_in_place(path, tomlkit.dumps(document))


def _put_in_place(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
    Path(name).replace(path)
